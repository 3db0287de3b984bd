"""Models as TOML text: each key has its reader, and what is wrong is told with model and key."""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from protocols.described import Reader, base_of, flag, number, parts_of, tables_of, text
from protocols.dlt698.models.model import Model, Protection, Road
from protocols.dlt698.values.descriptors import OAD, ComDcb
from protocols.errors import LocalProtocolError

__all__ = ["models_of"]

_EVEN, _BITS, _STOP, _NO_FLOW_CONTROL = 2, 8, 1, 0
_BAUDS = (300, 600, 1200, 2400, 4800, 7200, 9600, 19200, 38400, 57600, 115200)
"""Speeds by their code in COMDCB (串口控制块)."""


def models_of(document: str, known: Mapping[str, Model], taken: Collection[str] = ()) -> dict[str, Model]:
    """Models of a TOML text, one table each; ``known`` are those it may build on, ``taken`` further names in use.

    Raises LocalProtocolError that names the model and the key at fault.
    """
    found: dict[str, Model] = {}
    for name, entry in tables_of(document, "model", {*known, *taken}).items():
        found[name] = _model(name, entry, {**known, **found})
    return found


def _model(name: str, entry: Mapping[str, Any], known: Mapping[str, Model]) -> Model:
    base = base_of("model", name, entry, known) or Model(name=name, title_en="", title_zh="")
    parts = parts_of("model", name, entry, _READERS)
    if "baud" in parts:
        parts["line"] = parts.pop("baud")
    model = replace(base, name=name, **parts)
    if model.is_secured and model.road is not Road.FORWARD:
        raise LocalProtocolError(f"model {name!r}, road: what is secured travels as a complete frame (forward)")
    if model.proven_reads and not model.is_secured:
        raise LocalProtocolError(f"model {name!r}, proven_reads: only a secured meter proves what it tells")
    return model


def _line(value: object) -> ComDcb:
    if value not in _BAUDS or not isinstance(value, int):
        raise ValueError(f"{value!r} is none of {', '.join(map(str, _BAUDS))}")
    return ComDcb(_BAUDS.index(value), _EVEN, _BITS, _STOP, _NO_FLOW_CONTROL)


_READERS: Mapping[str, Reader] = {
    "title_en": text,
    "title_zh": text,
    "protection": lambda value: Protection(text(value)),
    "road": lambda value: Road(text(value)),
    "client": number(0, 255),
    "port": lambda value: OAD.parse(text(value)),
    "baud": _line,
    "proven_reads": flag,
    "association_minutes": number(1, 9999),
}
assert {*_READERS} - {"baud"} == {entry.name for entry in fields(Model)} - {"name", "line"}, "each part has its reader"
