"""The DL/T 698.45 server in a simulated meter: attributes, methods and the daily freeze table.

Security is off (F101 attribute 2 = 0), as in a meter on a test bench; methods of 8000 and 8001 ask for a
valid TimeTag all the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from protocols.dlt698 import (
    OAD,
    OMD,
    Action,
    ActionListRequest,
    ActionListResponse,
    ActionNormalRequest,
    ActionNormalResponse,
    ActionResult,
    Apdu,
    Dar,
    DataType,
    DateTimeS,
    GetListRequest,
    GetListResponse,
    GetNormalRequest,
    GetNormalResponse,
    GetRecord,
    GetRecordRequest,
    GetRecordResponse,
    ResultNormal,
    ResultRecord,
    Selector1,
    Selector9,
    ServerErrorResponse,
    SetNormalRequest,
    SetNormalResponse,
    SetResult,
    Setting,
    TimeTag,
    TimeUnit,
    Value,
    array,
    structure,
)
from simulators.localtime import SHANGHAI
from simulators.meter.model import Freeze, Meter, Registers
from simulators.meter.words import run_state_words

__all__ = ["Server698"]
