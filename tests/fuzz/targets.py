"""What the fuzzer aims at: each target takes any bytes and fails unless the product treats them as promised.

Only `ProtocolError` may come out of the product, and what it understood it must be able to say again. The targets need
no fuzzer: ``python -m tests.fuzz.run`` drives them under coverage, `test_corpus` replays what that has found.
"""

import json
from collections.abc import Callable, Mapping

from construct import Sequence

from protocols import inspect
from protocols.dlt645 import (
    DI,
    Address,
    Edition,
    Frame,
    Operator,
    Password,
    Profile,
    ReadAnswer,
    Stamp,
    build_frame,
    build_message,
    parse_first,
    parse_frame,
    parse_message,
    profiles,
    read_payload,
    read_profiles,
    write_payload,
)
from protocols.dlt645.functions import FORMS
from protocols.dlt645.functions.security import read_security, write_security
from protocols.dlt645.items.formats import layout
from protocols.dlt645.items.identifiers import table
from protocols.dlt645.items.identifiers_1997 import read_payload_1997, table_1997, write_payload_1997
from protocols.dlt645.wire.frame import ENVELOPE, MAX_SIZE, count_wakeup
from protocols.errors import ProtocolError, RemoteProtocolError
from tests.fuzz.drawn import Drawn, sealed
from tests.fuzz.lines import cuts, cuts_698, long_reads, sessions, streams
from tests.fuzz.lines_698 import fragments_698, streams_698
from tests.fuzz.readers_698 import declarations_698, records_698, traces_698
from tests.fuzz.talks_698 import sessions_698
from tests.fuzz.targets_698 import apdus_698, data_698, frames_698, inspection_698, readings_698, texts_698

__all__ = ["SECURITY", "TARGETS", "Target"]

Target = Callable[[bytes], None]

FRAME_REASONS = {"no_start", "second_start", "truncated", "checksum", "end_byte"}
PROFILES: tuple[Profile, ...] = tuple(profiles().values())
OLD_PROFILES = tuple(profile for profile in PROFILES if profile.edition is Edition.E1997)
KNOWN = tuple(table())
SECURITY = tuple(di for di in KNOWN if di.di3 == DI(0x070000FF).di3)
KNOWN_1997 = tuple(table_1997())


def frames(data: bytes) -> None:
    """A frame parses and builds back to its bytes, or is refused with one of the five reasons of the link layer."""
    _parses(sealed(data))
    try:
        _parses(data)
    except RemoteProtocolError as error:
        refusal = error
    else:
        return
    assert refusal.reason in FRAME_REASONS
    assert (refusal.missing is not None) == (refusal.reason == "truncated")


def _parses(raw: bytes) -> None:
    """Parse the frame at the start of ``raw`` and build it again."""
    frame, end = parse_first(raw)
    assert build_frame(frame, wakeup=count_wakeup(raw)) == raw[:end]
    if end == len(raw):
        assert parse_frame(raw) == frame


def messages(data: bytes) -> None:
    """A message of either edition builds back to the data field it was parsed from."""
    drawn = Drawn(data)
    edition = drawn.one_of(tuple(Edition))
    frame = parse_frame(sealed(drawn.rest()))
    try:
        message = parse_message(frame, edition)
    except RemoteProtocolError:
        return
    again = build_message(frame.address, message)
    assert again.data == frame.data
    assert parse_message(again, edition) == message


def payloads(data: bytes) -> None:
    """The values of an item write back as bytes that read as the same values, in every profile."""
    drawn = Drawn(data)
    profile = drawn.one_of(PROFILES)
    di = drawn.one_of(KNOWN) if drawn.number(1) else DI(int.from_bytes(drawn.take(4)))
    try:
        reading = read_payload(di, drawn.rest(), profile)
    except ProtocolError:
        return
    again = read_payload(di, write_payload(di, *reading.values, profile=profile), profile)
    assert again.values == reading.values


