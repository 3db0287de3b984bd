"""The tables of collection as pages of the documentation: what is drawn here is what the program goes by."""

from collections.abc import Iterable, Mapping, Sequence

from headend.collect.clocks import LIMITS
from headend.collect.findings import RULES
from headend.collect.handheld import COLUMNS
from headend.collect.reasons import WORDS


def tables() -> Mapping[str, str]:
    """Give the tables by name, as Markdown: reasons, findings, clocks, columns."""
    return {
        "reasons": _table(
            ("reason", "means", "中文", "what to do"),
            ((f"`{reason}`", word.words, word.chinese, word.advice) for reason, word in WORDS.items()),
        ),
        "findings": _table(
            ("finding", "says", "中文", "so the reading is", "work order"),
            (
                (f"`{kind}`", rule.sentence, rule.chinese, rule.effect, f"`{rule.order}`" if rule.order else "")
                for kind, rule in RULES.items()
            ),
        ),
        "clocks": _table(
            ("up to", "called", "what is done"),
            ((_words(limit.total_seconds()), f"`{clock}`", then) for limit, clock, then in LIMITS),
        ),
        "columns": _table(
            ("column", "中文", "what stands in it"),
            ((f"`{name}`", chinese, words) for name, (chinese, words) in COLUMNS.items()),
        ),
    }


def rounds(of: Sequence[tuple[str, str, str, int]]) -> str:
    """Give the rounds of a day as Markdown: name, begin, end, passes."""
    return _table(("round", "from", "to", "asks a silent meter"), ((n, a, b, _times(p)) for n, a, b, p in of))


def _times(passes: int) -> str:
    return "once" if passes == 1 else f"{passes} times at most, with growing pauses"


def _words(seconds: float) -> str:
    if seconds > 10**9:
        return "more"
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size or (unit == "h" and seconds >= size):
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
