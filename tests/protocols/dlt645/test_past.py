"""Older questions of a DL/T 645 line: found by their meter, and as if all had been looked at."""

from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645.line.matching import Expected
from protocols.dlt645.line.past import Owed, Past
from protocols.dlt645.wire.address import BROADCAST, WILDCARD, Address

ADDRESSES = st.one_of(
    st.sampled_from(["01", "21", "000021"]).map(Address.short),
    st.sampled_from(["1", "21", "121", "999999999998"]).map(Address.meter),
    st.sampled_from([WILDCARD, BROADCAST, Address("00000000002B")]),
)
QUESTIONS = st.builds(
    Expected, address=ADDRESSES, function=st.sampled_from([0x11, 0x12]), repeats=st.sampled_from([b"", b"\1", b"\2"])
)
NOTED = st.lists(st.tuples(QUESTIONS, st.sampled_from(Owed)))
FORGOTTEN = st.lists(QUESTIONS)


def noted(questions: list[tuple[Expected, Owed]], forgotten: list[Expected]) -> Past:
    """Make a past of them."""
    past = Past()
    for question, owed in questions:
        past.owe(question, owed)
    for question in forgotten:
        past.forget(question)
    return past


@given(NOTED, FORGOTTEN, QUESTIONS)
def test_akin_are_just_those_that_share_refusals(
    questions: list[tuple[Expected, Owed]], forgotten: list[Expected], asked: Expected
) -> None:
    """What is found by the meter is what a look at all would find."""
    past = noted(questions, forgotten)
    shared = {(older, owed) for older, owed in past.items() if older.shares_refusals(asked)}
    assert set(past.akin(asked)) == shared


@given(NOTED, FORGOTTEN)
def test_the_most_harmful_that_was_noted_of_a_question_counts(
    questions: list[tuple[Expected, Owed]], forgotten: list[Expected]
) -> None:
    """A question that is asked again may owe its first answer yet."""
    worst: dict[Expected, Owed] = {}
    for question, owed in questions:
        worst[question] = max(owed, worst.get(question, owed))
    kept = {question: owed for question, owed in worst.items() if question not in forgotten}
    assert dict(noted(questions, forgotten).items()) == kept


@given(NOTED)
def test_nothing_is_left_of_what_was_forgotten(questions: list[tuple[Expected, Owed]]) -> None:
    """Neither among all nor by its meter."""
    past = noted(questions, [question for question, _ in questions])
    assert not list(past)
    assert not any(list(past.akin(question)) for question, _ in questions)
