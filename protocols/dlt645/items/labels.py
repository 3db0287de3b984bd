"""Names of the single values of an item, in English and Chinese, each with its unit; packaged data too."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from protocols.dlt645.items.item import Identifier
from protocols.dlt645.items.rows import Piece
from protocols.dlt645.items.values import Value
from protocols.dlt645.wire.di import DI

__all__ = ["Label", "Part", "labels", "parts"]

_LOAD = 0x06
_REST = ("undescribed data", "未说明数据", "")
_FRAMES = {
    "mark": ("mark between sub-blocks", "块分隔码"),
    "begin": ("begin of a load record", "负荷记录起始码"),
    "begin_incorrect": ("begin of a load record that is not correct", "负荷记录起始码, 本数据块不正确"),
    "length": ("bytes of the load record", "负荷记录字节数"),
    "time": ("time", "负荷记录存储时间"),
    "checksum": ("check sum of the load record", "负荷记录累加校验码"),
    "checksum_wrong": ("check sum of the load record, does not fit", "负荷记录累加校验码, 不符"),
    "end": ("end of the load record", "负荷记录结束码"),
}


class Label(NamedTuple):
    """What a value is, in both languages, and its unit, empty where it has none."""

    en: str
    zh: str
    unit: str = ""


class Part(NamedTuple):
    """A stretch of a payload: what it is, its value, how many bytes it fills.

    ``is_frame`` marks bytes that only hold a record together: they are no values of the item.
    """

    label: Label
    value: Value
    size: int
    is_frame: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Names of the values of the items that match one of the patterns, by place."""

    patterns: tuple[str, ...]
    head: tuple[tuple[str, ...], ...]
    group: tuple[tuple[str, ...], ...]
    first: int
    within: tuple[str, str, str] | None

    def at(self, place: int, unit: str) -> Label | None:
        """Label of the value at ``place`` (from 0), None where the rule does not reach so far."""
        if place < len(self.head):
            name = self.head[place]
            number = 0
        elif self.group:
            turn, inside = divmod(place - len(self.head), len(self.group))
            name, number = self.group[inside], self.first + turn
        else:
            return None
        en, zh = (text.replace("{n}", str(number)) for text in name[:2])
        if self.within:
            en, zh, unit = self.within[0].replace("{name}", en), self.within[1].replace("{name}", zh), self.within[2]
        return Label(en, zh, name[2] if len(name) == len(Label._fields) else unit)


@lru_cache(maxsize=4096)
def labels(identifier: Identifier, count: int) -> tuple[Label, ...]:
    """Labels of the values of an item that holds ``count`` of them, in wire order.

    The only value of an item has the item's name. A value that nobody has named has its number beside it.
    """
    whole = Label(identifier.name_en, identifier.name_zh, identifier.unit)
    if count == 1 and not identifier.layout.rows[0].group:
        return (whole,)
    named = tuple(_label(identifier.di, place, whole) for place in range(count))
    _, *others = identifier.layout.rows
    is_other = any(row.rest and row.rest.undescribed and count == len(row.head) + 1 for row in others)
    return (*named[:-1], Label(*_REST)) if is_other else named


def parts(identifier: Identifier, payload: bytes) -> Iterator[Part]:
    """Go through a payload (unmasked, wire order) of an item, part by part without a gap.

    Records come value by value, with what frames them. Bytes that a model appended come last. Raises
    RemoteProtocolError as `read_payload` does.
    """
    layout = identifier.layout
    if layout.walk is not None:
        for piece in layout.walk(payload):
            yield _part(identifier, piece)
        return
    length = len(payload)
    if identifier.may_be_longer and layout.size is not None:
        length = min(length, layout.size)
    fields = layout.fields_for(length)
    at = 0
    for label, field in zip(labels(identifier, len(fields)), fields, strict=True):
        size = field.sizeof()
        yield Part(label, field.parse(payload[at : at + size]), size)
        at += size
    if at < len(payload):
        yield Part(Label("appended by the model", "厂家附加数据"), payload[at:][::-1], len(payload) - at)


def _part(identifier: Identifier, piece: Piece) -> Part:
    if piece.frame:
        return Part(Label(*_FRAMES[piece.frame]), piece.value, piece.size, piece.frame != "time")
    di = identifier.di
    one = DI.of(di.di3, piece.part, 0, di.di0) if di.di3 == _LOAD else DI.of(di.di3, di.di2, piece.part, di.di0)
    return Part(
        _label(one, piece.place, Label(f"sub-block {piece.part:02X}", f"第{piece.part}块")), piece.value, piece.size
    )


def _label(di: DI, place: int, whole: Label) -> Label:
    rule = rule_of(di)
    named = rule.at(place, whole.unit) if rule else None
    return named or Label(f"{whole.en}, value {place + 1}", f"{whole.zh}第{place + 1}项", whole.unit)


@lru_cache(maxsize=4096)
def rule_of(di: DI) -> Rule | None:
    """First rule that an identifier matches, None where there is none."""
    return next((rule for rule in rules() if any(fnmatchcase(str(di), of) for of in rule.patterns)), None)


@cache
def rules() -> tuple[Rule, ...]:
    """Every packaged rule, in the order in which they are tried."""
    text = files("protocols.dlt645.items").joinpath("labels.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return tuple(_made(rule, data["lists"]) for rule in data["rules"])


def _made(rule: Mapping[str, Any], lists: Mapping[str, Any]) -> Rule:
    source = lists[rule["like"]] if "like" in rule else rule
    head = [tuple(name) for name in source.get("head", ())]
    if "insert" in rule:
        place, name = rule["insert"]
        head.insert(place, tuple(name))
    return Rule(
        patterns=tuple(rule["of"]),
        head=tuple(head),
        group=tuple(tuple(name) for name in source.get("group", ())),
        first=source.get("first", 1),
        within=tuple(rule["within"]) if "within" in rule else None,
    )
