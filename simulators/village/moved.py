"""A scenario moved to other days: its stories, outages and calendar go along."""

from dataclasses import replace
from datetime import date, timedelta

from simulators.village.scenario import Happening, Outage, Scenario, Silent, Story

__all__ = ["move_scenario"]


def move_scenario(scenario: Scenario, start: date) -> Scenario:
    """Let a scenario begin on another day.

    The cycle starts on the first of that month, as bills want it; all other days keep their distance from the start.
    """
    by = start - scenario.start
    return replace(
        scenario,
        start=start,
        cycle_start=start.replace(day=1),
        calendar=tuple(replace(entry, day=entry.day + by) for entry in scenario.calendar),
        lines=tuple(replace(line, happens=_happens(line.happens, by)) for line in scenario.lines),
        stories=tuple(_story(story, by) for story in scenario.stories),
        outages=tuple(Outage(outage.line, outage.start + by, outage.end + by) for outage in scenario.outages),
    )


def _story(story: Story, by: timedelta) -> Story:
    return replace(
        story,
        warned_on=story.warned_on and story.warned_on + by,
        short_on=story.short_on and story.short_on + by,
        silent=tuple(Silent(silent.start + by, silent.end + by) for silent in story.silent),
        happens=_happens(story.happens, by),
    )


def _happens(happens: tuple[Happening, ...], by: timedelta) -> tuple[Happening, ...]:
    return tuple(replace(happening, at=happening.at and happening.at + by) for happening in happens)
