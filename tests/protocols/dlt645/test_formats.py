"""The format column of the identifier table."""

from decimal import Decimal

import pytest

from protocols.dlt645.items.formats import layout
from protocols.errors import LocalProtocolError, RemoteProtocolError


@pytest.mark.parametrize(
    ("form", "length", "sizes"),
    [
        ("", 0, []),
        ("XX|XX+XX", 1, [1]),
        ("XX|XX+XX", 2, [1, 1]),
        ("(XX+(XXXX)*2)*2", 10, [1, 2, 2, 1, 2, 2]),
        ("(XX+XXXX)*", 6, [1, 2, 1, 2]),
        ("XX+...", 1, [1]),
        ("XX+...", 5, [1, 4]),
        ("±XX.XX*3", 6, [2, 2, 2]),
        ("LOAD(01:XX)", 0, []),
        ("LOAD(01:XX)", 10, [10]),
    ],
)
def test_a_format_cuts_a_length_into_fields(form: str, length: int, sizes: list[int]) -> None:
    """Alternatives, groups within groups, an undescribed rest and signs have the sizes they show."""
    assert [field.sizeof() for field in layout(form, signed=False).fields_for(length)] == sizes


@pytest.mark.parametrize("form", ["XX|XX+XX", "XX+XX+XX*", "(XX+XX)*3"])
def test_a_length_that_no_alternative_has_is_refused(form: str) -> None:
    """The lengths that would fit are told."""
    with pytest.raises(RemoteProtocolError, match="payload_length_does_not_fit_identifier: expected"):
        layout(form, signed=False).fields_for(7 if "*3" in form else 0)


def test_a_sign_in_a_format_is_of_that_field_alone() -> None:
    """A record may hold signed beside unsigned numbers."""
    fields = layout("XX+±XX", signed=False).fields_for(2)
    assert [field.parse(b"\x81") for field in fields] == [Decimal(81), Decimal(-1)]


@pytest.mark.parametrize(
    "form",
    [
        "XX*+XX",
        "Q7",
        "(XX",
        "XX+",
        "XX**",
        "XXX",
        "(XX*)*",
        "BITS7",
        "FREEZE(XX)",
        "XX|XXXX",
        "XX+XX*|XX+...",
        "LOAD(01:XX/02:Q7)",
        "LOAD(01:XX/01:XX)",
        "LOAD(01:XX|XXXX)",
        "XX+LOAD(01:XX)",
        "...+XX",
    ],
)
def test_a_format_without_meaning_is_refused(form: str) -> None:
    """A mistake in the table is found when the row is used, with the text at fault."""
    with pytest.raises(LocalProtocolError):
        layout(form, signed=False)
