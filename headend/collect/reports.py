"""What devices report by themselves (主动上报), decoded: which meter, which object, since when, which values.

Pure functions. Nothing is lost: what can't be read is told as an entry with its error.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from drivers.zone import BEIJING
from protocols import dlt645, dlt698
from protocols.dlt698 import CSD, OAD, Dar, DateTimeS, Value
from protocols.dlt698.inspect.plain import plain
from protocols.dlt698.objects import Item, describe, describe_column, entry, meter_digits
from protocols.errors import ProtocolError

METER_COLUMNS = frozenset({"202A", "4001"})
"""Objects that name the meter a row is about."""
BEGAN = "201E"
"""The object that tells when an event began (事件发生时间)."""
LONGEST_NAME = 120

Plain = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Told:
    """One object of a report: whose it is, what it is called, its values by name (text and unit); or the error."""

    address: str | None
    object: str | None
    name: str
    chinese: str
    began: datetime | None = None
    value: Plain | None = None
    error: str | None = None


def told_by(frame: bytes, apdu: bytes | None = None) -> tuple[Told, ...]:
    """Read a report: a link frame, or the APDU that was opened out of a secured one.

    A frame with an answer tells what follows it (跟随上报).
    """
    try:
        return _told(dlt698.parse_apdu(dlt698.parse_link(frame).user_data if apdu is None else apdu))
    except ProtocolError as error:
        return (Told(None, None, "report that can't be read", "无法解析的上报", error=str(error)[:200]),)


def told_by_rows(address: str, rows: dlt698.ResultRecord) -> tuple[Told, ...]:
    """Read rows of a meter's record table: one event for each."""
    return tuple(replace(told, address=address) for told in _records(rows))


def _told(apdu: dlt698.Apdu) -> tuple[Told, ...]:
    match apdu:
        case dlt698.ReportListNotification(results=results):
            found = [_attribute(result) for result in results]
        case dlt698.ReportRecordNotification(results=results):
            found = [told for result in results for told in _records(result)]
        case dlt698.ReportTransNotification(port=port, frames=frames):
            found = [_forwarded(port, frame) for frame in frames]
        case dlt698.ServerApdu(follow=dlt698.FollowNormal(results=results)):
            found = [_attribute(result) for result in results]
        case dlt698.ServerApdu(follow=dlt698.FollowRecord(results=results)):
            found = [told for result in results for told in _records(result)]
        case _:
            kind = type(apdu).__name__
            found = [Told(None, None, kind, "其他报文", error=f"{kind} is no report")]
    return tuple(found) or (Told(None, None, "empty report", "空上报", value=[]),)


def _attribute(result: dlt698.ResultNormal) -> Told:
    if isinstance(result.result, Dar):
        return _refused(result.oad, result.result)
    item = describe(result.oad, result.result)
    return Told(_digits(result.oad, result.result), str(result.oad), *_names(item), value=_plain(item))


def _records(result: dlt698.ResultRecord) -> list[Told]:
    if isinstance(result.result, Dar):
        return [_refused(result.oad, result.result)]
    return [_row(result.oad, result.columns, row) for row in result.result]


def _row(table: OAD, columns: tuple[CSD, ...], row: tuple[Value, ...]) -> Told:
    address: str | None = None
    began: datetime | None = None
    values: Plain = []
    for column, value in zip(columns, row, strict=True):
        if isinstance(column, OAD):
            address = address or _digits(column, value)
            if f"{column.oi:04X}" == BEGAN and isinstance(value.value, DateTimeS):
                began = value.value.at(BEIJING)
        values += _plain(describe_column(column, value))
    name = entry(table)
    return Told(address, str(table), name.name[:LONGEST_NAME], name.chinese[:LONGEST_NAME], began, values)


def _forwarded(port: OAD, frame: bytes) -> Told:
    """Read a frame that came in at a port of the terminal, as it was (透明上报)."""
    value = [
        {"name": "port", "value": str(port), "unit": ""},
        {"name": "frame", "value": frame.hex().upper(), "unit": ""},
    ]
    try:
        inner = dlt645.parse_frame(frame.lstrip(b"\xfe"))
    except ProtocolError as error:
        told = f"the frame in it is none of DL/T 645: {error}"[:200]
        return Told(None, str(port), "frame from a port", "端口透明上报", value=value, error=told)
    address = inner.address.digits if inner.address.is_meter else None
    return Told(address, str(port), "frame from a port", "端口透明上报", value=value)


def _refused(oad: OAD, dar: Dar) -> Told:
    name = entry(oad)
    names = name.name[:LONGEST_NAME], name.chinese[:LONGEST_NAME]
    return Told(None, str(oad), *names, error=f"DAR {int(dar)} {dar.name.lower()}")


def _digits(oad: OAD, value: Value) -> str | None:
    return meter_digits(value) if f"{oad.oi:04X}" in METER_COLUMNS else None


def _names(item: Item) -> tuple[str, str]:
    return item.name[:LONGEST_NAME], item.chinese[:LONGEST_NAME]


def _plain(item: Item) -> Plain:
    """Give the leaves of a value as texts, each under the names on the way to it."""
    return [
        {"name": ", ".join([item.name, *(word.en for word in above)]), "value": text_of(leaf), "unit": leaf.unit}
        for above, leaf in item.leaves()
    ]


def text_of(leaf: Item) -> str:
    """Write a leaf: numbers exactly, bytes as hex digits, what an enum or bits mean in words; empty where missing."""
    if leaf.words:
        return ", ".join(word.en for word in leaf.words)
    if leaf.value is None or isinstance(leaf.value, str | Decimal):
        return plain_text(leaf.value)
    if isinstance(leaf.value, dlt698.DateTime | DateTimeS):
        at = leaf.value.at(BEIJING)
        return "" if at is None else at.isoformat()
    if (digits := meter_digits(leaf.raw)) is not None and leaf.raw.type is dlt698.DataType.TSA:
        return digits
    shown = plain(leaf.raw)
    return plain_text(shown["value"] if isinstance(shown, dict) else shown)


def plain_text(value: Any) -> str:
    """Write a value of DL/T 645: an exact number without an exponent, hex digits, a time; nothing for a missing one."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case bytes():
            return value.hex().upper()
        case dlt645.Stamp():
            return _moment(value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def _moment(stamp: dlt645.Stamp) -> str:
    """Write a meter's time in ISO form, or its digits where they are none."""
    instant = stamp.instant()
    if instant is not None:
        return instant.isoformat() if "hh" in stamp.layout else instant.date().isoformat()
    if stamp.layout == "hhmmss":
        return ":".join(f"{stamp.part(pair):02d}" for pair in ("hh", "mm", "ss"))
    return str(stamp)
