"""Which models of meters a daemon knows, and what it does about those it does not."""

from pathlib import Path
from typing import Any

import pytest

from headend.config import ConfigError, Settings
from headend.daemon.meters import check_profiles, meter_profiles, meter_settings
from protocols.dlt645.items.profile import profiles

FURTHER = """
[county-x]
base = "state-grid-2013"
title_en = "meters of county X"
title_zh = "某县电能表"
wakeup = 2
"""


def settings(**meters: Any) -> Settings:
    """Make the settings of a laboratory."""
    return Settings.model_validate({"control": {"service_key": "0" * 32}, "lab": True, "meters": meters})


def test_the_packaged_models_are_known() -> None:
    """Without a file there are those that travel with the program, and the drivers get them."""
    known = meter_profiles(settings())
    assert known == profiles()
    assert meter_settings(settings(), known).profiles == profiles()


def test_a_file_adds_models(tmp_path: Path) -> None:
    """The models of the file are known beside the packaged ones."""
    file = tmp_path / "profiles.toml"
    file.write_text(FURTHER, "utf-8")
    known = meter_profiles(settings(profiles=file))
    assert set(known) - set(profiles()) == {"county-x"}
    assert known["county-x"].wakeup == 2


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[county-x]\nbase = 'nowhere'\n", "nowhere"),
        ("[standard]\n", "packaged"),
        ("[", "TOML"),
        (None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str | None, named: str) -> None:
    """The error names the file and what is wrong with it."""
    file = tmp_path / "profiles.toml"
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=f"profiles.toml.*{named}"):
        meter_profiles(settings(profiles=file))


def test_a_model_that_is_used_has_to_be_known() -> None:
    """An archive with meters of an unknown model is told at the start, with the setting that mends it."""
    check_profiles({"standard"}, profiles())
    with pytest.raises(ConfigError, match=r"county-x.*meters\.profiles"):
        check_profiles({"standard", "county-x"}, profiles())
