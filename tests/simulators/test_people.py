"""The people, against a desk that only notes what it is asked: who does what, when, and never twice."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from tomllib import loads
from typing import Any

import pytest

from clock import SteppedClock, virtual_time
from simulators.errors import DeskError
from simulators.localtime import at as at_time
from simulators.localtime import local
from simulators.people import Caller, Crew, Customers, Desk, Diary, understand
from simulators.sms import Sms
from simulators.village import Home, Village
from tests.village import SCENARIO, new_village

MESSAGES = loads((Path(__file__).parents[2] / "config" / "messages.toml").read_text("utf-8"))
START = at_time(SCENARIO.start, time(9, 0))
TEXTS = {
    "S01": "【XX供电】户号尾0001可用余额17.13元，按近7日用电约可用3天，请及时充值。95598",
    "S02": "【XX供电】户号尾0001可用余额仅4.90元，已低于预警值5元，请尽快充值，避免停电。95598",
    "S07": "【XX供电】户号尾0001仍欠13元，约30分钟后停电，请先关闭电器；交清即取消。急用电拨95598",
    "S09": "【XX供电】户号尾0001因欠费13元于09:03停电。交清后自动复电，10分钟未来电请拨95598",
    "S11": "【XX供电】户号尾0001已于19:30复电，现可用余额87.70元。请检查电器，注意用电安全。95598",
    "S12": "【XX供电】户号尾0001可以合闸。请先关大功率电器，再到电表按住按键3秒。不会操作请拨95598",
    "S13": "【XX供电】户号尾0001远程复电未成功，已派赵强上门，预计20:15前到，电话139，给您添麻烦了。",
}

Answer = Callable[[dict[str, Any]], Any]


@dataclass(slots=True)
class NotingDesk:
    """A desk on a Unix socket that notes every call with its instant."""

    clock: SteppedClock
    answer: Answer
    calls: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    hang_up: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one call; the first ``hang_up`` calls are noted and get no answer."""
        request = json.loads(await reader.readline())
        self.calls.append((self.clock.now(), request))
        if self.hang_up:
            self.hang_up -= 1
        else:
            try:
                answer = {"id": 1, "ok": True, "result": self.answer(request)}
            except DeskError as error:
                answer = {"id": 1, "ok": False, "error": {"code": error.code, "message": "no"}}
            writer.write(json.dumps(answer).encode() + b"\n")
        writer.close()
        await writer.wait_closed()

    def made(self, call: str) -> list[tuple[datetime, dict[str, Any]]]:
        """Give instant and arguments of the calls of one name."""
        return [(at, request["args"]) for at, request in self.calls if request["call"] == call]


@dataclass(slots=True)
class Scene:
    """A village with people and a desk."""

    clock: SteppedClock
    village: Village
    desk: NotingDesk
    customers: Customers
    crew: Crew
    diary: Diary
    client: Desk

    def home(self, story: str) -> Home:
        """Find the home of a story."""
        return next(home for home in self.village.homes if home.story and home.story.id == story)

    def tell(self, home: Home, kind: str, *, ref: str = "S1", contact: int = 0) -> None:
        """Let a message arrive at a home now."""
        phone = home.contacts[contact].phone
        self.customers.hear(Sms(ref, phone, TEXTS[kind], self.clock.now(), delivered=True))


@asynccontextmanager
async def scene(tmp_path: Path, answer: Answer = lambda _: []) -> AsyncIterator[Scene]:
    """Set the people going on the first day at 09:00."""
    village = new_village()
    async with virtual_time(START) as clock:
        desk = NotingDesk(clock, answer)
        path = tmp_path / "api.sock"
        server = await asyncio.start_unix_server(desk.serve, str(path))
        client, diary = Desk(clock, path), Diary()
        crew = Crew(clock, SCENARIO, client, diary)
        yield Scene(clock, village, desk, Customers(clock, village, client, crew, diary), crew, diary, client)
        server.close()


@pytest.mark.parametrize("kind", [f"S{number:02d}" for number in range(1, 25)])
def test_customers_understand_every_message(kind: str) -> None:
    """Each text of the template file is taken for what it is, whichever of its phrases stand in it."""
    text = MESSAGES["message"][kind]["text"]
    phrases = MESSAGES["phrase"]
    fills = [("", "")] + [("{" + name + "}", words) for name, group in phrases.items() for words in group.values()]
    assert {understand(text.replace(old, new)) for old, new in fills if old in text} == {kind}


