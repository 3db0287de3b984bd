"""Rule files: what they may say, and what none can do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.config import defaults
from headend.strategy.conditions import facts_of
from headend.strategy.errors import RuleFileError
from headend.strategy.machine import MOVES, Move, State
from headend.strategy.rule_files import parse_file, read_rules
from headend.strategy.rules import COMPARED, Order, Propose, RuleSet


def read(text: str, version: int = 0) -> RuleSet:
    """Read a rule file."""
    return read_rules(parse_file(text), version)


SHIPPED = (defaults() / "rules.toml").read_text(encoding="utf-8")


def rule(**changes: str) -> str:
    """Write a rule file of one rule, T05, with some keys changed or (empty) left out."""
    rows = {
        "id": '"T05"',
        "from": '["NORMAL"]',
        "to": '"ARREARS"',
        "when": "\"available < cut_at and reading_quality in ('G', 'I', 'C')\"",
        **changes,
    }
    return "[[rule]]\n" + "\n".join(f"{key} = {value}" for key, value in rows.items() if value)


def test_shipped_rules_are_accepted() -> None:
    """The shipped file is a valid one and knows each move that files are there for."""
    rules = read(SHIPPED, version=3)
    assert rules.version == 3
    assert {r.id for r in rules.rules if not MOVES[r.id].reserved} == {f"T{n:02}" for n in range(2, 13)}


def test_rules_stand_in_the_order_of_the_machine() -> None:
    """Where several rules hold, the first in the order of the machine is the first in the list."""
    order = list(MOVES)
    places = [order.index(r.id) for r in read(SHIPPED).rules]
    assert places == sorted(places)


def test_every_rule_moves_as_the_machine_allows() -> None:
    """File's or program's: no rule goes from or to a state that its move doesn't have."""
    for r in read(SHIPPED).rules:
        move = MOVES[r.id]
        assert r.source <= (move.stays if r.to is None else move.source), r.name
        assert r.to in {None, COMPARED} | move.target, r.name


def test_only_t13_orders_a_cut() -> None:
    """One move orders a trip; it asks the ledger's comparison, a live read, the notice and every safety rule."""
    trips = [r for r in read(SHIPPED).rules if r.effects.order is Order.TRIP]
    assert [r.id for r in trips] == ["T13"]
    asked = {spec.name for spec in facts_of(trips[0].when)}
    assert {"comparison", "live_short", "live_minutes", "last_notice_minutes", "in_window", "cut_refusals"} <= asked


@pytest.mark.parametrize("move", ["T07", "T08", "T10", "T12"])
def test_frames_stand_around_what_leads_to_a_cut(move: str) -> None:
    """A file that says `true` still can't propose, notice or schedule without shortage of today and safety rules."""
    source, to = min(MOVES[move].source), min(MOVES[move].target)
    rules = read(rule(id=f'"{move}"', when='"true"', **{"from": f'["{source}"]', "to": f'"{to}"'}))
    (own,) = (r for r in rules.rules if r.id == move)
    asked = {spec.name for spec in facts_of(own.when)}
    assert {"comparison", "short_today"} <= asked
    assert asked & {"propose_refusals", "notice_delivered"}
    assert own.effects.propose == {"T07": Propose.PERSON, "T10": Propose.AUTO}.get(move)
    assert own.effects.message == ("S06" if move in {"T08", "T10"} else None)


@given(move=st.sampled_from([m for m in MOVES.values() if m.reserved or not m.by_rule]), state=st.sampled_from(State))
def test_no_file_holds_what_is_reserved(move: Move, state: State) -> None:
    """A file with a move of the program or of people is refused, whatever else it says."""
    name = move.id
    with pytest.raises(RuleFileError, match=f"{name}.*no file may hold it"):
        read(rule(id=f'"{name}"', when='"true"', **{"from": f'["{state}"]', "to": f'"{state}"'}))


@given(source=st.sampled_from(State), to=st.sampled_from(State), move=st.sampled_from(["T02", "T05", "T06", "T12"]))
def test_from_and_to_are_those_of_the_machine(source: State, to: State, move: str) -> None:
    """A rule is accepted exactly when the machine's table has its move."""
    text = rule(id=f'"{move}"', when='"true"', **{"from": f'["{source}"]', "to": f'"{to}"'})
    if source in MOVES[move].source and to in MOVES[move].target:
        assert any(r.source == {source} and r.to == to for r in read(text).rules)
    else:
        with pytest.raises(RuleFileError, match=r"the machine has it"):
            read(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rule = 1", "holds [[rule]] tables"),
        ("[[rule]\n", "not valid TOML"),
        (rule() + "\n[other]", "holds [[rule]] tables"),
        (rule(id='"T99"'), "rule 1: there is no move 'T99'"),
        (rule(id=""), "rule 1: there is no move None"),
        (rule(**{"from": '["RICH"]'}), "T05.1: from: 'RICH'"),
        (rule(to='"RICH"'), "T05.1: to: 'RICH'"),
        (rule(to='"COMPARED"'), "T05.1: to: 'COMPARED'"),
        (rule(when='"availabel < cut_at"'), "T05.1: when: line 1, column 1"),
        (rule(when='"available / 2 < cut_at"'), "there is no division"),
        (rule(when='"trip_sent / 2 < 1"'), "there is no division"),
        (rule(message='"S09"'), "T05.1: message"),
        (rule(order='"TRIP"'), "T05.1: order"),
        (rule(work_order='"DIG"'), "T05.1: work_order"),
        (rule(repeat_days="3"), "only a rule without `to` is repeated"),
        (rule(to=""), "acts in no NORMAL"),
        (rule(when="5"), "T05.1: when"),
        (rule(when=""), "T05.1: when"),
    ],
)
def test_refusals_name_rule_and_mend(text: str, says: str) -> None:
    """Whatever a file may not say is refused by the name of its rule and key."""
    with pytest.raises(RuleFileError) as caught:
        read(text)
    assert says in str(caught.value)


def test_file_rules_have_names_of_their_own() -> None:
    """Rules of one id are told apart by number, so that each transition names the rule that made it."""
    names = [r.name for r in read(SHIPPED).rules]
    assert len(names) == len(set(names))
    assert {"T02.1", "T02.2", "T02.3"} <= set(names)


def test_love_care_and_never_are_never_proposed() -> None:
    """A class that is never cut by this system can't be proposed by any file: the frame asks its cut mode."""
    asked: dict[str, set[str]] = {}
    for r in read(SHIPPED).rules:
        asked.setdefault(r.id, set()).update(spec.name for spec in facts_of(r.when))
    assert {"cut_mode", "propose_refusals"} <= asked["T07"]
