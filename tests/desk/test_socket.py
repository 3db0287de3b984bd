"""The desk behind the daemon's socket: real bytes over a real Unix socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from clock import RealClock
from headend.daemon.server import ApiServer
from tests.desk.conftest import Counter
from tests.rooms import home_no

pytestmark = pytest.mark.asyncio

PAYMENT = {"account": home_no(1), "amount": "50.00", "channel": "wechat", "serial": "WX1"}
WECHAT = {"user": "wechat", "role": "CHANNEL"}


class Talk:
    """A connection to the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def say(self, line: bytes) -> None:
        self._writer.write(line + b"\n")
        await self._writer.drain()

    async def hear(self) -> dict[str, Any]:
        return json.loads(await self._reader.readline())  # type: ignore[no-any-return]

    async def ask(self, **request: Any) -> dict[str, Any]:
        await self.say(json.dumps(request).encode())
        return await self.hear()


@asynccontextmanager
async def talk(counter: Counter, folder: Path, *, lab: bool = True) -> AsyncIterator[Talk]:
    """Serve the desk and connect to it."""
    server = ApiServer(RealClock(), folder / "api.sock", counter.desk.call, lab=lab)
    await server.start()
    reader, writer = await asyncio.open_unix_connection(str(folder / "api.sock"))
    try:
        yield Talk(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()
        await server.stop()


async def test_a_script_pays_over_the_socket(counter: Counter, tmp_path: Path) -> None:
    """A request is answered under its own id with a result as plain JSON."""
    async with talk(counter, tmp_path) as here:
        answer = await here.ask(id=7, **{"as": WECHAT}, call="pay", args=PAYMENT)
    assert (answer["id"], answer["ok"]) == (7, True)
    assert answer["result"]["already"] is False


async def test_a_refusal_has_a_code_and_words(counter: Counter, tmp_path: Path) -> None:
    """Programs read the code, people the message."""
    async with talk(counter, tmp_path) as here:
        answers = [
            await here.ask(id=1, **{"as": WECHAT}, call="restore", args={"account": home_no(1), "reason": "x"}),
            await here.ask(id=2, **{"as": WECHAT}, call="nonsense"),
            await here.ask(id=3, **{"as": WECHAT}, call="pay", args={"account": "1"}),
            await here.ask(id=4, **{"as": {"user": "wu.am"}}, call="account", args={"no": "3799999999"}),
        ]
    assert [a["error"]["code"] for a in answers] == ["not_permitted", "unknown_act", "bad_arguments", "not_found"]
    assert all(a["error"]["message"] for a in answers)


async def test_the_user_of_the_machine_is_believed_and_no_name_outside_of_a_laboratory(
    counter: Counter, tmp_path: Path
) -> None:
    """Without a name the kernel says who calls; in production a name is refused."""
    async with talk(counter, tmp_path, lab=False) as here:
        who = await here.ask(id=1, call="whoami")
        named = await here.ask(id=2, **{"as": WECHAT}, call="whoami")
    assert who["result"]["role"] == "ADMIN"
    assert (named["ok"], named["error"]["code"]) == (False, "bad_request")


async def test_nonsense_on_the_socket_hurts_nobody(counter: Counter, tmp_path: Path) -> None:
    """Lines that are no requests are answered as such, and the connection goes on."""
    async with talk(counter, tmp_path) as here:
        for line in (b"{", b"[]", b'{"call": 3}', b'{"call": "pay", "args": [1]}', b"\xff\xfe"):
            await here.say(line)
            assert (await here.hear())["error"]["code"] == "bad_request"
        assert (await here.ask(id=1, **{"as": WECHAT}, call="whoami"))["ok"]


async def test_requests_of_one_connection_are_answered_each(counter: Counter, tmp_path: Path) -> None:
    """Several requests may be under way; a payment told ten times at once is posted once."""
    async with talk(counter, tmp_path) as here:
        for number in range(10):
            await here.say(json.dumps({"id": number, "as": WECHAT, "call": "pay", "args": PAYMENT}).encode())
        answers = [await here.hear() for _ in range(10)]
    assert {answer["id"] for answer in answers} == set(range(10))
    assert len({answer["result"]["posted"] for answer in answers}) == 1
    assert sorted(answer["result"]["already"] for answer in answers) == [False] + [True] * 9