def test_other_texts_mean_nothing() -> None:
    """A text from somebody else is understood as nothing."""
    assert understand("您有一个快递") is None


@pytest.mark.asyncio
async def test_story_pays_at_its_moment(tmp_path: Path) -> None:
    """Story b pays exactly 29 min 30 s after its S07, once, though the message comes twice."""
    async with scene(tmp_path) as at:
        home = at.home("b")
        at.tell(home, "S07")
        at.tell(home, "S07", ref="S2")
        await at.clock.sleep(timedelta(hours=2))
        ((moment, args),) = at.desk.made("pay")
    assert moment == START + timedelta(minutes=29, seconds=30)
    assert args == {
        "account": home.account,
        "amount": "50.00",
        "channel": "wechat",
        "serial": args["serial"],
        "paid_at": local(moment).isoformat(),
    }
    assert [(paid.account, paid.amount) for paid in at.diary.payments] == [(home.account, Decimal("50.00"))]


@pytest.mark.asyncio
async def test_story_waits_for_its_time_of_day(tmp_path: Path) -> None:
    """Story c, cut in the morning, pays at 19:30."""
    async with scene(tmp_path) as at:
        at.tell(at.home("c"), "S09")
        await at.clock.sleep(timedelta(hours=12))
        ((moment, _),) = at.desk.made("pay")
    assert local(moment).time() == time(19, 30)


@pytest.mark.asyncio
async def test_same_serial_is_told_twice(tmp_path: Path) -> None:
    """Story k's channel tells of one payment twice under the same serial; it counts once in the diary."""
    async with scene(tmp_path) as at:
        at.tell(at.home("k"), "S02")
        await at.clock.sleep(timedelta(hours=1))
        first, second = at.desk.made("pay")
    assert first[1] == second[1]
    assert len(at.diary.payments) == 1


@pytest.mark.asyncio
async def test_payment_survives_a_daemon_that_hangs_up(tmp_path: Path) -> None:
    """A call without an answer is made again every five seconds with the same serial, until it is answered."""
    async with scene(tmp_path) as at:
        at.desk.hang_up = 3
        at.tell(at.home("a"), "S02")
        await at.clock.sleep(timedelta(hours=1))
        calls = at.desk.made("pay")
    assert [moment - calls[0][0] for moment, _ in calls] == [timedelta(seconds=5 * n) for n in range(4)]
    assert len({args["serial"] for _, args in calls}) == 1
    assert at.diary.payments[0].accepted_at - at.diary.payments[0].paid_at == timedelta(seconds=15)


@pytest.mark.asyncio
async def test_absent_daemon_is_waited_for(tmp_path: Path) -> None:
    """Without anybody at the socket a call waits on the clock and is made when somebody is there."""
    async with virtual_time(START) as clock:
        path = tmp_path / "late.sock"
        call = clock.spawn(Desk(clock, path).call(Caller("a", "OPR"), "status"), name="call")
        await clock.sleep(timedelta(seconds=12))
        desk = NotingDesk(clock, lambda _: "here")
        server = await asyncio.start_unix_server(desk.serve, str(path))
        assert await clock.wait(call) == "here"
        assert clock.now() == START + timedelta(seconds=15)
        server.close()


@pytest.mark.asyncio
async def test_refusal_is_raised_and_noted(tmp_path: Path) -> None:
    """A refused payment is no payment: it is in the diary as refused, with the daemon's word."""

    def refuse(_: dict[str, Any]) -> Any:
        raise DeskError("not_permitted", "no")

    async with scene(tmp_path, refuse) as at:
        at.tell(at.home("a"), "S02")
        await at.clock.sleep(timedelta(hours=1))
        with pytest.raises(DeskError, match="not_permitted"):
            await at.client.call(Caller("a", "OPR"), "restore")
    assert at.diary.payments == []
    assert [(refused.act, refused.reason) for refused in at.diary.refusals] == [("pay", "not_permitted: no")]


