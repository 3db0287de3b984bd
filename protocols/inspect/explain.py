"""Bytes of either dialect in words, frame by frame."""

from dataclasses import dataclass
from functools import lru_cache

from protocols.dissection import Dissection, Language, Words, counted, explain_dissection
from protocols.dlt645.inspect import dissect
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt645.wire.frame import count_wakeup, hexed
from protocols.dlt698 import inspect as dlt698
from protocols.inspect.cut import Piece, cut
from protocols.inspect.dialect import Dialect

_NOTHING = Words("")
_INSIDE = Words("carried inside", "内嵌帧")
_NO_FRAME = Words("not a frame", "不是有效帧")
_NEITHER = Words("neither DL/T 645 nor DL/T 698.45", "无法识别").then(
    Words("no frame begins in these bytes", "其中没有帧头"), ": "
)


@dataclass(frozen=True, slots=True)
class Section:
    """What one piece of the input says: a dissection for frames of 645, else lines.

    ``heading`` stands above, empty where the piece speaks for itself.
    """

    piece: Piece
    dissection: Dissection | None
    lines: tuple[str, ...] = ()
    heading: Words = _NOTHING

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong with the piece."""
        return bool(self.dissection.faults) if self.dissection else not self.piece.is_frame


def sections(data: bytes, profile: Profile = STANDARD) -> list[Section]:
    """Explain bytes piece by piece; frames of 645 carried in those of 698 follow their carrier. Never raises."""
    pieces = cut(data)
    return [part for piece in pieces for part in explain_piece(piece, profile, alone=len(pieces) == 1)]


def explain_piece(piece: Piece, profile: Profile = STANDARD, *, alone: bool = False) -> list[Section]:
    """Explain one piece of an input; one that is all of it is taken for a frame on slighter marks."""
    if piece.dialect is Dialect.DLT698 and (piece.is_frame or piece.is_broken):
        bare = piece.data[count_wakeup(piece.data) :]
        if piece.is_frame:
            return [Section(piece, None, tuple(dlt698.explain_frame(bare))), *_carried(piece, profile)]
        found = dlt698.decode_frame(bare)
        return [Section(piece, None, heading=_NO_FRAME.then(Words(f"{found['error']}: {found['message']}"), ": "))]
    if piece.is_frame or piece.is_broken or (alone and piece.dialect is Dialect.DLT645):
        return [Section(piece, _dissected(piece.data, profile).moved(piece.offset))]
    skipped = counted(len(piece.data), "bytes skipped", "字节跳过")
    return [Section(piece, None, (hexed(piece.data),), skipped)]


@lru_cache(maxsize=32)
def _dissected(frame: bytes, profile: Profile) -> Dissection:
    """Dissect a frame; who has shown one asks again whether it is good."""
    return dissect(frame, profile)


def _carried(piece: Piece, profile: Profile) -> list[Section]:
    """Dissect frames of 645 that a frame of 698 forwards."""
    inside = [inner for inner in cut(piece.data[1:-1]) if inner.is_frame and inner.dialect is Dialect.DLT645]
    return [
        Section(
            Piece(at, inner.data, True, Dialect.DLT645),
            dissect(inner.data, profile).moved(at),
            heading=_INSIDE,
        )
        for inner in inside
        if (at := piece.offset + 1 + inner.offset)
    ]


def explain(data: bytes, profile: Profile = STANDARD, language: Language = Language.BOTH) -> str:
    """Tell in several lines what the frames in these bytes say, or what is wrong with them.

    Names in the chosen language, or English with the Chinese term beside it; every byte of a frame of 645 with
    its place and meaning.
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
