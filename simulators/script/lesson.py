"""A course while it runs: a trainee before a bench that is served at a port."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from clock import Clock, DeadlineError
from protocols.dissection import Words
from simulators.bench import Bench, FrameSeen, make_meter
from simulators.ports import Port
from simulators.script.conditions import Condition, Heard, Scene
from simulators.script.model import Act, Check, Choose, Course, Outcome, Placed, Result, Say, Verdict, Wait

__all__ = ["Lesson", "Trainee"]

LOOK_AGAIN = timedelta(milliseconds=500)
"""How often is looked for what happens without a frame."""
PATIENCE = timedelta(minutes=10)
"""For the answer to a question."""


class Trainee(Protocol):
    """Who takes the course: told, shown what became of a step, and asked."""

    def say(self, words: Words) -> None:
        """Be told something."""

    def note(self, result: Result) -> None:
        """Be told what became of a step that counts."""

    async def choose(self, question: Words, choices: tuple[str, ...]) -> str:
        """Choose an answer; empty for none."""


class Lesson:
    """One run of a course at a port. ``fast`` takes no time for pauses; limits stay what they are."""

    def __init__(
        self, clock: Clock, course: Course, port: Port, trainee: Trainee, *, seed: int = 1, fast: bool = False
    ) -> None:
        self.bench = Bench(clock, [make_meter(wish, clock.now(), seed=seed) for wish in course.meters], seed=seed)
        self._clock = clock
        self._course = course
        self._port = port
        self._trainee = trainee
        self._fast = fast
        self._meters = self.bench.meters
        self._frames: list[Heard] = []
        self._came = clock.nudge()

    async def run(self) -> Verdict:
        """Take the trainee through it; raises PortError when the port cannot be opened, or is lost."""
        await self._port.open()
        stop = self.bench.watch(self._hear)
        serving = self._clock.spawn(self.bench.run(self._port), name="course, bench")
        walking = self._clock.spawn(self._walk(), name="course, steps")
        serving.add_done_callback(lambda _: walking.cancel())
        try:
            return await self._clock.wait(walking)
        except asyncio.CancelledError:
            if serving.done():
                serving.result()
            raise
        finally:
            stop()
            await self._clock.cancel(walking, serving)

    async def _walk(self) -> Verdict:
        results: list[Result] = []
        over = False
        for placed in self._course.steps:
            if over:
                if placed.counts:
                    results.append(Result(placed, Outcome.LEFT))
                continue
            result = await self._do(placed)
            if result is None:
                continue
            results.append(result)
            self._trainee.note(result)
            over = result.outcome is Outcome.MISSED and isinstance(placed.step, Check) and placed.step.stops
        return Verdict(tuple(results))

    async def _do(self, placed: Placed) -> Result | None:
        began = self._clock.now()
        match placed.step:
            case Say(words=words):
                self._trainee.say(self._filled(words))
            case Act(name=name, arguments=arguments):
                self.bench.act(name, *arguments)
            case Wait(span=span):
                await self._clock.sleep(timedelta() if self._fast else span)
            case Check(condition=condition, within=within):
                held = await self._until(condition, began + within)
                return self._result(placed, began, passed=held)
            case Choose(question=question, choices=choices, right=right):
                chosen = await self._ask(question, choices)
                return self._result(placed, began, passed=chosen == right)
        return None

    async def _ask(self, question: Words, choices: tuple[str, ...]) -> str:
        asking = self._clock.spawn(self._trainee.choose(self._filled(question), choices), name="course, question")
        try:
            return await self._clock.wait(asking, self._clock.now() + PATIENCE)
        except DeadlineError:
            return ""
        finally:
            await self._clock.cancel(asking)

    def _result(self, placed: Placed, began: datetime, *, passed: bool) -> Result:
        return Result(placed, Outcome.PASSED if passed else Outcome.MISSED, self._clock.now() - began)

    async def _until(self, condition: Condition, until: datetime) -> bool:
        """Wait until something holds; the frames that it held by are not looked at again."""
        meter = self._meters[condition.address] if condition.address else self.bench.meter
        while True:
            now = self._clock.now()
            if condition.holds(Scene(meter, now, self._frames)):
                self._frames.clear()
                return True
            if now >= until:
                return False
            await self._clock.wait_nudge(self._came, min(until, now + LOOK_AGAIN))

    def _hear(self, seen: FrameSeen) -> None:
        self._frames.append(Heard.of(seen))
        self._came.set()

    def _filled(self, words: Words) -> Words:
        """Put in how the port is reached."""
        option = self._port.option
        return Words(words.en.replace(PLACE, option), words.zh.replace(PLACE, option))


PLACE = "{port}"
"""Stands in texts for the option by which ``metersim master`` reaches the port."""
