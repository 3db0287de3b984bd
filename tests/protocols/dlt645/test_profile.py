"""Profiles of meter models: packaged ones and those of a user."""

import re
from dataclasses import fields
from decimal import Decimal
from importlib.resources import files

import pytest

from protocols.dlt645 import (
    DI,
    STANDARD,
    Edition,
    Profile,
    Protection,
    RelayCommand,
    RelayWrite,
    find,
    identify,
    profile,
    profiles,
    read_payload,
    read_profiles,
    write_payload,
)
from protocols.dlt645.items.profile import RELAY_WORDS
from protocols.errors import LocalProtocolError

PACKAGED = (
    "standard",
    "state-grid-2009",
    "state-grid-2013",
    "south-grid",
    "inner-mongolia-west",
    "export-prepaid",
    "1997",
    "1997-prepaid",
)
TITLES = 'title_en = "t"\ntitle_zh = "题"\n'


def test_the_models_a_head_end_meets_are_packaged() -> None:
    """Each has a title in both languages, and the standard is among them."""
    assert tuple(profiles()) == PACKAGED
    assert profile("standard") is STANDARD
    assert all(one.name == name and one.title_en and one.title_zh for name, one in profiles().items())


def test_a_profile_nobody_knows_is_refused_with_the_known_ones() -> None:
    """A slip in the archive is told beside the names there are."""
    with pytest.raises(LocalProtocolError, match=r"'south_grid' is not known; known are standard, .*south-grid"):
        profile("south_grid")


@pytest.mark.parametrize("name", PACKAGED)
def test_every_row_of_a_profile_reads_and_builds(name: str) -> None:
    """A row of a profile has a layout, and a row of 2007 is what the identifier means to such a meter."""
    one = profile(name)
    for di, row in one.rows.items():
        assert row.layout.rows
        assert one.edition is Edition.E1997 or find(DI(di), one) is row


def test_what_the_grids_do_otherwise() -> None:
    """Protection, relay plaintext, recharge and the places in the security chip follow the model."""
    assert {one.protection for one in profiles().values() if "grid" in one.name} == {Protection.SECURED}
    assert STANDARD.protection is Protection.PASSWORD
    assert [name for name in PACKAGED if not profile(name).tells_protection] == ["state-grid-2009"]
    assert [name for name in PACKAGED if profile(name).relay_plaintext_in_wire_order] == ["inner-mongolia-west"]
    assert (STANDARD.general_file, profile("south-grid").general_file) == (2, 1)
    assert (STANDARD.step_switch_offset, profile("south-grid").step_switch_offset) == (0xC4, 0xC0)
    assert (STANDARD.recharge_size, profile("export-prepaid").recharge_size) == (22, 26)


def test_a_meter_of_1997_has_no_relay_but_what_its_vendor_gave_it() -> None:
    """The edition has no relay command, and a mark behind blocks; a vendor's writes are data."""
    plain, vendor = profile("1997"), profile("1997-prepaid")
    assert (plain.edition, plain.block_end_mark, plain.relay) == (Edition.E1997, True, {})
    assert vendor.edition is Edition.E1997
    assert isinstance(vendor.relay["trip"], RelayWrite)
    assert vendor.relay["trip"].payload != vendor.relay["direct_close"].payload


def test_relay_words_are_those_of_the_commands() -> None:
    """A profile names a relay command as the protocol does."""
    assert tuple(command.word for command in RelayCommand) == RELAY_WORDS


def test_the_step_table_of_the_south_has_two_dates_more() -> None:
    """70 bytes where others send 64, told apart by the profile."""
    south, table = profile("south-grid"), DI(0x040604FF)
    assert (identify(table).layout.size, identify(table, south).layout.size) == (64, 70)
    values = read_payload(table, bytes(70), south).values
    assert len(values) == 19
    assert write_payload(table, *values, profile=south) == bytes(70)


@pytest.mark.parametrize("di", [0x1D00FF01, 0x1D00FF07, 0x1E00FF0A])
@pytest.mark.parametrize("size", [34, 38])
def test_trip_records_of_the_south_may_have_four_bytes_more(di: int, size: int) -> None:
    """Both lengths read and write, for the last record and, as its family, for those before."""
    south, wire = profile("south-grid"), bytes(34) + bytes(range(size - 34))
    reading = read_payload(DI(di), wire, south)
    assert reading.tail == b""
    assert write_payload(DI(di), *reading.values, profile=south) == wire


def test_a_user_adds_a_model_without_code() -> None:
    """A table of text becomes a profile on the base it names, with rows of its own and a family of them."""
    text = (
        f'[village]\nbase = "south-grid"\n{TITLES}wakeup = 0\nauthentication_minutes = 5\n'
        '[[village.rows]]\ndi = "02FF0101"\nname_en = "last oil level"\nname_zh = "油位"\nformat = "XX.X|XX.XX"\n'
    ).replace("XX.X|", "")
    village = read_profiles(text)["village"]
    assert (village.name, village.wakeup, village.authentication_minutes) == ("village", 0, 5)
    assert (village.protection, village.general_file) == (Protection.SECURED, 1)
    assert read_payload(DI(0x02FF0101), b"\x50\x12", village).value == Decimal("12.50")
    assert read_payload(DI(0x040604FF), bytes(70), village).identifier.layout.size == 70
    assert find(DI(0x02FF0101)) is None
    assert village.name not in profiles()


