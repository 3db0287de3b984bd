"""Models as TOML text: each key has its reader, and what is wrong is told with model and key."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from protocols.dlt698.models.model import Model, Protection, Road
from protocols.dlt698.values.descriptors import OAD, ComDcb
from protocols.errors import LocalProtocolError

__all__ = ["models_of"]

_BASE = "standard"
_EVEN, _BITS, _STOP, _NO_FLOW_CONTROL = 2, 8, 1, 0
_BAUDS = (300, 600, 1200, 2400, 4800, 7200, 9600, 19200, 38400, 57600, 115200)
"""Speeds by their code in COMDCB (串口控制块)."""


def models_of(text: str, known: Mapping[str, Model], taken: Collection[str] = ()) -> dict[str, Model]:
    """Models of a TOML text, one table each; ``known`` are those it may build on, ``taken`` further names in use.

    Raises LocalProtocolError that names the model and the key at fault.
    """
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:  # the latter where brackets are nested too deeply
        raise LocalProtocolError(f"models are no TOML: {error}") from None
    found: dict[str, Model] = {}
    for name, entry in tables.items():
        if name in known or name in taken:
            raise LocalProtocolError(f"model {name!r}: the name is in use; give yours another one")
        if not isinstance(entry, dict):
            raise LocalProtocolError(f"model {name!r} is no table of keys")
        found[name] = _model(name, entry, {**known, **found})
    return found


def _model(name: str, entry: dict[str, Any], known: Mapping[str, Model]) -> Model:
    given = dict(entry)
    base_name = given.pop("base", _BASE)
    if not known:
        base = Model(name=name, title_en="", title_zh="")
    elif isinstance(base_name, str) and base_name in known:
        base = known[base_name]
    else:
        raise LocalProtocolError(f"model {name!r}, base: {base_name!r} is not one of {', '.join(known)}")
    if missing := {"title_en", "title_zh"} - set(given):
        raise LocalProtocolError(f"model {name!r} lacks {' and '.join(sorted(missing))}")
    changes: dict[str, Any] = {}
    for key, value in given.items():
        if key not in _READERS:
            raise LocalProtocolError(f"model {name!r}, {key}: no such key; there are base, {', '.join(_READERS)}")
        part, read = _READERS[key]
        try:
            changes[part] = read(value)
        except (LocalProtocolError, TypeError, ValueError) as error:
            raise LocalProtocolError(f"model {name!r}, {key}: {error}") from None
    return _sound(replace(base, name=name, **changes))


def _sound(model: Model) -> Model:
    if model.is_secured and model.road is not Road.FORWARD:
        raise LocalProtocolError(f"model {model.name!r}, road: what is secured travels as a complete frame (forward)")
    if model.proven_reads and not model.is_secured:
        raise LocalProtocolError(f"model {model.name!r}, proven_reads: only a secured meter proves what it tells")
    return model


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")  # noqa: TRY004  one kind of error for a bad value
    return value


def _number(first: int, last: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not first <= value <= last:
            raise ValueError(f"{value!r} is no whole number {first}..{last}")
        return value

    return read


def _line(value: object) -> ComDcb:
    if value not in _BAUDS or not isinstance(value, int):
        raise ValueError(f"{value!r} is none of {', '.join(map(str, _BAUDS))}")
    return ComDcb(_BAUDS.index(value), _EVEN, _BITS, _STOP, _NO_FLOW_CONTROL)


_READERS: Mapping[str, tuple[str, Callable[[object], Any]]] = {
    "title_en": ("title_en", _text),
    "title_zh": ("title_zh", _text),
    "protection": ("protection", lambda value: Protection(_text(value))),
    "road": ("road", lambda value: Road(_text(value))),
    "client": ("client", _number(0, 255)),
    "port": ("port", lambda value: OAD.parse(_text(value))),
    "baud": ("line", _line),
    "proven_reads": ("proven_reads", _flag),
    "association_minutes": ("association_minutes", _number(1, 9999)),
}
"""By key of the text: the part of a `Model` that it gives, and how it is read."""
assert {part for part, _ in _READERS.values()} == {entry.name for entry in fields(Model)} - {"name"}, "all are read"
