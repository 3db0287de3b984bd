"""Which models of meters a daemon knows, and what it does about those it does not."""

from pathlib import Path
from typing import Any

import pytest

from headend.config import ConfigError, Settings
from headend.daemon.meters import Known, check_profiles, known_meters, meter_settings
from protocols.dlt645.items.profile import profiles
from protocols.dlt698.models import models

FURTHER = """
[county-x]
base = "state-grid-2013"
title_en = "meters of county X"
title_zh = "某县电能表"
wakeup = 2
"""

FURTHER_698 = """
[county-y]
base = "state-grid-698"
title_en = "meters of county Y"
title_zh = "某县电能表"
"""


def settings(**meters: Any) -> Settings:
    """Make the settings of a laboratory."""
    return Settings.model_validate({"control": {"service_key": "0" * 32}, "lab": True, "meters": meters})


def test_the_packaged_models_are_known() -> None:
    """Without a file there are those that travel with the program, and the drivers get them."""
    known = known_meters(settings())
    assert known == Known(profiles(), models())
    given = meter_settings(settings(), known)
    assert (given.profiles, given.models) == (profiles(), models())
    assert set(known.names) == {"dlt645", "dlt698"}


def test_a_file_adds_models(tmp_path: Path) -> None:
    """The models of the file are known beside the packaged ones."""
    file = tmp_path / "profiles.toml"
    file.write_text(FURTHER, "utf-8")
    known = known_meters(settings(profiles=file))
    assert set(known.profiles) - set(profiles()) == {"county-x"}
    assert known.profiles["county-x"].wakeup == 2


def test_a_file_adds_models_of_the_other_dialect(tmp_path: Path) -> None:
    """DL/T 698.45 meters have a file of their own, and their names are theirs only."""
    file = tmp_path / "models.toml"
    file.write_text(FURTHER_698, "utf-8")
    known = known_meters(settings(models=file))
    assert set(known.models) - set(models()) == {"county-y"}
    assert known.models["county-y"].is_secured
    assert "county-y" in known.names["dlt698"]
    assert "county-y" not in known.names["dlt645"]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("models", FURTHER_698.replace("county-y", "south-grid")),
        ("profiles", FURTHER.replace("county-x", "state-grid-698")),
    ],
)
def test_a_name_is_of_one_dialect(tmp_path: Path, key: str, text: str) -> None:
    """A model of one's own may not have the name of one of the other dialect: it would be taken for that."""
    file = tmp_path / "own.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"own\.toml.*(south-grid|state-grid-698)"):
        known_meters(settings(**{key: file}))


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
        known_meters(settings(profiles=file))
    with pytest.raises(ConfigError, match=f"profiles.toml.*{named}"):
        known_meters(settings(models=file))


def test_a_model_that_is_used_has_to_be_known() -> None:
    """An archive with meters of an unknown model is told at the start, with the setting that mends it."""
    known = known_meters(settings())
    check_profiles({("dlt645", "standard"), ("dlt698", "standard"), ("dlt698", "state-grid-698")}, known)
    with pytest.raises(ConfigError, match=r"county-x \(dlt645\).*meters\.profiles"):
        check_profiles({("dlt645", "standard"), ("dlt645", "county-x")}, known)


@pytest.mark.parametrize("used", [("dlt645", "state-grid-698"), ("dlt698", "state-grid-2013")])
def test_a_model_of_the_other_dialect_is_none(used: tuple[str, str]) -> None:
    """A meter whose profile is of the other dialect could not be spoken to: the daemon does not start over it."""
    with pytest.raises(ConfigError, match=used[1]):
        check_profiles({used}, known_meters(settings()))
