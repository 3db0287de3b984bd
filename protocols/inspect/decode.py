"""A frame or a stretch of line of either dialect as one JSON-able object."""

from collections.abc import Mapping, Sequence

from protocols.dissection import NOTHING
from protocols.dlt645 import inspect as dlt645
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt645.wire.frame import count_wakeup, parse_first
from protocols.dlt698 import inspect as dlt698
from protocols.inspect.conversation import Conversation
from protocols.inspect.cut import Piece, cut
from protocols.inspect.dialect import Dialect, recognise

Fields = dict[str, object]

_NO_START_698 = "bad_start"


def decode(frame: bytes, profile: Profile = STANDARD) -> Fields:
    """Decode one frame, wake-up bytes in front of it allowed.

    Always there: ``ok``, ``protocol`` (``dlt645``, ``dlt698``, None where the bytes look like neither; a
    frame of the 1997 edition says ``1997``) and ``error``, None or the reason in words, which begins with the
    machine word that ``error_code`` holds alone. Beside them stand the fields of the dialect. Frames behind the
    first of 645, good or bad, are objects of the same kind in ``following``, each with its ``offset``. A frame that
    brings the last part of an item that came in several has ``whole``, the item as `decode_item` gives it.

    Bytes in which no frame begins at the start, but one later, come back as `decode_stream` gives them.
    """
    dialect = recognise(frame)
    if dialect is Dialect.DLT698:
        found = dlt698.decode_frame(frame[count_wakeup(frame) :])
        astray = found.get("error") == _NO_START_698
    else:
        found = dlt645.decode_frame(frame, profile)
        astray = not found["valid"]
    if astray:
        stream = decode_stream(frame, profile)
        if stream["ok"]:
            return stream
    pieces = cut(frame)
    wholes = _wholes(pieces, profile)
    is_645 = dialect is not Dialect.DLT698
    following = [
        decode_piece(piece, profile) | wholes.get(piece.offset, {})
        for piece in pieces[1:]
        if is_645 and (piece.is_frame or piece.is_broken)
    ]
    return _answer(dialect, found) | ({"following": following} if following else {})


def _wholes(pieces: Sequence[Piece], profile: Profile) -> Mapping[int, Fields]:
    """Put together the items that came in several of the frames; by the offset of the frame with the last part."""
    talk = Conversation(profile)
    wholes: dict[int, Fields] = {}
    for piece in pieces:
        if piece.is_frame and piece.dialect is Dialect.DLT645:
            turn = talk.hear(parse_first(piece.data)[0], NOTHING)
            if turn is not None and turn.whole is not None:
                wholes[piece.offset] = {"whole": dlt645.decode_item(turn.whole, profile)}
    return wholes


def decode_piece(piece: Piece, profile: Profile = STANDARD) -> Fields:
    """Decode one piece of a longer input, with its ``offset`` there."""
    if piece.dialect is Dialect.DLT698:
        found = dlt698.decode_frame(piece.data[count_wakeup(piece.data) :])
    else:
        found = dlt645.decode_frame(piece.data, profile, found=dlt645.dissect(piece.data, profile).moved(piece.offset))
    return _answer(piece.dialect, found) | {"offset": piece.offset}


def decode_stream(data: bytes, profile: Profile = STANDARD) -> Fields:
    """Decode every frame in a stretch of line, of the dialect that makes sense of more of it.

    ``frames`` (objects for 645, hex for 698), ``bad_frames`` (objects of `decode_piece`), ``skipped`` and
    ``pending`` byte counts, beside ``ok`` (whether a frame was found), ``protocol`` and ``error`` as in `decode`.
    """
    streams = {
        Dialect.DLT645: dlt645.decode_stream(data, profile),
        Dialect.DLT698: dlt698.decode_stream(data),
    }
    dialect = max(streams, key=lambda each: _used(streams[each], data))
    found = streams[dialect]
    if not found["frames"]:
        return _answer(None, found | {"valid": False, "error": "no_frame", "message": "no frame in these bytes"})
    pieces = cut(data)
    bad = [decode_piece(piece, profile) for piece in pieces if piece.is_broken]
    if dialect is Dialect.DLT645:
        wholes = _wholes(pieces, profile)
        found |= {"frames": [frame | wholes.get(frame["offset"], {}) for frame in found["frames"]]}
    return _answer(dialect, found) | {"bad_frames": bad}


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
