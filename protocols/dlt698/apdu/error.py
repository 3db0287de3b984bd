"""ERROR-Response (异常响应): an APDU was not understood. 1 = not parsed, 2 = service not supported, 255 = other."""

from dataclasses import dataclass

import construct as c

from protocols.dlt698.apdu.common import ClientApdu, ServerApdu, client, server


@dataclass(frozen=True, slots=True)
class ClientErrorResponse(ClientApdu):
    """The client did not understand the server."""

    tag = 110
    service = "ERROR-Response(client)"

    error: int


@dataclass(frozen=True, slots=True)
class ServerErrorResponse(ServerApdu):
    """The server did not understand the client."""

    tag = 238
    service = "ERROR-Response(server)"

    error: int


CLIENT_ERROR_RESPONSE = client(ClientErrorResponse, "error" / c.Int8ub)
SERVER_ERROR_RESPONSE = server(ServerErrorResponse, "error" / c.Int8ub)
