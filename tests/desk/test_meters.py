"""Of which model a meter is: told at the desk, kept with a trace."""

import pytest

from headend import archive
from headend.desk import ArgumentsError, NotFoundError, RefusedError
from tests.desk.conftest import Counter, named
from tests.rooms import home_no

ZHOU = named("zhou.fee")
OLD = "000000000002"
NEW = "000000000001"
SECURED = {"profile": "state-grid-2013", "reason": "as on its plate"}


def profile_of(counter: Counter, number: int) -> str:
    """Give the profile in the archive."""
    bench = counter.world.bench
    return bench.read(lambda view: archive.place(view, bench.accounts[home_no(number)], view.today).profile)


def test_a_meter_gets_its_profile(counter: Counter) -> None:
    """The archive holds it, the answer and the trail say what it was before; the same again changes nothing."""
    done = counter.call(ZHOU, "meter_profile", meter=OLD, **SECURED)
    assert done == {"account": home_no(2), "profile": "state-grid-2013", "before": "standard"}
    assert profile_of(counter, 2) == "state-grid-2013"
    newest = counter.trail()[0]
    assert (newest.act, newest.outcome) == ("meter_profile", "done")
    assert newest.arguments == {"meter": OLD, **SECURED, "before": "standard"}
    assert counter.call(ZHOU, "meter_profile", account=home_no(2), **SECURED)["before"] == "state-grid-2013"


def test_a_profile_that_nobody_knows_is_refused(counter: Counter) -> None:
    """A mistyped name is told with the known ones, and changes nothing."""
    with pytest.raises(RefusedError, match=r"sate-grid.*state-grid-2013"):
        counter.call(ZHOU, "meter_profile", meter=OLD, profile="sate-grid", reason="x")
    assert profile_of(counter, 2) == "standard"


def test_other_meters_have_none(counter: Counter) -> None:
    """A DL/T 698.45 meter has no such profile, an unknown meter none either, and a reason is needed."""
    with pytest.raises(RefusedError, match="dlt698"):
        counter.call(ZHOU, "meter_profile", meter=NEW, **SECURED)
    with pytest.raises(NotFoundError):
        counter.call(ZHOU, "meter_profile", meter="999999999990", **SECURED)
    with pytest.raises(ArgumentsError, match="reason"):
        counter.call(ZHOU, "meter_profile", meter=OLD, profile="standard")
