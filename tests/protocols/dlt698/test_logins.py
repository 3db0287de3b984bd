"""The book of logins: one login per device and per connection, whatever comes in which order."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from protocols.dlt698 import Admission, LinkKind, LinkRequest, LinkResult, Login, LoginRules, Logins, Piid, Verdict
from tests.protocols.dlt698.pair import NOW, SECOND, T1

KNOWN = ("one", "two", "three")
RULES = LoginRules(capacity=2, missed_heartbeats=3, default_period=timedelta(seconds=300), clock_trusted=True)
Book = Logins[str, int]


def link(kind: LinkKind, period: int = 60) -> LinkRequest:
    """Make a LINK-Request."""
    return LinkRequest(Piid(1), kind, period, T1)


def test_a_login_is_accepted_with_its_period() -> None:
    """The verdict is success and says whether our clock is to be trusted."""
    book = Book(RULES, KNOWN)
    admission = book.take("one", 1, link(LinkKind.LOGIN, 900), NOW)
    assert admission.verdict == Verdict(LinkResult.SUCCESS, clock_trusted=True)
    assert admission.began
    assert not admission.close
    login = admission.login
    assert login is not None
    assert login is book.current("one")
    assert (login.epoch, login.known, login.since) == (1, True, NOW)
    assert book.silent_at(login) == NOW + 3 * timedelta(seconds=900)


def test_any_frame_is_life() -> None:
    """Silence counts from the last frame, whatever it was."""
    book = Book(RULES, KNOWN)
    login = book.take("one", 1, link(LinkKind.LOGIN), NOW).login
    assert login is not None
    later = NOW + 100 * SECOND
    again = book.hear("one", 1, later)
    assert again.login is login
    assert not again.began
    assert book.silent_at(login) == later + 3 * timedelta(seconds=60)
    login.period = None
    assert book.silent_at(login) is None


@pytest.mark.parametrize("first", [None, LinkKind.HEARTBEAT], ids=["any frame", "a heartbeat"])
def test_any_frame_of_a_known_device_is_a_login(first: LinkKind | None) -> None:
    """A terminal goes on after our restart as if nothing had been."""
    book = Book(RULES, KNOWN)
    admission = book.hear("one", 1, NOW) if first is None else book.take("one", 1, link(first, 0), NOW)
    assert admission.began
    assert admission.login is not None
    assert admission.login.period == RULES.default_period


def test_a_login_from_elsewhere_supersedes() -> None:
    """The new one has the next epoch, the old connection is to be closed, and its frames count for nothing."""
    book = Book(RULES, KNOWN)
    old = book.take("one", 1, link(LinkKind.LOGIN), NOW).login
    admission = book.take("one", 2, link(LinkKind.LOGIN), NOW)
    assert admission.replaced is old
    assert admission.login is not None
    assert admission.login.epoch == 2
    late = book.hear("one", 1, NOW)
    assert late == Admission(Verdict(LinkResult.ADDRESS_DUPLICATE, clock_trusted=True), close=True)
    assert book.current("one") is admission.login
    assert book.lost(1) is None
    assert book.hear("one", 1, NOW).replaced is admission.login


def test_a_login_again_on_the_same_connection_replaces_its_period_only() -> None:
    """What is open may still be answered: the epoch stays. A heartbeat without a period changes nothing."""
    book = Book(RULES, KNOWN)
    login = book.take("one", 1, link(LinkKind.LOGIN, 60), NOW).login
    assert login is not None
    book.take("one", 1, link(LinkKind.HEARTBEAT, 0), NOW)
    assert login.period == timedelta(seconds=60)
    again = book.take("one", 1, link(LinkKind.LOGIN, 0), NOW)
    assert again.login is login
    assert not again.began
    assert (login.epoch, login.period) == (1, RULES.default_period)


def test_a_logout_is_answered_and_ends_it() -> None:
    """It makes no login where there was none, and ends none that is elsewhere."""
    book = Book(RULES, KNOWN)
    login = book.hear("one", 1, NOW).login
    elsewhere = book.take("one", 2, link(LinkKind.LOGOUT), NOW)
    assert (elsewhere.ended, elsewhere.close) == (None, True)
    assert book.current("one") is login
    admission = book.take("one", 1, link(LinkKind.LOGOUT), NOW)
    assert admission == Admission(Verdict(LinkResult.SUCCESS, clock_trusted=True), ended=login, close=True)
    assert len(book) == 0


def test_strangers_are_refused_or_marked() -> None:
    """An unknown device is told that it is illegal and closed, or taken and marked, as the rules say."""
    refused = Book(RULES, KNOWN).hear("nobody", 1, NOW)
    assert refused == Admission(Verdict(LinkResult.ILLEGAL_DEVICE, clock_trusted=True), close=True)
    book = Book(LoginRules(accept_unknown=True), KNOWN)
    login = book.hear("nobody", 1, NOW).login
    assert login is not None
    assert not login.known
    assert book.admit((*KNOWN, "nobody")) == []
    assert login.known


def test_no_more_than_the_capacity_log_in() -> None:
    """One more is told so; one that is in may come back by another connection."""
    book = Book(RULES, KNOWN)
    book.hear("one", 1, NOW)
    book.hear("two", 2, NOW)
    assert book.hear("three", 3, NOW).verdict.result == LinkResult.CAPACITY_FULL
    assert book.hear("two", 4, NOW).began
    book.lost(1)
    assert book.hear("three", 3, NOW).began


def test_one_connection_is_one_device() -> None:
    """Another address on it is refused and costs the first nothing."""
    book = Book(RULES, KNOWN)
    login = book.hear("one", 1, NOW).login
    other = book.hear("two", 1, NOW)
    assert other == Admission(Verdict(LinkResult.ILLEGAL_DEVICE, clock_trusted=True))
    assert book.current("one") is login


def test_dismissed_devices_lose_their_logins() -> None:
    """Those that are known no more are given, to be closed."""
    book = Book(RULES, KNOWN)
    login = book.hear("one", 1, NOW).login
    book.hear("two", 2, NOW)
    assert book.admit(("two",)) == [login]
    assert book.current("one") is None
    assert login is not None
    assert not book.end(login)


class LoginMachine(RuleBasedStateMachine):
    """Devices and connections come and go in any order, against the plainest model: who was taken last."""

    devices = st.sampled_from([*KNOWN, "nobody"])
    connections = st.integers(1, 5)

    def __init__(self) -> None:
        super().__init__()
        self.book = Book(RULES, KNOWN)
        self.known = set(KNOWN)
        self.now = NOW
        self.model: dict[str, Login[str, int]] = {}
        self.closing: set[int] = set()  # connections that are to be closed, and are not yet
        self.epochs = [0]

    @rule(device=devices, connection=connections, kind=st.sampled_from([None, *LinkKind]), period=st.integers(0, 9))
    def frame(self, device: str, connection: int, kind: LinkKind | None, period: int) -> None:
        """Let a frame come in."""
        before = self.model.get(device)
        if kind is None:
            admission: Admission[str, int] = self.book.hear(device, connection, self.now)
        else:
            admission = self.book.take(device, connection, link(kind, period), self.now)
        if admission.login is not None:
            self._taken(device, connection, before, admission)
        elif admission.ended is not None:
            assert admission.ended is self.model.pop(device)
            assert (kind, admission.ended.connection) == (LinkKind.LOGOUT, connection)
        elif kind is not LinkKind.LOGOUT:
            assert before is None or before.connection != connection
            assert (
                connection in self.closing
                or device not in self.known
                or len(self.model) == RULES.capacity
                or any(login.connection == connection for login in self.model.values())
            )

    def _taken(self, device: str, connection: int, before: Any, admission: Admission[str, int]) -> None:
        login = admission.login
        assert login is not None
        assert device in self.known
        assert connection not in self.closing
        assert (login.device, login.connection, login.last_heard) == (device, connection, self.now)
        assert admission.began == (login is not before)
        assert admission.replaced is (before if admission.began else None)
        if admission.began:
            assert login.epoch > self.epochs[-1]
            self.epochs.append(login.epoch)
        if admission.replaced is not None:
            self.closing.add(admission.replaced.connection)
        self.model[device] = login

    @rule(connection=connections)
    def lost(self, connection: int) -> None:
        """Let a connection go."""
        ended = self.book.lost(connection)
        mine = next((login for login in self.model.values() if login.connection == connection), None)
        assert ended is mine
        self.closing.discard(connection)
        if ended is not None:
            del self.model[ended.device]

    @rule(known=st.sets(st.sampled_from([*KNOWN, "nobody"])))
    def admit(self, known: set[str]) -> None:
        """Let others be known."""
        dismissed = self.book.admit(known)
        assert {login.device for login in dismissed} == set(self.model) - known
        self.known = known
        self.model = {device: login for device, login in self.model.items() if device in known}

    @rule(seconds=st.integers(1, 1000))
    def silence(self, seconds: int) -> None:
        """Let time pass, and end who has been silent for too long."""
        self.now += seconds * SECOND
        for device, login in list(self.model.items()):
            silent_at = self.book.silent_at(login)
            assert silent_at is not None
            if silent_at <= self.now:
                assert self.book.end(login)
                del self.model[device]

    @invariant()
    def agree(self) -> None:
        """The book and the model hold the same logins, each on a connection of its own."""
        assert len(self.book) == len(self.model) <= RULES.capacity  # type: ignore[operator]  # it is given
        assert {device: self.book.current(device) for device in self.model} == self.model
        assert len({login.connection for login in self.model.values()}) == len(self.model)


LoginMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLogins = LoginMachine.TestCase
