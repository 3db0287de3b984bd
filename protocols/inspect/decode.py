"""A frame or a stretch of line of either dialect as one JSON-able object."""

from collections.abc import Mapping, Sequence

from protocols.dissection import NOTHING, Dissection, Inner, plain
from protocols.dlt645 import ReadAnswer
from protocols.dlt645 import inspect as dlt645
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt645.wire.frame import count_wakeup
from protocols.dlt698 import inspect as dlt698
from protocols.inspect.conversation import Conversation, Whole
from protocols.inspect.cut import Piece, cut
from protocols.inspect.dialect import Dialect, recognise
from protocols.inspect.dissect import dissect, dissect_piece, dissect_whole

Fields = dict[str, object]

_NO_START_698 = "bad_start"


def decode(frame: bytes, profile: Profile = STANDARD) -> Fields:
    """Decode one frame, wake-up bytes in front of it allowed.

    Always there: ``ok``, ``protocol`` (``dlt645``, ``dlt698``, None where the bytes look like neither; a
    frame of the 1997 edition says ``1997``) and ``error``, None or the reason in words, which begins with the
    machine word that ``error_code`` holds alone. Beside them stand the fields of the dialect, and ``fields``,
    ``faults`` and ``hints`` of the dissection. A frame that it carries is an object of the same kind, ``inner``; of
    several the first, with the others in its ``following``. Frames behind the first, good or bad, are objects of the
    same kind in ``following``, each with its ``offset``. A frame that brings the last part of what came in several has
    ``whole``, as `decode_whole` gives it.

    Bytes in which no frame begins at the start, but one later, come back as `decode_stream` gives them.
    """
    dialect = recognise(frame)
    pieces = cut(frame)
    found = _decoded(frame, dialect, profile, dissect(frame, dialect, profile))
    if dialect is Dialect.DLT698:
        is_astray = found.get("error_code") == _NO_START_698
        found = _without_followers(frame, pieces, profile) or found
    else:
        is_astray = not found["ok"]
    if is_astray:
        stream = decode_stream(frame, profile)
        if stream["ok"]:
            return stream
    wholes = _wholes(pieces, profile)
    following = [
        decode_piece(piece, profile) | wholes.get(piece.offset, {})
        for piece in pieces[1:]
        if piece.is_frame or piece.is_broken
    ]
    return found | ({"following": following} if following else {})


def _without_followers(frame: bytes, pieces: Sequence[Piece], profile: Profile) -> Fields | None:
    """Decode the first frame of 698 as if it stood alone where nothing but good frames follows it."""
    first, *others = pieces
    if not others or not all(piece.is_frame for piece in pieces) or first.dialect is not Dialect.DLT698:
        return None
    alone = _fields_698(first.data) | {"trailing": frame[len(first.data) :].hex().upper()}
    return _answer(Dialect.DLT698, alone) | _dissected(dissect(frame, Dialect.DLT698, profile), profile)


def _decoded(data: bytes, dialect: Dialect | None, profile: Profile, found: Dissection) -> Fields:
    """Decode the frame at the start of ``data``, which has been dissected."""
    if dialect is Dialect.DLT698:
        return _answer(dialect, _fields_698(data)) | _dissected(found, profile)
    return _answer(dialect, dlt645.decode_frame(data, profile, found=found))


def _fields_698(data: bytes) -> Fields:
    return dlt698.decode_frame(data[count_wakeup(data) :])


def _dissected(found: Dissection, profile: Profile) -> Fields:
    """Give the dissection of a frame of 698, and the frames inside of it."""
    inner = [_inside(each, profile) for each in found.inner]
    if not inner:
        return plain(found)
    first, *others = inner
    return plain(found) | {"inner": first | ({"following": others} if others else {})}


def _inside(inner: Inner, profile: Profile) -> Fields:
    return _decoded(inner.data, _dialect_inside(inner), profile, inner.found) | {"offset": inner.offset}


