"""Which older questions hold up a new one, against a model that looks at all of them each time."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from drivers.link import DeviceKind, Exchange, Rank
from drivers.link.matching import conversation_with
from drivers.link.waiting import Overdue
from protocols.dlt645 import Address
from protocols.dlt645.line.matching import Expected

BEGIN = datetime(2026, 9, 14, tzinfo=UTC)
SPANS = st.integers(0, 12).map(lambda seconds: timedelta(seconds=seconds))
WORDS = st.builds(
    Expected,
    address=st.sampled_from(["000000000001", "000000000002", "AAAAAAAAAA01"]).map(Address),
    function=st.just(0x11),
    repeats=st.sampled_from([b"\1\2\3\4", b"\5\6\7\x08"]),
)
ANYTHING = Expected(Address("A" * 12), 0x11)
"""A question whose answer any other's could be taken for."""


@dataclass(frozen=True)
class Known:
    """What the model knows of a question that went out."""

    asked: datetime
    until: datetime
    unheard: datetime | None


class Overdues(RuleBasedStateMachine):
    """Questions go out and are answered or not, signs of life come, time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGIN
        self.conversation = conversation_with(DeviceKind.DTU)
        self.overdue = Overdue(self.conversation)
        self.known: dict[Expected, Known] = {}

    def exchange(self, words: Expected, since: datetime | None = None) -> Exchange:
        """Make a question of the words."""
        return Exchange("dtu:X", None, b"", words, Rank.POLL, self.now, timedelta(), since)

    def forget(self) -> None:
        """Let the model forget whose time is over."""
        alive = {words: one for words, one in self.known.items() if one.unheard is not None or one.until > self.now}
        self.known = alive

    @rule(words=WORDS, patience=SPANS, late=SPANS, heartbeats=st.booleans())
    def ask(self, words: Expected, patience: timedelta, late: timedelta, heartbeats: bool) -> None:
        """A question goes out, and its asker's time is over."""
        deadline = self.now + patience
        unheard = deadline if heartbeats else None
        self.conversation.ask(self.exchange(words))
        self.conversation.abandon()
        self.overdue.add(words, self.now, deadline + late, unheard=unheard)
        self.known[words] = Known(self.now, deadline + late, unheard)

    @rule(settled=SPANS)
    def hear(self, settled: timedelta) -> None:
        """Something is heard of the device."""
        self.overdue.heard(self.now, self.now + settled)
        for words, one in self.known.items():
            if one.unheard is not None and one.unheard <= self.now:
                until = self.now + settled if one.until <= self.now else one.until
                self.known[words] = replace(one, until=until, unheard=None)

    @rule()
    def reconnect(self) -> None:
        """The device comes by another connection."""
        self.overdue.reconnected()
        self.known = {words: replace(one, unheard=None) for words, one in self.known.items()}

    @rule(span=SPANS)
    def wait(self, span: timedelta) -> None:
        """Time passes."""
        self.now += span

    @rule(words=WORDS, since=st.none() | SPANS)
    def look(self, words: Expected, since: timedelta | None) -> None:
        """A question is clear if no older one that shares its answers may still be answered."""
        self.forget()
        asked_since = None if since is None else self.now - since
        in_the_way = [
            one.until > self.now or (one.unheard is not None and (asked_since is None or one.asked < asked_since))
            for older, one in self.known.items()
            if older.shares_answers(words)
        ]
        assert self.overdue.is_clear(self.exchange(words, asked_since), self.now) is not any(in_the_way)

    @invariant()
    def just_these_are_remembered(self) -> None:
        """What is over is forgotten, and nothing else is."""
        self.forget()
        self.overdue.forget(self.now)
        assert set(self.conversation.in_the_way(ANYTHING)) == set(self.known)


TestOverdues = Overdues.TestCase
