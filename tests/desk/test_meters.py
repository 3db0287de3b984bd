"""Of which model a meter is: told at the desk, kept with a trace."""

from datetime import timedelta
from decimal import Decimal

import pytest

from headend import archive, control
from headend.control import Decision, Kind
from headend.desk import ArgumentsError, NotFoundError, RefusedError
from headend.store import By, Rank
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


def order(counter: Counter, kind: Kind) -> int:
    """Order a relay command for the second home, a trip with its release; give its account."""
    bench = counter.world.bench
    account, end = bench.accounts[home_no(2)], bench.clock.now() + timedelta(hours=1)
    if kind is Kind.TRIP:
        proposal = bench.write(control.propose, account, Decimal("25.00"))
        signer = By("appr-1:wang.appr", "test:2", Rank.PEOPLE)
        bench.write_by(signer, control.sign, proposal, Decision.APPROVE, "wang.appr", "checked")
        bench.write(control.order, account, kind, release=bench.write(control.release, account), window_end=end)
    else:
        bench.write(control.order, account, kind)
    return account


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


def test_a_meter_keeps_its_profile_while_a_trip_is_open(counter: Counter) -> None:
    """What the trip was checked for stays; once it is off, the profile is taken."""
    account = order(counter, Kind.TRIP)
    with pytest.raises(RefusedError, match=r"trip of 3701000002 .*command:\d+.* hold the account or wait"):
        counter.call(ZHOU, "meter_profile", meter=OLD, **SECURED)
    assert profile_of(counter, 2) == "standard"
    assert counter.trail()[0].outcome == "refused"
    counter.world.bench.write(control.cancel, account, "held")
    counter.call(ZHOU, "meter_profile", meter=OLD, **SECURED)
    assert profile_of(counter, 2) == "state-grid-2013"


def test_a_wrong_profile_is_corrected_while_a_restore_is_tried(counter: Counter) -> None:
    """It may be why the meter refuses to give power: nobody stays in the dark until the restore has been given up."""
    order(counter, Kind.CLOSE)
    counter.call(ZHOU, "meter_profile", meter=OLD, **SECURED)
    assert profile_of(counter, 2) == "state-grid-2013"


def test_a_meter_of_the_other_dialect_has_models_of_its_own(counter: Counter) -> None:
    """A DL/T 698.45 meter takes a model of DL/T 698.45 and no profile of DL/T 645, and the reverse."""
    model = {"profile": "state-grid-698", "reason": "as on its plate"}
    assert counter.call(ZHOU, "meter_profile", meter=NEW, **model)["before"] == "standard"
    assert profile_of(counter, 1) == "state-grid-698"
    with pytest.raises(RefusedError, match=r"dlt698 meters.*state-grid-2013.*state-grid-698"):
        counter.call(ZHOU, "meter_profile", meter=NEW, **SECURED)
    with pytest.raises(RefusedError, match=r"dlt645 meters.*state-grid-698"):
        counter.call(ZHOU, "meter_profile", meter=OLD, **model)
    assert (profile_of(counter, 1), profile_of(counter, 2)) == ("state-grid-698", "standard")


def test_an_unknown_meter_has_none(counter: Counter) -> None:
    """A meter that is not there has no profile, and a reason is needed."""
    with pytest.raises(NotFoundError):
        counter.call(ZHOU, "meter_profile", meter="999999999990", **SECURED)
    with pytest.raises(ArgumentsError, match="reason"):
        counter.call(ZHOU, "meter_profile", meter=OLD, profile="standard")


def test_a_generator_is_entered_with_its_reason(counter: Counter) -> None:
    """The account tells it from then on, the trail says why; the same again changes nothing."""
    solar = {"generates": True, "reason": "solar panels, contract 2026-118"}
    assert counter.call(ZHOU, "generation", meter=NEW, **solar) == {
        "account": home_no(1),
        "generates": True,
        "before": False,
    }
    assert counter.call(ZHOU, "account", no=home_no(1))["generates"]
    newest = counter.trail()[0]
    assert (newest.act, newest.arguments) == ("generation", {"meter": NEW, **solar})
    assert counter.call(ZHOU, "generation", account=home_no(1), **solar)["before"]
