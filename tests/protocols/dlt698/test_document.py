"""The page about what is implemented leaves nothing out, and its samples do what their titles say."""

import pytest

from protocols.dlt698 import Dar, DataType
from protocols.dlt698.apdu.conformance import FunctionBit, ProtocolBit
from protocols.dlt698.inspect.document import document
from protocols.dlt698.objects.dictionary import class_attributes, rows
from protocols.dlt698.objects.formats import shapes
from protocols.dlt698.objects.units import UNITS
from protocols.dlt698.objects.words import tables
from protocols.dlt698.values.selection import MS, RSD
from tests.protocols.dlt698.strategies import CLASSES

PAGE = document()
LINES = set(PAGE.splitlines())


def test_every_apdu_is_on_the_page() -> None:
    """Each class with its tag and its kind, on the side that sends it."""
    client, _, server = PAGE.partition("## APDUs of the server")
    for cls in CLASSES:
        kind = "" if cls.kind is None else cls.kind
        start = f"| {cls.tag} = {cls.tag:02X}H | {kind} | "
        side = server if (cls.tag >= 130 and cls.tag != 129) or cls.tag == 1 else client
        assert any(line.startswith(start) and f"| `{cls.__name__}` |" in line for line in side.splitlines()), cls


def test_every_code_is_on_the_page() -> None:
    """Types, results, units, conformance bits and the choices of selections."""
    for kind in DataType:
        assert any(line.startswith(f"| {int(kind)} | ") and line.endswith("` |") for line in LINES), kind
    for dar in Dar:
        assert f"| {int(dar)} | `{dar.name}` | {dar.chinese} |" in LINES
    for code, unit in UNITS.items():
        assert f"| {code} | {unit} |" in LINES
    for bit in (*ProtocolBit, *FunctionBit):
        assert f"| {int(bit)} | `{bit.name}` | {bit.chinese} |" in LINES
    for cls in (*RSD.__args__, *MS.__args__):
        assert f" | `{cls.__name__}` " in PAGE


def test_every_row_of_the_dictionary_is_on_the_page() -> None:
    """With its format; so is what classes have in common, and each shape and table of words."""
    for (oi, member), row in rows().items():
        format_cell = row.format.replace("|", "\\|")
        assert any(
            line.startswith(f"| {oi:04X} | {member} | {row.name} | {row.chinese} | `{format_cell}` |") for line in LINES
        ), (oi, member)
    for interface, member in class_attributes():
        assert f"\n| {interface or 'all'} | {member} | " in PAGE
    for name in shapes():
        assert f"\n| `${name}` | " in PAGE
    for name in tables():
        assert f"\n| `#{name}` | " in PAGE


@pytest.mark.parametrize(
    ("what", "outcome"),
    [
        ("FEH before the frame, any number", "4 bytes dropped, noise; read, device 210000123456 0"),
        ("a false 68H before the frame", "3 bytes dropped, bad_hcs; read, device 210000123456 0"),
        ("the extended logical address of the later edition", "read, device 210000123456 5"),
        ("an odd number of digits, F behind them", "read, device 21000012345 0"),
        ("bit 14 or 15 of L", "25 bytes dropped, bad_length"),
        ("a wrong HCS", "25 bytes dropped, bad_hcs"),
        ("a wrong FCS", "25 bytes dropped, bad_fcs"),
        ("another end byte", "25 bytes dropped, bad_end"),
        ("the reserved bits of a fragment word", "read, piece 1"),
        ("a length in more bytes than needed", "read, `GetNormalResponse`"),
        ("NULL in place of a value", "read, `GetNormalResponse`"),
        ("a DAR without a name", "read, `GetNormalResponse`"),
        ("a client's APDU without its tail byte", "refused, truncated"),
        ("the same, where a device on a bench is told to be lenient", "read, `GetNormalRequest`"),
        ("a reserved data type", "refused, bad_type"),
        ("an OPTIONAL or CHOICE out of its range", "refused, bad_choice"),
        ("a count above the bytes left", "refused, truncated"),
        ("bytes behind the APDU", "refused, trailing_bytes"),
        ("more than 8 levels of Data", "refused, too_deep"),
        ("compact GET request, tag 45H", "refused, unknown_tag"),
        ("GET response of kind 23, SimplifyRecord", "refused, unknown_kind"),
    ],
)
def test_tolerance_is_what_the_standard_and_the_field_want(what: str, outcome: str) -> None:
    """What devices are known to send is read, what nobody can understand is refused with its reason."""
    (line,) = [line for line in LINES if line.startswith(f"| {what} | ")]
    assert line.endswith(f"| {outcome} |")


def test_layouts_say_their_fields_in_the_order_of_the_wire() -> None:
    """A GET of one object, and one meter of a proxy request, whatever is asked of it."""
    assert any("`GetNormalRequest` | PIID `PIID`, attribute OAD `OAD`, TimeTag `[TimeTag]` |" in line for line in LINES)
    assert "| `Target of Setting` | meter TSA `TSA`, time-out `u16`, objects `n × Setting` |" in LINES
    assert "| `ResultNormal` | attribute OAD `OAD`, result `0: DAR or 1: Data` |" in LINES
