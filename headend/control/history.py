"""Reading what happened to a relay command."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from headend.control.machine import Event, State
from headend.control.tables import command_event
from headend.store import View

e = command_event.c


@dataclass(frozen=True, slots=True)
class CommandEvent:
    """One line of a command's history; ``after`` None: the event moved nothing."""

    id: int
    command: int
    event: Event
    before: State
    after: State | None
    detail: Mapping[str, Any]
    at: datetime
    actor: str
    cause: str | None


def history(view: View, command_id: int) -> tuple[CommandEvent, ...]:
    """Give what happened to a command, oldest first."""
    rows = view.all(select(command_event).where(e.command == command_id).order_by(e.at, e.id))
    return tuple(
        CommandEvent(
            **{
                **row._asdict(),
                "event": Event(row.event),
                "before": State(row.before),
                "after": None if row.after is None else State(row.after),
            }
        )
        for row in rows
    )
