"""Models (型号) of DL/T 698.45 meters: what protection their orders need, and by which road they travel.

A model is data. Those packaged in ``models.toml`` cover the usual ones; `read_models` takes further ones as text of
the same form, so that a new model needs no code.
"""

from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from protocols.dlt698.models.model import Model, Protection, Road
from protocols.dlt698.models.text import models_of
from protocols.errors import LocalProtocolError

__all__ = ["STANDARD", "Model", "Protection", "Road", "model", "models", "read_models"]


def model(name: str) -> Model:
    """Look a packaged model up; LocalProtocolError names the known ones where there is none of that name."""
    known = models()
    if name not in known:
        raise LocalProtocolError(f"model {name!r} is not known; known are {', '.join(known)}")
    return known[name]


@cache
def models() -> Mapping[str, Model]:
    """Every packaged model by name."""
    text = files("protocols.dlt698.models").joinpath("models.toml").read_text(encoding="utf-8")
    return MappingProxyType(models_of(text, {}))


def read_models(text: str, taken: Collection[str] = ()) -> dict[str, Model]:
    """Models of a TOML text, one table each, in the form of the packaged ``models.toml``.

    ``base`` names the model a table starts from, packaged or above it, ``standard`` if not given; ``taken`` are names
    that it may not use besides. Raises LocalProtocolError that names the model and the key where a key is unknown, a
    value is bad, parts do not go together, or a name is in use.
    """
    return models_of(text, models(), taken)


STANDARD = model("standard")
"""A meter that takes orders from its concentrator as they are."""
