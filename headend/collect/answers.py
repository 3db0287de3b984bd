"""What the drivers' answers are in a duty's words."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from drivers.meter import (
    Answer,
    Dialect,
    Freeze,
    Place,
    Reason,
    Refused,
    Road,
    Silence,
    Silent,
    Told,
    WireFrame,
)
from headend import archive
from headend.collect.model import Registers
from headend.collect.reasons import MissReason
from headend.collect.taking import Frames, FreezeRead, Missed

SILENCES: Mapping[Silence, MissReason] = {
    Silence.NO_ANSWER: MissReason.SILENT,
    Silence.LINK_DOWN: MissReason.LINK_DOWN,
    Silence.LINK_LOST: MissReason.LINK_DOWN,
    Silence.EXPIRED: MissReason.TIME_UP,
    Silence.HELD_BACK: MissReason.TIME_UP,
    Silence.QUEUE_FULL: MissReason.TIME_UP,
    Silence.GARBLED: MissReason.GARBLED,
    Silence.OTHER_METER: MissReason.OTHER_METER,
    Silence.SECURITY: MissReason.NOT_PROVEN,
}
"""Every silence."""

REFUSALS: Mapping[Reason, MissReason] = {
    Reason.NO_DATA: MissReason.NO_FREEZE,
    Reason.OTHER_DAY: MissReason.WRONG_STAMP,
    Reason.ADDRESS: MissReason.UNKNOWN_METER,
}
"""Refusals that say more than that the device refused."""


def freeze_read(told: Answer[Freeze]) -> FreezeRead | Missed:
    """Read an answer that should be a daily freeze; a register that the meter marks as missing is none."""
    frames = frames_of(told.trace)
    if isinstance(told, Told) and (total := told.value.total) is not None:
        freeze = told.value
        return FreezeRead(Registers(total, freeze.tariffs), freeze.stamp, frames, freeze.reverse)
    return Missed(*why_missing(told), frames)


def why_missing(told: Answer[object]) -> tuple[MissReason, str]:
    """Say in a duty's words why an answer brought no value, with the device's own code."""
    match told:
        case Refused():
            return REFUSALS.get(told.reason, MissReason.REFUSED), f"{told.code} {told.reason}"
        case Silent():
            return SILENCES[told.reason], " ".join(filter(None, (told.reason.value, told.detail)))
        case _:
            return MissReason.NO_FREEZE, ""


def frames_of(trace: Sequence[WireFrame]) -> Frames:
    """Give the frames behind an answer in the form that is stored."""
    return tuple((frame.way.value, frame.at, frame.data) for frame in trace)


def asked_at(trace: Sequence[WireFrame], otherwise: datetime) -> datetime:
    """Give when the last question of an answer left."""
    return next((frame.at for frame in reversed(trace) if frame.way.value == "out"), otherwise)


def wire_place(place: archive.Place) -> Place:
    """Say where a meter is in the drivers' words."""
    return Place(place.address, Dialect(place.dialect), Road(place.road), place.link, place.profile)
