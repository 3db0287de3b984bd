"""Explaining an account: facts with units, rules with their truth, the timeline, in both languages."""

import json
from string import Formatter

import pytest

from headend import strategy
from headend.desk.plain import plain
from headend.strategy import Explanation, Lang, State, UnknownStateError
from headend.strategy.timeline import SENTENCES
from tests.strategy.world import World, one


def explain(world: World) -> Explanation:
    """Explain the first home."""
    return world.bench.read(strategy.explain, one(world))


def test_facts_have_values_and_units(noticed: World) -> None:
    """Every fact is told with its unit, in English and Chinese; an unknown one says so."""
    told = {fact.name: fact for fact in explain(noticed).facts}
    assert told["balance"].value == {"en": "-41.14 yuan", "zh": "-41.14元"}
    assert told["balance"].label["zh"] == "可用余额"
    assert told["comparison"].value["en"] == "SHORT"
    assert told["minutes_to_cut"].value == {"en": "29 min", "zh": "29分钟"}
    assert told["restored_hours"].value == {"en": "unknown", "zh": "未知"}


def test_rules_tell_what_is_missing(noticed: World) -> None:
    """Each rule that could fire stands there with its truth and its sentence; none fires while the look is settled."""
    found = explain(noticed)
    assert found.state == State.NOTICED
    rules = {rule.name: rule for rule in found.rules}
    assert rules["T12.1"].truth is False
    assert rules["T12.1"].target == State.CUT_SCHEDULED
    assert "time until the printed cut time [29 min] ≤ 0 min" in rules["T12.1"].sentence["en"]
    assert "距通知停电时间 [29分钟] ≤ 0分钟" in rules["T12.1"].sentence["zh"]
    assert not any(rule.fires for rule in found.rules)


def test_the_rule_that_would_fire_is_marked(noticed: World) -> None:
    """When its time has come, the rule that a look would fire is the one marked."""
    noticed.bench.at("2026-09-16 09:00")
    firing = [rule.name for rule in explain(noticed).rules if rule.fires]
    assert firing == ["T12.1"]


def test_timeline_merges_the_rooms(cut: World) -> None:
    """Readings, fees, payments, messages, moves, signatures and commands stand in one line of time."""
    cut.pay(one(cut), "100.00")
    cut.to("2026-09-16 09:20")
    entries = explain(cut).timeline
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    kinds = {entry.kind for entry in entries}
    assert {"reading", "fee", "payment", "message", "delivered", "transition", "proposal", "decision"} <= kinds
    assert {"command", "relay", "live"} <= kinds
    moves = [entry.sentence["en"] for entry in entries if entry.kind == "transition"]
    assert moves[-3:] == [
        "T20 to be restored: CUT → RESTORE_DUE",
        "T21 restore ordered: RESTORE_DUE → RESTORE_ORDERED (RESTORE)",
        "T23 restore verified: RESTORE_ORDERED → NORMAL (S11)",
    ]


def test_causes_stand_before_what_follows(cut: World) -> None:
    """Of one instant, a delivery stands before the move it led to, and the move before the message it sent."""
    refs = [entry.kind for entry in explain(cut).timeline if entry.at == cut.instant("2026-09-15 08:30")]
    assert refs.index("transition") < refs.index("message")


def test_explanations_are_plain(cut: World) -> None:
    """An explanation goes over the desk's socket as JSON."""
    text = json.dumps(plain(explain(cut)), ensure_ascii=False)
    assert "停电" in text


def test_every_kind_of_entry_has_its_sentences() -> None:
    """The catalogue has each kind in both languages, with the same values in braces."""
    for texts in SENTENCES.values():
        assert set(texts) == set(Lang)
        names = [
            {name for _, name, _, _ in Formatter().parse(text) if name} - {"what", "zh"} for text in texts.values()
        ]
        assert names[0] == names[1]


def test_an_account_without_a_state_is_named(world: World) -> None:
    """Explaining an account that was never enrolled says what to do."""
    with pytest.raises(UnknownStateError, match="enrol it first"):
        world.bench.read(strategy.explain, 999)
