"""The log for people."""

from string import Formatter

import pytest

from headend.daemon.story import ABOUT, MOVES, SENTENCES, tell
from headend.strategy import MOVES as TABLE


def test_an_event_becomes_a_sentence_and_keeps_what_it_did_not_say() -> None:
    """Values that the sentence uses are gone from the rest; the others stay, but for those that are unknown."""
    said, rest = tell("pay.posted", {"account": "1", "amount": "5.00", "channel": "x", "serial": "7", "note": None})
    assert said == "1 pays 5.00 yuan by x"
    assert rest == {"serial": "7"}


@pytest.mark.parametrize("values", [{}, {"account": "1"}])
def test_an_event_without_its_values_is_shown_under_its_name(values: dict[str, str]) -> None:
    """A sentence with holes would hide what is missing."""
    assert tell("pay.posted", values) == ("pay.posted", values)
    assert tell("no.such.event", values) == ("no.such.event", values)


def test_every_move_that_rules_make_has_its_words() -> None:
    """No transition of the machine that fires in this program is told by its number alone."""
    told_elsewhere = {"T01", "T29", "T30", "T31", "T32"}
    assert set(TABLE) - told_elsewhere == set(MOVES)


def test_sentences_are_whole() -> None:
    """Each sentence names the values it needs in a form that can be filled."""
    for sentence in SENTENCES.values():
        assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(sentence))
    assert all(words for words in ABOUT.values())
