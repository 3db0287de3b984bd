"""Answers taken in sets: the same rows as one by one, whatever is among them; what can't be stored stands alone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, Table, select
from sqlalchemy import event as listening
from sqlalchemy.exc import OperationalError

from headend import collect
from headend.collect import Accepted, Duty, FreezeRead, Missed, MissReason, Registers
from headend.collect.duty_tables import raw_frame
from headend.collect.taking import Answer
from headend.daemon.dayplan import finish_step
from headend.store import Fact, View, metadata
from tests.collect.befallen import BEFALLEN, TUESDAY, opened
from tests.collect.day import ONE_DAY, last_total
from tests.rooms import MONDAY, Bench, local

D = Decimal
BEYOND = D("1e13")
"""More than a column of energy holds."""

OTHER_ORDER = frozenset({"fact", "work_event", "work_order", "finding", "raw_frame"})
"""Tables whose rows a set writes in another order: their numbers are not compared, a work order goes by its subject."""

TOLD = ("5", "0", "-1", "480", "3.25", "roll", "new meter", "other day", "no stamp", "reverse", "periods", "beyond", "")


@dataclass(frozen=True)
class Happening:
    """What befell the ``who``-th meter due on a day, and what was then told of it."""

    who: int
    day: date
    befallen: str
    told: str


HAPPENINGS = st.lists(
    st.builds(
        Happening,
        st.integers(0, 6),
        st.sampled_from([MONDAY, TUESDAY]),
        st.sampled_from(sorted(BEFALLEN)),
        st.sampled_from(TOLD),
    ),
    min_size=1,
    max_size=12,
)


@contextmanager
def books() -> Iterator[Bench]:
    """Open fresh books."""
    with TemporaryDirectory() as folder:
        bench = opened(Path(folder) / "books.db")
        yield bench
        bench.store.close()


def duty_of(bench: Bench, who: int, day: date) -> Duty:
    """Give the duty of the ``who``-th meter on a day."""
    return bench.read(collect.open_duties, day)[who]


def answer_of(bench: Bench, duty: Duty, told: str, number: int) -> FreezeRead | Missed:
    """Make what a meter tells; ``number`` makes its frame unlike the others."""
    frames = (("in", local(f"{duty.day} 00:30"), bytes([0x68, number])),)
    last, stamp = last_total(bench, duty), local(f"{duty.day} 00:00")
    read = FreezeRead(Registers(last + 5), stamp, frames)
    odd: dict[str, FreezeRead | Missed] = {
        "": Missed(MissReason.REFUSED, "3", frames),
        "roll": replace(read, registers=Registers(D("2.00"))),
        "new meter": replace(read, registers=Registers(D("9.00"))),
        "other day": replace(read, stamp=stamp - ONE_DAY),
        "no stamp": replace(read, stamp=None),
        "reverse": replace(read, reverse=D(number)),
        "periods": replace(read, registers=Registers(last + 5, (D(1), D(2), D(3), last - number))),
        "beyond": replace(read, registers=Registers(BEYOND)),
    }
    return odd[told] if told in odd else replace(read, registers=Registers(last + D(told)))


def prepared(bench: Bench, happenings: list[Happening], *, late: bool) -> list[Answer]:
    """Let everything befall that does, and give what is told then."""
    duties = [duty_of(bench, each.who, each.day) for each in happenings]
    for each, duty in zip(happenings, duties, strict=True):
        BEFALLEN[each.befallen](bench, duty)
    if late:
        bench.write(finish_step, MONDAY, "estimate", "done")
    pairs = zip(happenings, duties, strict=True)
    return [(duty, answer_of(bench, duty, each.told, number)) for number, (each, duty) in enumerate(pairs)]


def rows(bench: Bench) -> dict[str, Counter[tuple[str, ...]]]:
    """Give what stands in every table."""
    orders = {row.id: f"{row.kind} {row.subject}" for row in bench.read(_all, metadata.tables["work_order"])}
    found: dict[str, Counter[tuple[str, ...]]] = {}
    for table in metadata.sorted_tables:
        kept = [row._asdict() for row in bench.read(_all, table)]
        for row in kept:
            if table.name in OTHER_ORDER:
                del row["id"]
            if table.name == "work_event":
                row["order"] = orders[row["order"]]
            if table.name == "fact" and row["kind"] == Fact.CASE.value:
                row["ref"] = orders[row["ref"]]
        found[table.name] = Counter(tuple(map(str, row.values())) for row in kept)
    return found


def _all(view: View, table: Table) -> Sequence[Row[Any]]:
    return view.all(select(table))


@settings(max_examples=25)
@given(HAPPENINGS, st.booleans())
def test_a_set_is_stored_as_its_answers_one_by_one(happenings: list[Happening], late: bool) -> None:
    """The same rows in every table: readings, versions, duties, findings, frames, flags, orders, facts, marks."""
    with books() as single, books() as many:
        one_by_one = [single.write(collect.take, [answer])[0] for answer in prepared(single, happenings, late=late)]
        assert many.write(collect.take, prepared(many, happenings, late=late)) == one_by_one
        assert rows(many) == rows(single)
    for told in one_by_one:
        event(told.reason if isinstance(told, Missed) else f"{told.mark} {told.late} {','.join(told.findings)}")


@given(st.lists(st.sampled_from(["5", "beyond", "-1"]), min_size=7, max_size=7))
@settings(max_examples=10)
def test_what_cannot_be_stored_keeps_no_other_answer(kinds: list[str]) -> None:
    """It is a miss with what was wrong, its frames are kept, and its duty stays open; all others are stored."""
    with books() as bench:
        duties = bench.read(collect.open_duties, MONDAY)
        answers = [
            (duty, answer_of(bench, duty, kind, n)) for n, (duty, kind) in enumerate(zip(duties, kinds, strict=True))
        ]
        told = bench.write(collect.take, answers)
        assert [isinstance(one, Missed) for one in told] == [kind == "beyond" for kind in kinds]
        missing = bench.read(collect.missing, MONDAY)
        assert {row.account for row in missing} == {
            duty.account for duty, kind in zip(duties, kinds, strict=True) if kind == "beyond"
        }
        for row in missing:
            assert row.reason == "not_stored"
            assert row.detail.startswith("OutOfBoundsError: 1E+13 is beyond")
        assert len(bench.read(lambda view: view.all(select(raw_frame)))) == len(kinds)


def test_a_failing_database_is_no_meters_fault(tmp_path: Path) -> None:
    """What the file itself refuses ends the transaction, and no answer is called unsound for it."""
    bench = opened(tmp_path / "books.db")
    duties = bench.read(collect.open_duties, MONDAY)
    with bench.store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
    frames = (("in", bench.clock.now(), bytes(100_000)),)
    answers = [(duty, FreezeRead(Registers(last_total(bench, duty) + 5), None, frames)) for duty in duties]
    with pytest.raises(OperationalError, match="full"):
        bench.write(collect.take, answers)
    assert bench.read(collect.day_counts, MONDAY) == (7, 0, {"not_asked": 7})
    bench.store.close()


@pytest.mark.parametrize("number", [1, 7])
def test_normal_answers_cost_the_same_few_statements(tmp_path: Path, number: int) -> None:
    """Whatever their number: one statement for each thing that is looked up, and one for each table written."""
    bench = opened(tmp_path / "books.db")
    duties = bench.read(collect.open_duties, MONDAY)[:number]
    answers: list[Answer] = [(duty, answer_of(bench, duty, "5", n)) for n, duty in enumerate(duties)]
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement.split(maxsplit=1)[0])

    listening.listen(bench.store.engine, "before_cursor_execute", note)
    told = bench.write(collect.take, answers)
    assert all(isinstance(one, Accepted) for one in told)
    frame = {"BEGIN": 1, "SAVEPOINT": 1, "RELEASE": 1}
    assert Counter(seen) == frame | {"SELECT": 10, "INSERT": 2, "UPDATE": 1}
    bench.store.close()