def test_a_user_may_build_on_a_profile_above() -> None:
    """The second table of a text can have the first as its base; without a base it is the standard's."""
    text = f"[one]\n{TITLES}control_level = 3\n[two]\nbase = 'one'\n{TITLES}setting_level = 2\n"
    found = read_profiles(text)
    assert (found["one"].setting_level, found["two"].control_level, found["two"].setting_level) == (4, 3, 2)


def test_a_vendor_of_1997_is_added_by_its_writes() -> None:
    """Commands by word, identifier of two bytes, data in wire order; a base's commands stay."""
    text = f'[acme]\nbase = "1997-prepaid"\n{TITLES}[acme.relay]\nalarm = {{ di = "C5A1", payload = "0a0B" }}\n'
    relay = read_profiles(text)["acme"].relay
    assert relay["alarm"] == RelayWrite(0xC5A1, b"\x0a\x0b")
    assert relay["trip"] == profile("1997-prepaid").relay["trip"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[x", "no TOML"),
        ("x = 1", "'x' is no table"),
        (f"[standard]\n{TITLES}", "'standard' is packaged"),
        ("[x]\ntitle_en = 't'", "'x' lacks title_zh"),
        (f"[x]\n{TITLES}wakup = 1", "'x', wakup: no such key; there are .*wakeup"),
        (f"[x]\n{TITLES}base = 'nowhere'", "'x', base: 'nowhere' is not one of standard"),
        (f"[x]\n{TITLES}base = ['standard']", "'x', base: "),
        (f"[x]\n{TITLES}edition = '2013'", "'x', edition: "),
        (f"[x]\n{TITLES}protection = 1", "'x', protection: "),
        (f"[x]\n{TITLES}wakeup = -1", "'x', wakeup: -1 is no whole number 0..16"),
        (f"[x]\n{TITLES}wakeup = true", "'x', wakeup: "),
        (f"[x]\n{TITLES}recharge_size = 24", "'x', recharge_size: "),
        (f"[x]\n{TITLES}block_end_mark = 1", "'x', block_end_mark: "),
        (f"[x]\n{TITLES}rows = 1", "'x', rows: "),
        (f"[x]\n{TITLES}[[x.rows]]\ndi = '00010000'", "'x', rows: row 00010000 lacks format, lacks name_en"),
        (
            f"[x]\n{TITLES}[[x.rows]]\ndi = '1'\nname_en = 'n'\nname_zh = 'n'\nformat = 'XX'",
            "'x', rows: .*'1' is not 8 hex digits",
        ),
        (
            f"[x]\n{TITLES}[[x.rows]]\ndi = '00010000'\nname_en = 'n'\nname_zh = 'n'\nformat = 'Q7'",
            "'x', rows: row 00010000: field 'Q7' of a format is not known",
        ),
        (
            f"[x]\n{TITLES}[[x.rows]]\ndi = '00010000'\nname_en = 'n'\nname_zh = 'n'\nformat = 7",
            "'x', rows: row 00010000: a column is no text",
        ),
        (
            f"[x]\n{TITLES}[[x.rows]]\ndi = '9010'\nname_en = 'n'\nname_zh = 'n'\nformat = 'XX'",
            "'x', rows: '9010' is no identifier of 8 digits",
        ),
        (f"[x]\n{TITLES}relay = 1", "'x', relay: "),
        (f"[x]\n{TITLES}[x.relay]\nopen = {{ di = '2356', payload = '01' }}", "'x', relay: 'open' is none of trip"),
        (f"[x]\n{TITLES}[x.relay]\ntrip = {{ di = '2356' }}", "'x', relay: trip needs di and payload"),
        (f"[x]\n{TITLES}[x.relay]\ntrip = {{ di = '23', payload = '01' }}", "'x', relay: trip: "),
        (f"[x]\n{TITLES}[x.relay]\ntrip = {{ di = '2356', payload = '0' }}", "'x', relay: trip: "),
    ],
)
def test_a_mistake_in_a_profile_is_told_with_profile_and_key(text: str, told: str) -> None:
    """Whoever wrote the text finds the place, and nothing of it is taken."""
    with pytest.raises(LocalProtocolError, match=told):
        read_profiles(text)


def test_every_key_of_a_profile_is_explained_where_one_copies_from() -> None:
    """The head of the packaged file names each key, so that a user can write a model by it."""
    text = files("protocols.dlt645.items").joinpath("profiles.toml").read_text(encoding="utf-8")
    head = text[: text.index("[standard]")]
    assert [field.name for field in fields(Profile) if field.name not in {"name", *re.findall(r"\w+", head)}] == []
