"""What is said in English and in Chinese, neutral of any protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce


class Language(StrEnum):
    """The language of the inspector's words."""

    ENGLISH = "en"
    CHINESE = "zh"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages; without a Chinese one the English stands for both, as with numbers.

    ``rest`` are the texts that follow, so that each term can stand beside its translation.
    """

    en: str
    zh: str = ""
    rest: tuple["Words", ...] = ()

    def __bool__(self) -> bool:
        return bool(self.en or self.rest)

    def said(self, language: Language) -> str:
        """Text in one language, or in both with each Chinese term behind the English one."""
        if language is Language.ENGLISH or not self.zh:
            own = self.en
        else:
            own = self.zh if language is Language.CHINESE else f"{self.en} {self.zh}"
        return own + "".join(text.said(language) for text in self.rest)

    def then(self, other: "Words", gap: str = " ") -> "Words":
        """Put another text behind this one."""
        return Words(self.en, self.zh, (*self.rest, Words(gap), other))


def listed(texts: Sequence[Words], gap: str = ", ") -> Words:
    """Join texts to one; empty ones are left out."""
    told = [text for text in texts if text]
    return reduce(lambda joined, text: joined.then(text, gap), told) if told else NOTHING


def counted(number: int, en: str, zh: str) -> Words:
    """Count things; ``en`` is their plural."""
    thing, *rest = en.split(" ")
    one = " ".join([thing.removesuffix("s"), *rest])
    return Words(str(number)).then(Words(one if number == 1 else en, zh))


NOTHING = Words("")
