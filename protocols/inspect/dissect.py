"""Frames of either dialect taken apart, those included that one carries for another."""

from functools import lru_cache, partial

from protocols.dissection import Dissection
from protocols.dlt645 import ReadAnswer
from protocols.dlt645 import inspect as dlt645
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt698 import inspect as dlt698
from protocols.inspect.cut import Piece, cut
from protocols.inspect.dialect import Dialect, recognise

__all__ = ["dissect", "dissect_piece", "dissect_whole"]

MOST_NESTED = 4
"""Frames that may stand one inside the other; a peer could wrap them without end."""


@lru_cache(maxsize=64)
def dissect(data: bytes, dialect: Dialect | None, profile: Profile = STANDARD) -> Dissection:
    """Take the frame at the start of ``data`` apart, wake-up bytes allowed, as one of the dialect. Never raises.

    Bytes that bear no marks of a dialect are shown as a frame of DL/T 645. What was taken apart last is remembered:
    who has shown a frame asks again whether it is good.
    """
    return _dissect(data, dialect, profile, 0)


def dissect_whole(whole: ReadAnswer | bytes, profile: Profile = STANDARD) -> Dissection:
    """Take apart what was put together from several frames: an item of 645, or the bytes of an APDU of 698."""
    if isinstance(whole, ReadAnswer):
        return dlt645.dissect_item(whole, profile)
    return dlt698.dissect_apdu(whole, partial(_inside, profile=profile, depth=1))


def _dissect(data: bytes, dialect: Dialect | None, profile: Profile, depth: int) -> Dissection:
    if dialect is Dialect.DLT698:
        return dlt698.dissect(data, partial(_inside, profile=profile, depth=depth + 1))
    return dlt645.dissect(data, profile)


def _inside(octets: bytes, profile: Profile, depth: int) -> Dissection | None:
    """Take bytes apart that an APDU forwards; None where no frame, good or bad, begins in them."""
    if depth >= MOST_NESTED or not any(piece.is_frame or piece.is_broken for piece in cut(octets)):
        return None
    return _dissect(octets, _dialect_of(octets), profile, depth)


def _dialect_of(octets: bytes) -> Dialect | None:
    """Tell the dialect of the first good frame, or of what begins where there is none."""
    good = next((piece for piece in cut(octets) if piece.is_frame), None)
    return recognise(octets) if good is None else good.dialect


def dissect_piece(piece: Piece, profile: Profile = STANDARD) -> Dissection:
    """Take one piece of an input apart, with its place there."""
    return dissect(piece.data, piece.dialect, profile).moved(piece.offset)