def payloads_1997(data: bytes) -> None:
    """The values of an item of the 1997 edition write back as bytes that read as the same values."""
    drawn = Drawn(data)
    profile = drawn.one_of(OLD_PROFILES)
    di = drawn.one_of(KNOWN_1997) if drawn.number(1) else drawn.number(0xFFFF)
    try:
        values = read_payload_1997(di, drawn.rest(), profile)
    except ProtocolError:
        return
    assert read_payload_1997(di, write_payload_1997(di, *values, profile=profile), profile) == values


def inspection(data: bytes) -> None:
    """Whatever the bytes are, the inspector has something to say about them that fits in JSON and on a screen."""
    drawn = Drawn(data)
    profile = drawn.one_of(PROFILES)
    rest = drawn.rest()
    for raw in (data, sealed(rest), rest + sealed(rest)):
        told = inspect.decode(raw, profile)
        assert bool(told["ok"]) == (told["error"] is None)
        json.dumps(told)
        json.dumps(inspect.decode_stream(raw, profile))
        assert inspect.explain(raw, profile)


def security(data: bytes) -> None:
    """The parts of a security payload lie back in their places."""
    drawn = Drawn(data)
    from_slave = bool(drawn.number(1))
    di = drawn.one_of(SECURITY)
    payload = drawn.rest()
    try:
        parts = read_security(di, payload, from_slave=from_slave)
    except RemoteProtocolError:
        return
    assert parts == payload or (not isinstance(parts, bytes) and write_security(parts) == payload)


def texts(data: bytes) -> None:
    """Formats, identifiers, addresses, times, passwords, profiles and hex are understood or refused, at no cost."""
    text = data.decode("utf-8", "replace")
    half = len(text) // 2
    for read in (
        DI.parse,
        Address,
        Address.meter,
        Address.short,
        Operator,
        lambda words: Password(2, words),
        lambda words: Stamp(words[:half], words[half:]),
        lambda words: layout(words, signed=True).fields_for(255),
        read_profiles,
        inspect.read_hex,
        inspect.read_line,
    ):
        try:
            read(text)
        except (ProtocolError, inspect.NotHexError):
            continue


def declarations(data: bytes) -> None:
    """The fast way through a frame reads what its declaration reads and builds what that builds."""
    for raw in (data, sealed(data)):
        window = raw[count_wakeup(raw) :][:MAX_SIZE]
        try:
            frame, _ = parse_first(raw)
        except RemoteProtocolError:
            continue
        declared = ENVELOPE.parse(window)["body"]["value"]
        assert frame == Frame(declared["address"], declared["control"], declared["data"])
        body = {"address": frame.address, "control": frame.control, "data": frame.data}
        assert build_frame(frame, wakeup=0) == ENVELOPE.build({"body": {"value": body}})
        _as_declared(frame)


def _as_declared(frame: Frame) -> None:
    """Compare message and values of a frame with what their declarations say to the same bytes."""
    try:
        message = parse_message(frame)
    except RemoteProtocolError:
        return
    for form in FORMS:
        if form.message is type(message):
            found = form.layout.parse(frame.data, length=len(frame.data))
            assert all(getattr(message, name) == found[name] for name in found if not name.startswith("_"))
    if isinstance(message, ReadAnswer):
        try:
            reading = read_payload(message.di, message.payload)
        except ProtocolError:
            return
        size = len(message.payload) - len(reading.tail)
        declared = Sequence(*reading.identifier.layout.fields_for(size)).parse(message.payload[:size])
        assert reading.values == tuple(declared)


TARGETS: Mapping[str, Target] = {
    "frames": frames,
    "messages": messages,
    "payloads": payloads,
    "payloads_1997": payloads_1997,
    "streams": streams,
    "cuts": cuts,
    "sessions": sessions,
    "long_reads": long_reads,
    "inspection": inspection,
    "security": security,
    "texts": texts,
    "declarations": declarations,
    "frames_698": frames_698,
    "apdus_698": apdus_698,
    "data_698": data_698,
    "streams_698": streams_698,
    "cuts_698": cuts_698,
    "fragments_698": fragments_698,
    "sessions_698": sessions_698,
    "inspection_698": inspection_698,
    "readings_698": readings_698,
    "texts_698": texts_698,
    "declarations_698": declarations_698,
    "records_698": records_698,
    "traces_698": traces_698,
}