def _dialect_inside(inner: Inner) -> Dialect | None:
    good = next((piece for piece in cut(inner.data) if piece.is_frame), None)
    return recognise(inner.data) if good is None else good.dialect


def _wholes(pieces: Sequence[Piece], profile: Profile) -> Mapping[int, Fields]:
    """Put together what came in several of the frames; by the offset of the frame with the last part."""
    talk = Conversation(profile)
    wholes: dict[int, Fields] = {}
    for piece in pieces:
        turn = talk.hear_piece(piece, NOTHING)
        if turn is not None and turn.whole is not None:
            wholes[piece.offset] = {"whole": decode_whole(turn.whole, profile)}
    return wholes


def decode_whole(whole: Whole, profile: Profile = STANDARD) -> Fields:
    """Decode what was put together from several frames: an item of 645, or an APDU of 698. Never raises."""
    if isinstance(whole, ReadAnswer):
        return dlt645.decode_item(whole, profile)
    return dlt698.decode_apdu(whole) | _dissected(dissect_whole(whole, profile), profile)


def decode_piece(piece: Piece, profile: Profile = STANDARD) -> Fields:
    """Decode one piece of a longer input, with its ``offset`` there."""
    return _decoded(piece.data, piece.dialect, profile, dissect_piece(piece, profile)) | {"offset": piece.offset}


def decode_stream(data: bytes, profile: Profile = STANDARD) -> Fields:
    """Decode every frame in a stretch of line, of the dialect that makes sense of more of it.

    ``frames`` (objects for 645, hex for 698), ``bad_frames`` (objects of `decode_piece`), ``skipped`` and
    ``pending`` byte counts, beside ``ok`` (whether a frame was found), ``protocol`` and ``error`` as in `decode`.
    Where good frames of 698 are among them, ``decoded_frames`` has an object for each good frame of either dialect.
    """
    streams: dict[Dialect, Fields] = {
        Dialect.DLT645: dlt645.decode_stream(data, profile),
        Dialect.DLT698: dlt698.decode_stream(data),
    }
    dialect = max(streams, key=lambda each: _used(streams[each], data))
    found = streams[dialect]
    if not found["frames"]:
        return _answer(None, found | {"valid": False, "error": "no_frame", "message": "no frame in these bytes"})
    pieces = cut(data)
    wholes = _wholes(pieces, profile)
    if dialect is Dialect.DLT645:
        frames = found["frames"]
        assert isinstance(frames, list), "frames of 645 are a list of objects"
        found |= {"frames": [frame | wholes.get(frame["offset"], {}) for frame in frames]}
    found |= {"bad_frames": [decode_piece(piece, profile) for piece in pieces if piece.is_broken]}
    good = [piece for piece in pieces if piece.is_frame]
    if any(piece.dialect is Dialect.DLT698 for piece in good):
        found["decoded_frames"] = [decode_piece(piece, profile) | wholes.get(piece.offset, {}) for piece in good]
    return _answer(dialect, found)


def _used(stream: Fields, data: bytes) -> int:
    """Bytes that became frames."""
    skipped, pending = stream["skipped"], stream["pending"]
    assert isinstance(skipped, int), "a byte count is a whole number"
    assert isinstance(pending, int), "a byte count is a whole number"
    return len(data) - skipped - pending if stream["frames"] else 0


def _answer(dialect: Dialect | None, found: Fields) -> Fields:
    """Put what every answer has in front of what the dialect found."""
    head: Fields = {
        "ok": bool(found["valid"]),
        "protocol": str(dialect) if dialect else None,
        "error": None,
    }
    rest = {name: value for name, value in found.items() if name not in {"error", "message"}}
    code = found.get("error")
    if code is not None:
        message = found.get("message")
        head["error"] = f"{code}: {message}" if message else str(code)
        rest["error_code"] = code
    return head | rest
