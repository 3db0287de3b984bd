"""ACTION (操作): methods of objects, relay control among them.

DAR 0 of a control method says accepted, not done; only a reading of the relay says what happened.
"""

from dataclasses import dataclass

import construct as c

from protocols.dlt698.apdu.common import (
    DAR_FIELD,
    RESULT_NORMAL_FIELD,
    ClientApdu,
    ResultNormal,
    ServerApdu,
    client,
    kinds,
    server,
)
from protocols.dlt698.axdr import Optionally, SequenceOf, Typed
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.data import DATA
from protocols.dlt698.values.descriptors import OAD, OAD_FIELD, OMD, OMD_FIELD
from protocols.dlt698.values.value import Value


@dataclass(frozen=True, slots=True)
class Action:
    """A method and its parameter: NULL if it has none, one structure if it has several."""

    omd: OMD
    parameter: Value


@dataclass(frozen=True, slots=True)
class ActionResult:
    """A method, what became of it, and what it returned."""

    omd: OMD
    dar: Dar
    data: Value | None = None


@dataclass(frozen=True, slots=True)
class ActionThenGet:
    """A method, then an attribute read after ``delay`` seconds."""

    omd: OMD
    parameter: Value
    read: OAD
    delay: int


@dataclass(frozen=True, slots=True)
class ActionThenGetResult:
    """What became of the method, what it returned, and the reading."""

    omd: OMD
    dar: Dar
    data: Value | None
    read: ResultNormal


@dataclass(frozen=True, slots=True)
class ActionRequest(ClientApdu):
    """Any ACTION-Request."""

    tag = 7
    service = "ACTION-Request"


@dataclass(frozen=True, slots=True)
class ActionNormalRequest(ActionRequest):
    """One method."""

    kind = 1

    action: Action


@dataclass(frozen=True, slots=True)
class ActionListRequest(ActionRequest):
    """Several methods."""

    kind = 2

    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class ActionThenGetRequest(ActionRequest):
    """Several methods, each followed by a reading."""

    kind = 3

    actions: tuple[ActionThenGet, ...]


@dataclass(frozen=True, slots=True)
class ActionResponse(ServerApdu):
    """Any ACTION-Response."""

    tag = 135
    service = "ACTION-Response"


@dataclass(frozen=True, slots=True)
class ActionNormalResponse(ActionResponse):
    """One method."""

    kind = 1

    result: ActionResult


@dataclass(frozen=True, slots=True)
class ActionListResponse(ActionResponse):
    """Several methods."""

    kind = 2

    results: tuple[ActionResult, ...]


@dataclass(frozen=True, slots=True)
class ActionThenGetResponse(ActionResponse):
    """Several methods and their readings."""

    kind = 3

    results: tuple[ActionThenGetResult, ...]


ACTION_FIELD = Typed(Action, "omd" / OMD_FIELD, "parameter" / DATA)
ACTION_RESULT_FIELD = Typed(ActionResult, "omd" / OMD_FIELD, "dar" / DAR_FIELD, "data" / Optionally(DATA))
ACTION_THEN_GET_FIELD = Typed(
    ActionThenGet, "omd" / OMD_FIELD, "parameter" / DATA, "read" / OAD_FIELD, "delay" / c.Int8ub
)
ACTION_THEN_GET_RESULT_FIELD = Typed(
    ActionThenGetResult,
    "omd" / OMD_FIELD,
    "dar" / DAR_FIELD,
    "data" / Optionally(DATA),
    "read" / RESULT_NORMAL_FIELD,
)

ACTION_REQUEST = kinds(
    client(ActionNormalRequest, "action" / ACTION_FIELD),
    client(ActionListRequest, "actions" / SequenceOf(ACTION_FIELD)),
    client(ActionThenGetRequest, "actions" / SequenceOf(ACTION_THEN_GET_FIELD)),
)
ACTION_RESPONSE = kinds(
    server(ActionNormalResponse, "result" / ACTION_RESULT_FIELD),
    server(ActionListResponse, "results" / SequenceOf(ACTION_RESULT_FIELD)),
    server(ActionThenGetResponse, "results" / SequenceOf(ACTION_THEN_GET_RESULT_FIELD)),
)
