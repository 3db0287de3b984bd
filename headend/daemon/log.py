"""How the log looks: JSON lines in service, a story with colours on a terminal."""

import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

from clock import Clock
from headend.config import Settings
from headend.daemon.story import tell
from headend.store import BUSINESS_ZONE

COLOURS: Mapping[str, str] = {
    "debug": "\033[2m",
    "info": "",
    "warning": "\033[33m",
    "error": "\033[31m",
    "critical": "\033[31m",
}
PLAIN = "\033[0m"
FAINT = "\033[2m"
DICT_TRACEBACKS = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
"""Where it was raised and from what, without the frames' locals: they hold keys, tokens and phone numbers."""

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}

Event = MutableMapping[str, Any]


def configure(settings: Settings, clock: Clock) -> None:
    """Set structlog up; times in the log are the clock's, so business time in a demo."""
    terminal = sys.stderr.isatty()
    story = settings.log.format == "console" or (settings.log.format == "auto" and terminal)

    def stamp(_logger: object, _method: str, event: Event) -> Event:
        event["at"] = clock.now().astimezone(BUSINESS_ZONE)
        return event

    processors: list[Any] = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, stamp]
    if story:
        processors += [ExceptionRenderer(), StoryRenderer(colours=terminal)]
    else:
        processors += [DICT_TRACEBACKS, _iso, structlog.processors.JSONRenderer(default=str)]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.log.level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _iso(_logger: object, _method: str, event: Event) -> Event:
    event["at"] = event["at"].isoformat(timespec="milliseconds")
    return event


class StoryRenderer:
    """One line a fact: weekday and time, a sentence where the catalogue has one, then the rest as ``key=value``."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def __call__(self, _logger: object, _method: str, event: Event) -> str:
        """Render one event."""
        at = event.pop("at")
        level = str(event.pop("level", "info"))
        name = str(event.pop("event"))
        trace = event.pop("exception", None)
        sentence, rest = tell(name, event)
        tail = " ".join(f"{key}={value}" for key, value in sorted(rest.items()))
        head = at.strftime("%a %d %H:%M:%S")
        if self._colours:
            line = f"{FAINT}{head}{PLAIN}  {COLOURS.get(level, '')}{sentence}{PLAIN}"
            line += f"  {FAINT}{tail}{PLAIN}" if tail else ""
        else:
            line = f"{head}  {sentence}" + (f"  {tail}" if tail else "")
        return f"{line}\n{trace}" if trace else line
