"""Models of DL/T 698.45 meters: what is packaged, what a text of one's own may say, and how its faults are told."""

import pytest

from protocols import dlt645
from protocols.dlt698 import OAD, ComDcb
from protocols.dlt698.models import STANDARD, Model, Protection, Road, model, models, read_models
from protocols.errors import LocalProtocolError

TITLES = 'title_en = "meters of county X"\ntitle_zh = "某县电能表"\n'


def test_the_standard_meter_takes_orders_from_its_concentrator() -> None:
    """Nothing but a TimeTag is asked for, and the head-end's usual address is used."""
    assert STANDARD is model("standard")
    assert (STANDARD.protection, STANDARD.road, STANDARD.client) == (Protection.PLAIN, Road.PROXY, 0x10)
    assert not STANDARD.is_secured
    assert not STANDARD.proven_reads


@pytest.mark.parametrize("known", models().values(), ids=lambda known: known.name)
def test_every_packaged_model_is_sound(known: Model) -> None:
    """What is secured is forwarded with the head-end's keys, and both titles are there."""
    assert known.title_en
    assert known.title_zh
    if known.is_secured:
        assert known.road is Road.FORWARD
        assert known.client >> 4 == 0xA


def test_no_name_is_that_of_another_dialect() -> None:
    """Only the standard one has the name of a DL/T 645 profile."""
    assert set(models()) & set(dlt645.profiles()) == {"standard"}


def test_a_text_builds_on_what_is_known() -> None:
    """A model starts from its base, one above it in the same text too, and changes what it says."""
    text = f"""[county-x]\nbase = "state-grid-698"\n{TITLES}client = 0xA0\nport = "F2010202"\nbaud = 9600
[county-y]\nbase = "county-x"\n{TITLES}proven_reads = false\nassociation_minutes = 2\n"""
    found = read_models(text)
    assert found["county-x"].is_secured
    assert (found["county-x"].client, found["county-x"].port) == (0xA0, OAD.parse("F2010202"))
    assert found["county-x"].line == ComDcb(6, 2, 8, 1, 0)
    assert (found["county-y"].client, found["county-y"].proven_reads) == (0xA0, False)
    assert found["county-y"].association_minutes == 2


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[", "no TOML"),
        ("standard = 1", "standard.*packaged"),
        ("[standard]", "standard.*packaged"),
        ("[south-grid]", "south-grid.*packaged"),
        ("[x]\ntitle_en = 'x'", "x.*title_zh"),
        (f"[x]\n{TITLES}base = 'nowhere'", "base.*nowhere"),
        (f"[x]\n{TITLES}colour = 'red'", "colour.*no such key"),
        (f"[x]\n{TITLES}client = 256", "client.*0..255"),
        (f"[x]\n{TITLES}client = true", "client.*0..255"),
        (f"[x]\n{TITLES}port = 'F209'", "port.*OAD"),
        (f"[x]\n{TITLES}baud = 2401", "baud.*2400"),
        (f"[x]\n{TITLES}baud = 2400.0", "baud.*2400"),
        (f"[x]\n{TITLES}protection = 'strong'", "protection.*strong"),
        (f"[x]\n{TITLES}proven_reads = 1", "proven_reads.*neither"),
        (f"[x]\n{TITLES}title_en = ''", "TOML"),
        (f"[x]\n{TITLES}association_minutes = 0", "association_minutes.*1..9999"),
        (f"[x]\n{TITLES}protection = 'secured'", "road.*complete frame"),
        (f"[x]\n{TITLES}proven_reads = true", "proven_reads.*secured"),
        ("x = 1", "x.*no table"),
    ],
)
def test_what_is_wrong_is_named(text: str, named: str) -> None:
    """The error names the model and the key, and what would do."""
    with pytest.raises(LocalProtocolError, match=named):
        read_models(text, taken=dlt645.profiles())


def test_an_unknown_model_is_told_with_the_known_ones() -> None:
    """A mistyped name is told with those there are."""
    with pytest.raises(LocalProtocolError, match=r"grid-698.*standard"):
        model("grid-698")
