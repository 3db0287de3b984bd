"""RELEASE: the end of an application association (断开应用连接)."""

from dataclasses import dataclass

import construct as c

from protocols.dlt698.apdu.common import ClientApdu, ServerApdu, client, server
from protocols.dlt698.values.moments import DATE_TIME_S, DateTimeS


@dataclass(frozen=True, slots=True)
class ReleaseRequest(ClientApdu):
    """RELEASE-Request: the client ends the association."""

    tag = 3
    service = "RELEASE-Request"


@dataclass(frozen=True, slots=True)
class ReleaseResponse(ServerApdu):
    """RELEASE-Response; result 0 = done."""

    tag = 131
    service = "RELEASE-Response"

    result: int


@dataclass(frozen=True, slots=True)
class ReleaseNotification(ServerApdu):
    """RELEASE-Notification: the association has timed out; no answer is wanted."""

    tag = 132
    service = "RELEASE-Notification"

    established: DateTimeS
    server_time: DateTimeS


RELEASE_REQUEST = client(ReleaseRequest)
RELEASE_RESPONSE = server(ReleaseResponse, "result" / c.Int8ub)
RELEASE_NOTIFICATION = server(ReleaseNotification, "established" / DATE_TIME_S, "server_time" / DATE_TIME_S)
