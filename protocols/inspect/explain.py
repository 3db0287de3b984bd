"""Bytes of either dialect in words, frame by frame."""

from dataclasses import dataclass

from protocols.dissection import NOTHING, Dissection, Language, Words, counted, explain_dissection
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.inspect.cut import Piece, cut
from protocols.inspect.dissect import dissect_piece

_NEITHER = Words("neither DL/T 645 nor DL/T 698.45", "无法识别").then(
    Words("no frame begins in these bytes", "其中没有帧头"), ": "
)


@dataclass(frozen=True, slots=True)
class Section:
    """What one piece of the input says: a dissection for frames, lines for bytes that hold none.

    ``heading`` stands above, empty where the piece speaks for itself.
    """

    piece: Piece
    dissection: Dissection | None
    lines: tuple[str, ...] = ()
    heading: Words = NOTHING

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong with the piece."""
        return bool(self.dissection.faults) if self.dissection else not self.piece.is_frame


def sections(data: bytes, profile: Profile = STANDARD) -> list[Section]:
    """Explain bytes piece by piece. Never raises."""
    pieces = cut(data)
    return [explain_piece(piece, profile, alone=len(pieces) == 1) for piece in pieces]


def explain_piece(piece: Piece, profile: Profile = STANDARD, *, alone: bool = False) -> Section:
    """Explain one piece of an input; one that is all of it is taken for a frame on slighter marks."""
    if piece.is_frame or piece.is_broken or (alone and piece.dialect):
        return Section(piece, dissect_piece(piece, profile))
    skipped = counted(len(piece.data), "bytes skipped", "字节跳过")
    return Section(piece, None, (piece.data.hex().upper(),), skipped)


def explain(data: bytes, profile: Profile = STANDARD, language: Language = Language.BOTH) -> str:
    """Tell in several lines what the frames in these bytes say, or what is wrong with them.

    Names in the chosen language, or English with the Chinese term beside it; every byte of a frame with its place and
    meaning.
    """
    told = sections(data, profile)
    if not any(section.piece.is_frame or section.piece.dialect for section in told):
        return _NEITHER.said(language)
    return "\n\n".join("\n".join(section_lines(section, language)) for section in told)


def section_lines(section: Section, language: Language) -> list[str]:
    """Give the lines of a section."""
    heading = [section.heading.said(language)] if section.heading else []
    if section.dissection is None:
        return [*heading, *section.lines]
    return [*heading, *explain_dissection(section.dissection, language)]
