"""Where the default files are: ``config/`` of a checkout, ``headend/defaults/`` of an installed wheel."""

import tomllib
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent


def defaults() -> Path:
    """Give the folder of the default files (price book, strategies, rules, templates, ``headend.toml``)."""
    installed = PACKAGE / "defaults"
    return installed if installed.is_dir() else PACKAGE.parent / "config"


def read_default(name: str) -> dict[str, Any]:
    """Parse one of the default TOML files, such as ``prices.toml``."""
    return tomllib.loads((defaults() / name).read_text(encoding="utf-8"))
