"""The file of faults: what is read, and what is refused with which words."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.errors import ScenarioError
from simulators.faults import FAULTS, Fault, load_faults, read_faults
from tests.simulators.conftest import NOON

WHOLE = """\
seed = 7

[[fault]]
kind = "slow"
seconds = 4
from = 30
until = 90.5
probability = 0.5
count = 3
device = "C01"

[[fault]]
kind = "bad_checksum"
"""


def test_every_key_is_read() -> None:
    """Times are seconds, underlines are dashes, and what is not said has its usual value."""
    plan = read_faults(WHOLE)
    slow = Fault("slow", {"seconds": 4.0}, timedelta(seconds=30), timedelta(seconds=90.5), 0.5, 3)
    assert [(row.fault, row.device) for row in plan.rows] == [(slow, "C01"), (Fault("bad-checksum"), "")]
    assert plan.seed == 7


def test_faults_go_to_their_device() -> None:
    """A device gets what is meant for it and for all; one that is not there is named."""
    plan = read_faults(WHOLE)
    later = NOON + timedelta(seconds=60)
    assert [fault.kind for fault in plan.faults("C01", NOON).active(later)] == ["bad-checksum", "slow"]
    assert [fault.kind for fault in plan.faults("C02", NOON).active(later)] == ["bad-checksum"]
    plan.check_devices(["C01", "C02"])
    with pytest.raises(ScenarioError, match="slow is for 'C01': did you mean 'C0'"):
        plan.check_devices(["C0"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fault = 1", r"\[\[fault\]\]"),
        ("[fault]\nkind = 'slow'", r"\[\[fault\]\]"),
        ("[[fault", "not TOML"),
        ("sed = 1", "'sed': did you mean 'seed'"),
        ("seed = 'x'", "seed is 'x'"),
        ("[[fault]]\nseconds = 1", "fault 1 has no kind"),
        ("[[fault]]\nkind = 'slwo'", "fault 1: there is no kind 'slwo': did you mean 'slow'"),
        ("[[fault]]\nkind = 'half'\n[[fault]]\nkind = 'slow'\nsecnds = 1", r"fault 2 \(slow\).*did you mean 'seconds'"),
        ("[[fault]]\nkind = 'half'\nseconds = 1", r"fault 1 \(half\) has a key 'seconds': there are kind"),
        ("[[fault]]\nkind = 'slow'\nseconds = '1'", "seconds is '1': give a number"),
        ("[[fault]]\nkind = 'slow'\nseconds = true", "seconds is True"),
        ("[[fault]]\nkind = 'slow'\nseconds = inf", "seconds is inf"),
        ("[[fault]]\nkind = 'slow'\nseconds = 99999", "give 0 to 3600"),
        ("[[fault]]\nkind = 'slow'\nfrom = 9\nuntil = 9", "before it begins"),
        ("[[fault]]\nkind = 'slow'\ncount = 0", "count of fault slow is 0"),
        ("[[fault]]\nkind = 'slow'\ncount = 1.5", "count is 1.5"),
        ("[[fault]]\nkind = 'slow'\nprobability = 2", "give 0 to 1"),
        ("[[fault]]\nkind = 'slow'\ndevice = 1", "device is 1"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, said: str) -> None:
    """An unknown key, a kind that is none, or a value out of its bounds is named with its place and a way out."""
    with pytest.raises(ScenarioError, match=said):
        read_faults(text)


@given(st.sampled_from(sorted(FAULTS)), st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1))
def test_no_unknown_key_passes(kind: str, key: str) -> None:
    """Whatever key is no argument of the kind is refused."""
    known = {"kind", "from", "until", "probability", "count", "device", *FAULTS[kind].arguments}
    if key not in known:
        with pytest.raises(ScenarioError, match=f"has a key '{key}'"):
            read_faults(f'[[fault]]\nkind = "{kind}"\n{key} = 1')


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A file that is not there, or is no text, is told by its name."""
    with pytest.raises(ScenarioError, match=r"none\.toml cannot be read"):
        load_faults(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match=r"bytes\.toml is not UTF-8"):
        load_faults(tmp_path / "bytes.toml")
