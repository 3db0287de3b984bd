"""The way of a round's answers into the database: alone when little comes in, together when much does."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from clock import Clock, SteppedClock, run_virtual
from headend import collect
from headend.collect import Accepted, Duty
from headend.collect.intake import AT_ONCE, Intake
from headend.collect.taking import Answer
from headend.store import By, Store, StoreError
from tests.collect.befallen import MORNING, opened
from tests.collect.day import freeze, last_total
from tests.rooms import BY, MONDAY, SITE, Bench, local

R = TypeVar("R")


class Counted(Store):
    """A store that remembers how many answers each transaction took."""

    sets: list[int]

    def write_now(self, by: By, function: Callable[..., R], *args: Any, **kwargs: Any) -> tuple[R, frozenset[str]]:
        """Note the size of the set."""
        if function is collect.take:
            self.sets.append(len(args[0]))
        return super().write_now(by, function, *args, **kwargs)


def in_office(path: Path, story: Callable[[Bench, Counted, Clock], Awaitable[None]]) -> None:
    """Run a story over books with seven duties."""
    opened(path).store.close()

    async def main(clock: SteppedClock) -> None:
        store = Counted(path, clock, site=SITE)
        store.sets = []
        await story(Bench(store, clock), store, clock)
        store.close()

    run_virtual(main, local(MORNING))


def answers(bench: Bench) -> list[Answer]:
    """Give a good freeze for each duty of Monday."""
    duties: list[Duty] = bench.read(collect.open_duties, MONDAY)
    return [(duty, freeze(MONDAY, str(last_total(bench, duty) + 5))) for duty in duties]


def test_what_comes_in_meanwhile_shares_the_next_transaction(tmp_path: Path) -> None:
    """The first answer waits for nobody; the six that come while it is written go together, each is told its own."""

    async def story(bench: Bench, store: Counted, clock: Clock) -> None:
        intake = Intake(store, clock, BY)
        told = await clock.gather(*(intake.take([one]) for one in answers(bench)))
        assert all(isinstance(one, Accepted) for [one] in told)
        assert store.sets == [1, 6]
        assert bench.read(collect.day_counts, MONDAY)[1] == 7

    in_office(tmp_path / "b.db", story)


def test_a_transaction_holds_so_many_answers(tmp_path: Path) -> None:
    """A larger answer is stored in parts, and what another link has told rides along where there is room."""

    async def story(bench: Bench, store: Counted, clock: Clock) -> None:
        intake, some = Intake(store, clock, BY), answers(bench)
        many = [some[number % 6] for number in range(AT_ONCE + 20)]
        told, _ = await clock.gather(intake.take(many), intake.take(some[6:]))
        assert len(told) == len(many)
        assert store.sets == [AT_ONCE, 21]

    in_office(tmp_path / "b.db", story)


def test_whoever_hands_answers_to_a_closed_store_is_told(tmp_path: Path) -> None:
    """Each of them, and nobody waits for ever."""

    async def story(bench: Bench, store: Counted, clock: Clock) -> None:
        intake, some = Intake(store, clock, BY), answers(bench)
        store.close()
        for one in some:
            with pytest.raises(StoreError, match="closed"):
                await intake.take([one])

    in_office(tmp_path / "b.db", story)
