"""The page about what is implemented leaves nothing out."""

from protocols.dlt645.functions import FORMS
from protocols.dlt645.functions.security import PAYLOADS
from protocols.dlt645.inspect.document import document
from protocols.dlt645.items.identifiers import table
from protocols.dlt645.items.profile import profiles

PAGE = document()


def test_every_message_is_on_the_page() -> None:
    """Each class of message is named with its lengths, those inside of 03H with their parts."""
    for form in FORMS:
        assert f"`{form.message.__name__}` L=" in PAGE
    for payload in PAYLOADS:
        assert f"| `{payload.message.__name__}` |" in PAGE


def test_every_format_class_and_profile_is_on_the_page() -> None:
    """Each format, each class of identifiers and each profile has its row."""
    for form in {row.format for row in table().values()} - {""}:
        assert "| `{}` |".format(form.replace("|", "\\|")) in PAGE
    for di3 in {row.di.di3 for row in table().values()}:
        assert f"\n| {di3:02X} | " in PAGE
    for name in profiles():
        assert f"\n| `{name}` | " in PAGE


def test_an_example_is_what_the_standard_says() -> None:
    """Energy of 12.34 kWh lies lowest byte first, a demand is followed by its time."""
    assert "| 00000000 | `34 12 00 00` | 12.34 kWh |" in PAGE
    assert "| 01010000 | `34 12 00 30 08 14 09 26` | 0.1234, 2609140830 kW |" in PAGE


def test_what_the_standard_never_refuses_has_no_refusal() -> None:
    """Broadcast time and the two addresses have no abnormal answer, reading has D1H and may be followed up."""
    rows = {line.split(" | ")[0].strip("| "): line.rstrip() for line in PAGE.splitlines() if "H | " in line[:8]}
    assert rows["08H"].endswith("|  |  |")
    assert rows["13H"].endswith("|  |  |")
    assert rows["15H"].endswith("|  |  |")
    assert rows["11H"].endswith("| yes | D1H |")