@pytest.mark.asyncio
async def test_ordinary_customers_pay_a_warning_by_day(tmp_path: Path) -> None:
    """Everybody who is warned pays once within the day, nobody between 22:30 and 06:30."""
    async with scene(tmp_path) as at:
        homes = [home for home in at.village.homes if home.story is None]
        for home in homes:
            at.tell(home, "S02")
        await at.clock.sleep(timedelta(hours=24))
        calls = at.desk.made("pay")
    assert sorted(args["account"] for _, args in calls) == sorted(home.account for home in homes)
    assert all(time(6, 30) <= local(moment).time() < time(22, 30) for moment, _ in calls)


@pytest.mark.asyncio
async def test_love_care_household_does_nothing(tmp_path: Path) -> None:
    """A story without acts never reacts, whatever it is told."""
    async with scene(tmp_path) as at:
        for kind in TEXTS:
            at.tell(at.home("d"), kind, ref=kind)
        await at.clock.sleep(timedelta(hours=48))
        assert at.desk.calls == []


@pytest.mark.asyncio
async def test_key_is_pressed_three_minutes_after_the_permission(tmp_path: Path) -> None:
    """The shop's keeper presses the key, and the contact closes because it was permitted to."""
    async with scene(tmp_path) as at:
        home = at.home("i")
        relay = home.meter.relay(at.clock.now())
        relay.trip(at.clock.now())
        relay.permit(at.clock.now())
        at.tell(home, "S12")
        await at.clock.sleep(timedelta(minutes=10))
        assert [movement.at - START for movement in relay.movements] == [timedelta(0), timedelta(minutes=3)]
    assert at.diary.keys_pressed == [home.account]


@pytest.mark.asyncio
async def test_technician_goes_by_a_work_order(tmp_path: Path) -> None:
    """With an open order the relay is freed and closed on site and reported; without one nothing is done."""
    orders: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> Any:
        return orders if request["call"] == "work_orders" else None

    async with scene(tmp_path, answer) as at:
        home = at.home("e")
        home.meter.relay(at.clock.now()).trip(at.clock.now())
        await at.crew.fix(home, by="zhao.tech", note="卡滞")
        assert home.meter.relay(at.clock.now()).open
        assert [refused.reason for refused in at.diary.refusals] == ["no work order"]
        orders.append({"id": 1, "account": home.account})
        at.tell(home, "S13")
        await at.clock.sleep(timedelta(hours=1))
        ((moment, args),) = at.desk.made("onsite_closed")
        assert moment == START + timedelta(minutes=40)
        assert (args["account"], args["by"]) == (home.account, "zhao.tech")
        assert [movement.open for movement in home.meter.relay(at.clock.now()).movements] == [True, False]


@pytest.mark.asyncio
async def test_approvers_sign_on_working_days(tmp_path: Path) -> None:
    """Everything on the list is signed at 08:50 and 16:40, on the moved working day too, never on a closed day."""

    def answer(request: dict[str, Any]) -> Any:
        return [{"proposal": 7}] if request["call"] == "work_list" else None

    async with scene(tmp_path, answer) as at:
        at.crew.start()
        await at.clock.sleep_until(at_time(SCENARIO.start + timedelta(days=14), time(0)))
        signed = [local(moment) for moment, args in at.desk.made("sign") if args["proposal"] == 7]
        who = {request["as"]["user"] for _, request in at.desk.calls}
    assert who == {"wang.appr", "li.appr"}
    assert {moment.time() for moment in signed} == {time(8, 50), time(16, 40)}
    days = {moment.day for moment in signed}
    assert days == {14, 15, 16, 17, 18, 20, 21, 22, 23, 24}
    assert at.diary.signed == len(signed)


@pytest.mark.asyncio
async def test_operator_restores_at_night(tmp_path: Path) -> None:
    """Story h is restored by the operator at 22:40 with a reason, and pays at ten after that."""
    async with scene(tmp_path) as at:
        home = at.home("h")
        at.tell(home, "S09")
        await at.clock.sleep(timedelta(hours=14))
        at.tell(home, "S11")
        await at.clock.sleep(timedelta(hours=14))
        ((restored, args),) = at.desk.made("restore")
        ((paid, _),) = at.desk.made("pay")
    assert local(restored).time() == time(22, 40)
    assert args["reason"]
    assert (local(paid).time(), paid - restored) == (time(10), timedelta(hours=11, minutes=20))
    assert at.diary.restored_by_hand == [home.account]
