"""The relay command machine (跳合闸指令状态机): states, events and the one table that joins them.

A good answer is never the end: only a read-back of the relay leads to DONE. An event without an entry for the state
is recorded and moves nothing: so a late answer to a superseded trip is kept and harmless.
"""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """States of a command."""

    DRAFT = "DRAFT"
    WAIT_SIGN = "WAIT_SIGN"
    QUEUED = "QUEUED"
    PRECHECK = "PRECHECK"
    SENT = "SENT"
    ACKED = "ACKED"
    NACKED = "NACKED"
    UNKNOWN = "UNKNOWN"
    VERIFY = "VERIFY"
    RETRY = "RETRY"
    DONE = "DONE"
    FAILED = "FAILED"
    NOOP = "NOOP"
    BLOCKED = "BLOCKED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"


class Event(StrEnum):
    """What happens to a command."""

    ASK_SIGNATURE = "ask_signature"
    RELEASE = "release"  # signed, or a kind that needs no signature
    BEGIN = "begin"  # its turn has come: live reads
    SEND = "send"  # committed before the first byte leaves
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SILENT = "silent"  # no answer; it may have been carried out all the same
    CHECK = "check"  # from now on only read-backs count
    CONFIRMED = "confirmed"  # the relay was read as ordered
    AS_WANTED = "as_wanted"  # it stood so before anything was sent
    BLOCK = "block"  # a safety rule refused
    AGAIN = "again"  # later, once more
    GIVE_UP = "give_up"
    CANCEL = "cancel"
    EXPIRE = "expire"
    SUPERSEDE = "supersede"  # a close wins over a trip
    INTERRUPTED = "interrupted"  # the daemon was killed here


FINAL = frozenset(
    {
        State.DONE,
        State.FAILED,
        State.NOOP,
        State.BLOCKED,
        State.CANCELLED,
        State.EXPIRED,
        State.SUPERSEDED,
    }
)
"""States in which nothing happens any more."""

MOVES: Mapping[State, Mapping[Event, State]] = {
    State.DRAFT: {
        Event.ASK_SIGNATURE: State.WAIT_SIGN,
        Event.RELEASE: State.QUEUED,
        Event.CANCEL: State.CANCELLED,
    },
    State.WAIT_SIGN: {
        Event.RELEASE: State.QUEUED,
        Event.CANCEL: State.CANCELLED,
        Event.EXPIRE: State.EXPIRED,
    },
    State.QUEUED: {
        Event.BEGIN: State.PRECHECK,
        Event.CANCEL: State.CANCELLED,
        Event.EXPIRE: State.EXPIRED,
        Event.GIVE_UP: State.FAILED,
        Event.SUPERSEDE: State.SUPERSEDED,
    },
    State.PRECHECK: {
        Event.SEND: State.SENT,
        Event.BLOCK: State.BLOCKED,
        Event.AS_WANTED: State.NOOP,
        Event.AGAIN: State.RETRY,
        Event.CANCEL: State.CANCELLED,
        Event.SUPERSEDE: State.SUPERSEDED,
        Event.INTERRUPTED: State.QUEUED,
    },
    State.SENT: {
        Event.ACCEPTED: State.ACKED,
        Event.REFUSED: State.NACKED,
        Event.SILENT: State.UNKNOWN,
        Event.SUPERSEDE: State.SUPERSEDED,
        Event.INTERRUPTED: State.VERIFY,
    },
    State.ACKED: {
        Event.CHECK: State.VERIFY,
        Event.SUPERSEDE: State.SUPERSEDED,
        Event.INTERRUPTED: State.VERIFY,
    },
    State.NACKED: {
        Event.AGAIN: State.RETRY,
        Event.GIVE_UP: State.FAILED,
        Event.SUPERSEDE: State.SUPERSEDED,
        Event.INTERRUPTED: State.RETRY,
    },
    State.UNKNOWN: {
        Event.CHECK: State.VERIFY,
        Event.SUPERSEDE: State.SUPERSEDED,
        Event.INTERRUPTED: State.VERIFY,
    },
    State.VERIFY: {
        Event.CONFIRMED: State.DONE,
        Event.AGAIN: State.RETRY,
        Event.GIVE_UP: State.FAILED,
        Event.SUPERSEDE: State.SUPERSEDED,
    },
    State.RETRY: {
        Event.BEGIN: State.PRECHECK,
        Event.CANCEL: State.CANCELLED,
        Event.EXPIRE: State.EXPIRED,
        Event.GIVE_UP: State.FAILED,
        Event.SUPERSEDE: State.SUPERSEDED,
    },
}
"""The machine. CANCEL is for commands of which no frame was ever sent, SUPERSEDE for the others."""


def after(state: State, event: Event) -> State | None:
    """Give the state that an event leads to; None if the event moves nothing there."""
    return MOVES.get(state, {}).get(event)


def mermaid() -> str:
    """Draw the machine for the documentation."""
    lines = ["stateDiagram-v2", "    [*] --> DRAFT"]
    lines += [f"    {s} --> {to}: {event}" for s, moves in MOVES.items() for event, to in moves.items()]
    lines += [f"    {state} --> [*]" for state in State if state in FINAL]
    return "\n".join(lines) + "\n"
