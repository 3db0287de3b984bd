"""The machine of a message under any order of answers, receipts, expiries and passing time."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from drivers.sms import Accepted, Delivery, Receipt, Rejected, Unavailable
from headend import archive, notify
from headend.notify import MOVES, Company, Event, State
from headend.notify.model import FINAL
from headend.notify.sending import Submission, begin, due, submitted, take_receipt
from headend.notify.tables import message, message_attempt
from headend.store import BUSINESS_ZONE, Fact
from headend.store.tables import fact
from tests.rooms import Bench, home_no

COMPANY = Company("XX供电", "95598")
CONTACTS = [{"name": f"人{i}", "phone": f"1380000000{i}", "role": "account"} for i in range(3)]
ANSWERS = st.sampled_from([Accepted("R"), Rejected("black list"), Unavailable("not connected")])
TYPES = {"S01": {"bal": "17.13", "n": "3"}, "S06": {"amt": "13", "d": "9月16日", "hm": "09:00"}, "S07": {"amt": "13"}}


class Messages(RuleBasedStateMachine):
    """One customer with up to three contacts; the gateway and the operator do as they like."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.bench = Bench.open(Path(self.folder.name) / "m.db")
        contacts = {home_no(i): {"contacts": CONTACTS[:i]} for i in (1, 2, 3)}
        self.bench.load(homes=3, shops=0, changes=contacts)
        self.serial = 0
        self.submissions: list[int] = []
        self.delivered: set[int] = set()

    def teardown(self) -> None:
        """Close the file and remove it."""
        self.bench.store.close()
        self.folder.cleanup()

    def rows(self) -> list[Any]:
        """Give all messages."""
        return list(self.bench.read(lambda view: view.all(select(message).order_by(message.c.id))))

    @rule(home=st.integers(1, 3), kind=st.sampled_from(sorted(TYPES)))
    def put(self, home: int, kind: str) -> None:
        """Somebody has something to tell."""
        self.serial += 1
        account = self.bench.accounts[home_no(home)]
        self.bench.write(notify.put, account, kind, TYPES[kind], once=f"{kind}:{self.serial}")

    @rule(answer=ANSWERS | st.none())
    def work(self, answer: Accepted | Rejected | Unavailable | None) -> None:
        """The sender takes what is most urgent; its answer is stored, or lost with the process (None)."""
        for message_id in self.bench.read(due, 1).items:
            begun = self.bench.write(begin, message_id, COMPANY)
            if not isinstance(begun, Submission):
                continue
            self.submissions.append(begun.attempt)
            if answer is not None:
                self.bench.write(submitted, begun.attempt, answer)

    @precondition(lambda self: self.submissions)
    @rule(data=st.data(), status=st.sampled_from(Delivery))
    def receipt(self, data: st.DataObject, status: Delivery) -> None:
        """A receipt comes for any attempt, early, late or again."""
        attempt = data.draw(st.sampled_from(self.submissions))
        self.bench.write(take_receipt, Receipt("R", attempt, status, self.bench.clock.now()))
        row = self.bench.read(lambda view: view.one(select(message_attempt).where(message_attempt.c.id == attempt)))
        assert row is not None
        if status is Delivery.DELIVERED:
            self.delivered.add(row.message)

    @rule(home=st.integers(1, 3))
    def overtaken(self, home: int) -> None:
        """The customer pays: what waits is taken back."""
        self.bench.write(notify.expire, self.bench.accounts[home_no(home)], ["S01", "S06"], "paid")

    @rule(minutes=st.sampled_from([1, 10, 121, 600]))
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.bench.clock.advance(self.bench.clock.now() + timedelta(minutes=minutes))

    @invariant()
    def history_tells_the_state(self) -> None:
        """Each message's events, replayed through the table, give its state."""
        for row in self.rows():
            state: State | None = None
            for event in self.bench.read(notify.history, row.id):
                state = MOVES[state, event.event]
            assert state == row.state

    @invariant()
    def what_was_delivered_stays_delivered(self) -> None:
        """One delivered receipt decides, whatever else comes."""
        for row in self.rows():
            assert (row.state == State.DELIVERED) is (row.id in self.delivered)

    @invariant()
    def an_open_message_is_due_and_an_ended_one_is_not(self) -> None:
        """No message is forgotten: unless it has ended there is an instant at which something is done."""
        for row in self.rows():
            assert (row.due is None) is (State(row.state) in FINAL)
            assert (row.ended is None) is (row.due is not None)

    @invariant()
    def each_contact_is_tried_once(self) -> None:
        """Attempts of a message go to different contacts, in order, as many as were counted."""
        attempts = self.bench.read(lambda view: view.all(select(message_attempt).order_by(message_attempt.c.id)))
        for row in self.rows():
            contacts = [a.contact for a in attempts if a.message == row.id]
            assert contacts == sorted(set(contacts))
            assert len(contacts) == row.tried

    @invariant()
    def a_failed_message_has_tried_everybody(self) -> None:
        """A message fails only when every contact of the customer was tried."""
        for row in self.rows():
            if row.state == State.FAILED:
                assert row.tried == len(self.bench.read(archive.contacts, row.account))

    @invariant()
    def quiet_types_keep_to_their_window(self) -> None:
        """No attempt of a type with a window begins at night."""
        for row in self.rows():
            for event in self.bench.read(notify.history, row.id):
                if row.template != "S07" and event.event is Event.STARTED:
                    assert 8 <= event.at.astimezone(BUSINESS_ZONE).hour < 20

    @invariant()
    def every_end_is_told(self) -> None:
        """Each message that has ended told its end to those above."""
        told = select(fact.c.ref).where(fact.c.kind == Fact.RECEIPT.value)
        refs = {row.ref for row in self.bench.read(lambda view: view.all(told))}
        assert {row.id for row in self.rows() if State(row.state) in FINAL} <= refs


Messages.TestCase.settings = settings(
    max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestMessages = Messages.TestCase
