"""SET (设置): one attribute, several, several and then read."""

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
from protocols.dlt698.axdr import SequenceOf, Typed
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.data import DATA
from protocols.dlt698.values.descriptors import OAD, OAD_FIELD
from protocols.dlt698.values.value import Value


@dataclass(frozen=True, slots=True)
class Setting:
    """An attribute and its new value."""

    oad: OAD
    value: Value


@dataclass(frozen=True, slots=True)
class SetResult:
    """An attribute and what became of it."""

    oad: OAD
    dar: Dar


@dataclass(frozen=True, slots=True)
class SetThenGet:
    """A setting, then another attribute read after ``delay`` seconds."""

    oad: OAD
    value: Value
    read: OAD
    delay: int


@dataclass(frozen=True, slots=True)
class SetThenGetResult:
    """What became of the setting, and the reading."""

    oad: OAD
    dar: Dar
    read: ResultNormal


@dataclass(frozen=True, slots=True)
class SetRequest(ClientApdu):
    """Any SET-Request."""

    tag = 6
    service = "SET-Request"


@dataclass(frozen=True, slots=True)
class SetNormalRequest(SetRequest):
    """One attribute."""

    kind = 1

    setting: Setting


@dataclass(frozen=True, slots=True)
class SetListRequest(SetRequest):
    """Several attributes."""

    kind = 2

    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class SetThenGetRequest(SetRequest):
    """Several attributes, each followed by a reading."""

    kind = 3

    settings: tuple[SetThenGet, ...]


@dataclass(frozen=True, slots=True)
class SetResponse(ServerApdu):
    """Any SET-Response."""

    tag = 134
    service = "SET-Response"


@dataclass(frozen=True, slots=True)
class SetNormalResponse(SetResponse):
    """One attribute."""

    kind = 1

    result: SetResult


@dataclass(frozen=True, slots=True)
class SetListResponse(SetResponse):
    """Several attributes."""

    kind = 2

    results: tuple[SetResult, ...]


@dataclass(frozen=True, slots=True)
class SetThenGetResponse(SetResponse):
    """Several attributes and their readings."""

    kind = 3

    results: tuple[SetThenGetResult, ...]


SETTING_FIELD = Typed(Setting, "oad" / OAD_FIELD, "value" / DATA)
SET_RESULT_FIELD = Typed(SetResult, "oad" / OAD_FIELD, "dar" / DAR_FIELD)
SET_THEN_GET_FIELD = Typed(SetThenGet, "oad" / OAD_FIELD, "value" / DATA, "read" / OAD_FIELD, "delay" / c.Int8ub)
SET_THEN_GET_RESULT_FIELD = Typed(SetThenGetResult, "oad" / OAD_FIELD, "dar" / DAR_FIELD, "read" / RESULT_NORMAL_FIELD)

SET_REQUEST = kinds(
    client(SetNormalRequest, "setting" / SETTING_FIELD),
    client(SetListRequest, "settings" / SequenceOf(SETTING_FIELD)),
    client(SetThenGetRequest, "settings" / SequenceOf(SET_THEN_GET_FIELD)),
)
SET_RESPONSE = kinds(
    server(SetNormalResponse, "result" / SET_RESULT_FIELD),
    server(SetListResponse, "results" / SequenceOf(SET_RESULT_FIELD)),
    server(SetThenGetResponse, "results" / SequenceOf(SET_THEN_GET_RESULT_FIELD)),
)
