"""The command line against a real desk on a real socket, or a database without a daemon."""

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from clock import RealClock
from headend.cli.app import app
from headend.cli.errors import CliError
from headend.daemon.server import ApiServer
from headend.desk import Desk
from tests.desk.conftest import KEY, make_desk, make_short_world
from tests.rooms import MONDAY
from tests.strategy.moments import Moment
from tests.strategy.world import ONE_DAY, World

SETTINGS = """\
[paths]
database = "{folder}/headend.db"
socket = "{folder}/api.sock"

[control]
service_key = "{key}"
meter_password = "12345678"
"""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Somebody at a terminal, with settings of their own."""

    settings: Path

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        """Run a command with this head-end's settings."""
        return CliRunner().invoke(app, ["--config", str(self.settings), *arguments], input=stdin)

    def json(self, *arguments: str) -> Any:
        """Run a command and read its JSON."""
        done = self.run(*arguments, "--json")
        assert done.exception is None, (done.exception, done.output)
        return json.loads(done.stdout)

    def refusal(self, *arguments: str) -> str:
        """Run a command that is refused, and give the line that the person reads."""
        done = self.run(*arguments)
        assert isinstance(done.exception, CliError), (done.exception, done.output)
        return str(done.exception)


@pytest.fixture(autouse=True)
def _quiet_desk() -> Iterator[None]:
    """Keep the desk's log out of what the command prints: here both are one process."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal whose settings name a database and a socket that are not there yet."""
    settings = tmp_path / "headend.toml"
    settings.write_text(SETTINGS.format(folder=tmp_path, key=KEY), "utf-8")
    return Terminal(settings)


@pytest.fixture(scope="session")
def when_short(tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """The world of the desk on Monday at 08:00."""
    return Moment.of(make_short_world(tmp_path_factory.mktemp("short")))


@pytest.fixture(scope="session")
def when_read(when_short: Moment, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """Monday 08:31: everybody has been read and looked at."""
    world = when_short.copy(tmp_path_factory.mktemp("read"))
    world.morning(MONDAY)
    return Moment.of(world)


@pytest.fixture(scope="session")
def when_proposed(when_read: Moment, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """Tuesday 08:31: a home and a shop wait for a signature, another home is noticed."""
    world = when_read.copy(tmp_path_factory.mktemp("proposed"))
    world.morning(MONDAY + ONE_DAY)
    return Moment.of(world)


@pytest.fixture
def world(when_short: Moment, tmp_path: Path) -> Iterator[World]:
    """A world with a home that was never cut before, and a shop, both short on Tuesday."""
    yield from when_short.opened(tmp_path)


@pytest.fixture
def served(world: World, terminal: Terminal) -> Iterator[World]:
    """The world's desk behind the terminal's socket, in a loop of its own."""
    with serving(world, terminal):
        yield world


@contextmanager
def serving(world: World, terminal: Terminal) -> Iterator[None]:
    """Serve a world's desk at the terminal's socket, in a loop of its own."""
    desk = make_desk(world.bench)
    ready: Future[None] = Future()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=[_serve(desk, terminal, ready)])
    thread.start()
    ready.result(30)
    yield
    loop.call_soon_threadsafe(_stops[desk.store.path].set)
    thread.join()
    loop.close()


_stops: dict[Path, asyncio.Event] = {}


async def _serve(desk: Desk, terminal: Terminal, ready: "Future[None]") -> None:
    stop = _stops[desk.store.path] = asyncio.Event()
    server = ApiServer(RealClock(), terminal.settings.parent / "api.sock", desk.call, lab=True)
    await server.start()
    ready.set_result(None)
    await stop.wait()
    await server.stop()
