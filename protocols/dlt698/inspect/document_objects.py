"""The object dictionary for the page: classes, formats, words, and every row."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from protocols.dissection.pages import folded, table
from protocols.dlt698.objects.dictionary import Entry, class_attributes, ranges, rows
from protocols.dlt698.objects.formats import shapes
from protocols.dlt698.objects.words import Word, class_names, features, tables

_GROUPS = {
    0x0: "energies 电能量",
    0x1: "maximum demands 最大需量",
    0x2: "variables 变量",
    0x3: "events 事件",
    0x4: "parameters 参变量",
    0x5: "freezes 冻结",
    0x6: "collection 采集监控",
    0x7: "custom collections 集合",
    0x8: "control 控制",
    0xF: "files, security, ports 文件、安全、端口",
}
"""By the first digit of the OI."""
_GRAMMAR = """A format says what a value is made of: `{name/名称: type, …}` a structure, `[type; names]` an array whose
elements are called by a list, `[name/名称: type, …]` an array whose elements mean different things, `type @-2 kWh` a
number with its power of ten and unit, `type #words` a number or bits that mean something, `$shape` a format of the
table of shapes, `?` what may be NULL, `...` members that may follow. A number without a scaler of its own takes that
of its row.
"""


def objects() -> Iterator[str]:
    """Tables of classes and formats, then the rows by groups, folded."""
    count = len(rows())
    oids = len({oi for oi, _ in rows()})
    yield f"## Objects\n\n{count} attributes and methods of {oids} objects.\n\n{_GRAMMAR}"
    for digit, members in groupby(rows().items(), key=lambda row: row[0][0] >> 12):
        group = list(members)
        yield folded(f"{digit:X}xxx {_GROUPS[digit]}: {len(group)}", _HEAD, (_row(*row) for row in group))
    yield folded("What all objects of a class have", ("class", *_HEAD[1:4], "format", "rw"), _common())
    yield folded("Classes of objects", ("objects", "class", "what"), _classes())
    yield folded("Shapes", ("shape", "format"), ((f"`${name}`", f"`{shape}`") for name, shape in shapes().items()))
    yield folded("Words of enums, bits and parts", ("table", "words"), _words())
    yield table(
        "Features of a column that is linked to an event 属性特征",
        ("bits 7..5 of the attribute", "the value"),
        ((number, _both(word)) for number, word in features().items()),
    )


_HEAD = ("OI", "attr", "name", "名称", "format", "scaler", "unit", "rw", "note")


def _row(key: tuple[int, str], row: Entry) -> tuple[object, ...]:
    scaler = "" if row.scaler is None else row.scaler
    return f"{key[0]:04X}", key[1], row.name, row.chinese, f"`{row.format}`", scaler, row.unit, row.access, row.note


def _common() -> Iterator[tuple[object, ...]]:
    for (interface, member), row in class_attributes().items():
        name = row.name or "as the object"
        yield interface or "all", member, name, row.chinese or "同对象名", f"`{row.format}`", row.access


def _classes() -> Iterator[tuple[object, ...]]:
    for each in ranges():
        objects_of = f"{each.first:04X}" if each.first == each.last else f"{each.first:04X}..{each.last:04X}"
        name = class_names()[each.interface]
        yield objects_of, f"{each.interface} {_both(name)}", _both(each.word)


def _words() -> Iterator[tuple[str, str]]:
    for name, words in tables().items():
        yield f"`#{name}`", _listed(words)


def _listed(words: Mapping[str, Word]) -> str:
    return ", ".join(f"{place}: {_both(word)}" for place, word in words.items()).replace("{}", "n")


def _both(word: Word) -> str:
    return word.en if word.en == word.zh else f"{word.en} {word.zh}"
