"""The outbox: once per event or day, in its window, without personal data, and taken back when overtaken."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from headend import notify
from headend.config import read_default
from headend.notify import State, Wish
from headend.notify.tables import message
from headend.notify.window import sending_time
from headend.store import BUSINESS_ZONE
from tests.rooms import MONDAY, Bench, home_no, local

TEMPLATES = {t.code: t for t in notify.parse_templates(read_default("messages.toml"))}
LOW = {"bal": "17.13", "n": "3"}
CUT = {"amt": "13"}


def test_the_same_event_is_told_once(village: Bench) -> None:
    """The same key gives the same message, whatever its values; another key another one."""
    home = village.accounts[home_no(1)]
    first = village.write(notify.put, home, "S07", CUT, once="S07:command:17")
    assert village.write(notify.put, home, "S07", {"amt": "99"}, once="S07:command:17") == first
    other = village.write(notify.put, home, "S07", CUT, once="S07:command:18")
    assert other not in {None, first}
    assert [m.id for m in village.read(notify.messages, home)] == [first, other]


def test_a_daily_type_goes_once_a_day(village: Bench) -> None:
    """A second reminder of the day is not put, the next day's is, and another customer's is."""
    home, other = village.accounts[home_no(1)], village.accounts[home_no(2)]
    assert village.write(notify.put, home, "S01", LOW) is not None
    assert village.write(notify.put, home, "S01", LOW) is None
    assert village.write(notify.put, home, "S01", LOW, once="S01:run:9") is None
    assert village.write(notify.put, other, "S01", LOW) is not None
    village.at("2026-09-15 08:20")
    assert village.write(notify.put, home, "S01", LOW) is not None


def test_a_reminder_of_the_evening_counts_for_the_morning(village: Bench) -> None:
    """What is put after the window closes is meant for the next day, and that day has no second one."""
    home = village.accounts[home_no(1)]
    village.at("2026-09-14 21:00")
    message_id = village.write(notify.put, home, "S01", LOW)
    assert message_id is not None
    waiting = village.read(notify.message_of, message_id)
    assert waiting.not_before == local("2026-09-15 08:00")
    village.at("2026-09-15 08:20")
    assert village.write(notify.put, home, "S01", LOW) is None


def test_an_expired_message_does_not_count(village: Bench) -> None:
    """After a reminder was overtaken, a new one may be put the same day; it is not found as the last one."""
    home = village.accounts[home_no(1)]
    first = village.write(notify.put, home, "S01", LOW)
    assert village.write(notify.expire, home, ["S01", "S02"], "paid") == 1
    assert village.read(notify.last, home, "S01") is None
    second = village.write(notify.put, home, "S01", LOW)
    assert second not in {None, first}
    assert first is not None
    gone = village.read(notify.message_of, first)
    assert (gone.state, gone.reason) == (State.EXPIRED, "paid")


def test_only_queued_messages_of_the_named_types_expire(village: Bench) -> None:
    """Others of the account, and those of other accounts, stay; None takes all types."""
    home, other = village.accounts[home_no(1)], village.accounts[home_no(2)]
    for account in (home, other):
        village.write(notify.put, account, "S01", LOW)
        village.write(notify.put, account, "S07", CUT, once=f"S07:{account}")
    assert village.write(notify.expire, home, ["S01"], "paid") == 1
    assert village.write(notify.expire, home, None, "closed") == 1
    assert {m.state for m in village.read(notify.messages, other)} == {State.QUEUED}
    counted = village.read(notify.counts, MONDAY)
    assert counted == {
        ("S01", State.EXPIRED): 1,
        ("S01", State.QUEUED): 1,
        ("S07", State.EXPIRED): 1,
        ("S07", State.QUEUED): 1,
    }


def test_an_event_must_be_named(village: Bench) -> None:
    """A type that goes once per event without a key is refused, as is a missing value or an unknown type."""
    home = village.accounts[home_no(1)]
    with pytest.raises(notify.MissingValueError, match="once"):
        village.write(notify.put, home, "S07", CUT)
    with pytest.raises(notify.MissingValueError, match="amt"):
        village.write(notify.put, home, "S07", {}, once="S07:1")
    with pytest.raises(notify.UnknownTemplateError, match="S99"):
        village.write(notify.put, home, "S99", {})
    with pytest.raises(notify.UnknownMessageError):
        village.read(notify.message_of, 1)


def test_rows_hold_no_personal_data(village: Bench) -> None:
    """Of the values offered only those the text needs are kept: names and numbers are not among them."""
    home = village.accounts[home_no(1)]
    values = {"bal": "-3.00", "staff": "wu.am", "customer": "客户1", "phone": "13800000001"}
    village.write(notify.put, home, "S21", values)
    (row,) = village.read(lambda view: view.all(select(message)))
    assert row._asdict()["values"] == {"bal": "-3.00", "staff": "wu.am"}


def test_many_are_put_as_one_would_be(village: Bench) -> None:
    """A batch gives its ids in order, with None for those told already and the known one for a known key."""
    home, other, third = (village.accounts[home_no(i)] for i in (1, 2, 3))
    told = village.write(notify.put, other, "S01", LOW, once="S01:b")
    wishes = [Wish(home, LOW), Wish(other, LOW), Wish(third, LOW, "S01:c"), Wish(home, LOW), Wish(other, LOW, "S01:b")]
    ids = village.write(notify.put_many, "S01", wishes)
    assert [i is None for i in ids] == [False, True, False, True, False]
    assert ids[4] == told
    assert len(village.read(notify.messages, home)) == 1
    assert village.write(notify.put_many, "S01", []) == []


@given(
    code=st.sampled_from(sorted(TEMPLATES)),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
)
def test_a_message_goes_as_soon_as_it_may(code: str, at: datetime) -> None:
    """What may go at any hour goes at once; the rest at the first instant between 08:00 and 20:00."""
    goes = sending_time(TEMPLATES[code], at)
    here = goes.astimezone(BUSINESS_ZONE)
    if TEMPLATES[code].at_once:
        assert goes == at
        return
    assert time(8) <= here.time() < time(20)
    assert at <= goes < at + timedelta(hours=12, seconds=1)
    assert goes == at or here.time() == time(8)


def test_what_was_told_is_counted_by_account(village: Bench) -> None:
    """The selectable of messages told has one row per account, with number and last instants."""
    home = village.accounts[home_no(1)]
    village.write(notify.put, home, "S01", LOW)
    village.at("2026-09-15 08:20")
    village.write(notify.put, home, "S01", LOW)
    village.write(notify.put, village.accounts[home_no(2)], "S02", {"bal": "3.00", "t2": "5"})
    (row,) = village.read(lambda view: view.all(notify.told(["S01"])))
    assert (row.account, row.number, row.last_put, row.last_delivered) == (home, 2, local("2026-09-15 08:20"), None)
    early = notify.told(["S01"], before=local("2026-09-15 00:00"))
    assert [r.number for r in village.read(lambda view: view.all(early))] == [1]
