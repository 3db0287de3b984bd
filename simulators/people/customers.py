"""The customers: they read their messages, and pay, press the key, or do nothing, as their story or nature says."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from clock import Clock
from simulators.errors import DeskError
from simulators.localtime import at as at_time
from simulators.localtime import local, midnight
from simulators.people.desk import Caller, Desk
from simulators.people.diary import Diary, Heard, Paid, Refused
from simulators.people.reading import understand
from simulators.people.staff import Crew
from simulators.seeded import between, chance, pick
from simulators.sms import Sms
from simulators.village import Act, Deed, Home, Village

__all__ = ["Customers"]

CHANNEL = Caller("wechat", "CHANNEL")
DAY = timedelta(days=1)
WAKES, SLEEPS = time(6, 30), time(22, 30)
AMOUNTS = (Decimal("50.00"), Decimal("100.00"), Decimal("100.00"), Decimal("200.00"))
SHOP_FACTOR = 5
SPONTANEOUS = 15  # permille of the homes pay on a day without being asked


@dataclass(frozen=True, slots=True)
class Nature:
    """How ordinary people take a message: how many of 1000 act, and after how many minutes."""

    permille: int
    minutes: tuple[int, int]
    deed: Deed = Deed.PAY


NATURES: dict[str, Nature] = {
    "S01": Nature(700, (30, 1200)),
    "S02": Nature(1000, (10, 360)),
    "S03": Nature(500, (30, 1200)),
    "S04": Nature(1000, (10, 90)),
    "S06": Nature(1000, (5, 60)),
    "S07": Nature(1000, (2, 10)),
    "S09": Nature(1000, (10, 60)),
    "S12": Nature(1000, (2, 10), Deed.PRESS_KEY),
}


class Customers:
    """Everybody with a phone in the village."""

    def __init__(self, clock: Clock, village: Village, desk: Desk, crew: Crew, diary: Diary) -> None:
        self._clock = clock
        self._seed = village.scenario.seed
        self._village = village
        self._desk = desk
        self._crew = crew
        self._diary = diary
        self._phones = {who.phone: home for home in village.homes for who in home.contacts}
        self._begun: set[tuple[str, int]] = set()
        self._done: set[tuple[str, int]] = set()
        self._paying: dict[str, datetime] = {}
        self._serials: dict[str, int] = {}

    def hear(self, sms: Sms) -> None:
        """Let a message arrive."""
        home = self._phones.get(sms.phone)
        if home is None:
            return
        kind = understand(sms.text)
        self._diary.messages.append(Heard(home.account, kind, sms.at))
        if kind is None:
            return
        if home.story is not None and not self._story_over(home):
            for number, act in enumerate(home.story.acts):
                if act.on == kind and (home.account, number) not in self._begun:
                    self._begun.add((home.account, number))
                    self._clock.spawn(self._play(home, number, act), name=f"story {home.story.id}, {act.do}")
        elif home.story is None or home.story.acts:
            self._react(home, kind, sms)

    async def live(self) -> None:
        """Let a few people pay each day without being asked."""
        while True:
            day = local(self._clock.now()).date()
            for home in self._village.homes:
                if home.story is None and chance(SPONTANEOUS, self._seed, "pays", home.account, day):
                    moment = at_time(day, time(8)) + timedelta(
                        minutes=between(0, 779, self._seed, "at", home.account, day)
                    )
                    self._plan_payment(home, moment)
            await self._clock.sleep_until(midnight(day + DAY))

    def _story_over(self, home: Home) -> bool:
        acts = len(home.story.acts) if home.story else 0
        return acts > 0 and all((home.account, number) in self._done for number in range(acts))

    def _react(self, home: Home, kind: str, sms: Sms) -> None:
        nature = NATURES.get(kind)
        if nature is None or not chance(nature.permille, self._seed, "reacts", home.account, kind, sms.ref):
            return
        wait = timedelta(minutes=between(*nature.minutes, self._seed, "after", home.account, kind, sms.ref))
        if nature.deed is Deed.PRESS_KEY:
            self._clock.spawn(self._go_and_press(home, sms.at + wait), name=f"customer {home.account}, key")
        else:
            self._plan_payment(home, _awake(sms.at + wait))

    def _plan_payment(self, home: Home, moment: datetime) -> None:
        """Intend to pay then, unless that is intended earlier already."""
        planned = self._paying.get(home.account)
        if moment > self._clock.now() and (planned is None or moment < planned):
            self._paying[home.account] = moment
            self._clock.spawn(self._pay_as_planned(home, moment), name=f"customer {home.account}, pays")

    async def _pay_as_planned(self, home: Home, moment: datetime) -> None:
        await self._clock.sleep_until(moment)
        if self._paying.get(home.account) != moment:
            return
        del self._paying[home.account]
        number = self._serials.get(home.account, 0)
        amount = pick(AMOUNTS, self._seed, "amount", home.account, number)
        await self._pay(home, amount * SHOP_FACTOR if home.customer_class == "N1" else amount, times=1)

    async def _play(self, home: Home, number: int, act: Act) -> None:
        """Do what the story says, at the time it says; after its last act a home is like any other."""
        now = self._clock.now()
        moment = now + act.after
        if act.at is not None:
            moment = at_time(local(now).date(), act.at)
            moment = moment if moment > now else moment + DAY
        await self._clock.sleep_until(moment)
        match act.do:
            case Deed.PAY:
                await self._pay(home, act.amount or AMOUNTS[0], act.times)
            case Deed.PRESS_KEY:
                self._press_key(home)
            case Deed.FIX:
                await self._crew.fix(home, by=act.by, note=act.reason)
            case Deed.RESTORE:
                await self._crew.restore(home, by=act.by, reason=act.reason)
        self._done.add((home.account, number))

    async def _pay(self, home: Home, amount: Decimal, times: int) -> None:
        """Pay once, though the channel may tell of it several times under the same serial."""
        number = self._serials[home.account] = self._serials.get(home.account, 0) + 1
        serial = f"WX{home.account}{number:04d}"
        paid_at = self._clock.now()
        for _ in range(times):
            try:
                await self._desk.call(
                    CHANNEL,
                    "pay",
                    account=home.account,
                    amount=f"{amount:.2f}",
                    channel=CHANNEL.user,
                    serial=serial,
                    paid_at=local(paid_at).isoformat(),
                )
            except DeskError as error:
                self._diary.refusals.append(Refused(home.account, "pay", str(error), self._clock.now()))
                return
        self._diary.payments.append(Paid(home.account, amount, serial, paid_at, self._clock.now()))

    async def _go_and_press(self, home: Home, moment: datetime) -> None:
        await self._clock.sleep_until(moment)
        self._press_key(home)

    def _press_key(self, home: Home) -> None:
        now, meter = self._clock.now(), home.meter
        if meter.powered and meter.relay(now).press_key(now):
            self._diary.keys_pressed.append(home.account)


def _awake(moment: datetime) -> datetime:
    """Put off to the next morning what would fall into the night; the minutes stay, so not all wake at once."""
    there = local(moment)
    if WAKES <= there.time() < SLEEPS:
        return moment
    morning = there.date() + DAY if there.time() >= SLEEPS else there.date()
    return at_time(morning, time(7, there.minute))
