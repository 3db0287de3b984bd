"""Conditions: text → one small typed tree → SQL, Python and sentences.

The language knows named facts, whole and decimal numbers, quoted words, comparisons, ``and / or / not``, ``in``,
``is known`` and ``+ - *``; anything else is refused with line, column and hint. Unknown facts follow three-valued
logic in all three forms, and a rule fires only on true.
"""

from headend.strategy.conditions.evaluate import Values, truth
from headend.strategy.conditions.facts import FactSpec, Kind, Vocabulary, from_raw, raw
from headend.strategy.conditions.parse import parse
from headend.strategy.conditions.sentences import Lang, sentence, shown
from headend.strategy.conditions.sql import criterion
from headend.strategy.conditions.tree import Always, And, Condition, facts_of
from headend.strategy.errors import ConditionError

__all__ = [
    "Always",
    "And",
    "Condition",
    "ConditionError",
    "FactSpec",
    "Kind",
    "Lang",
    "Values",
    "Vocabulary",
    "criterion",
    "facts_of",
    "from_raw",
    "parse",
    "raw",
    "sentence",
    "shown",
    "truth",
]
