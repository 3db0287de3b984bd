"""The staff: approvers who sign from their list, the operator on duty, the technician."""

from datetime import datetime, timedelta

from clock import Clock
from simulators.errors import DeskError, ScenarioError
from simulators.localtime import at, local
from simulators.people.desk import Caller, Desk
from simulators.people.diary import Diary, Refused
from simulators.village import Home, Scenario, Staff

__all__ = ["Crew"]

DAY = timedelta(days=1)


class Crew:
    """Everybody on the payroll."""

    def __init__(self, clock: Clock, scenario: Scenario, desk: Desk, diary: Diary) -> None:
        self._clock = clock
        self._scenario = scenario
        self._desk = desk
        self._diary = diary

    def start(self) -> None:
        """Let the approvers come to work."""
        for who in self._scenario.staff:
            if who.signs_at:
                self._clock.spawn(self._sign_daily(who), name=f"approver {who.user}")

    async def restore(self, home: Home, *, by: str, reason: str) -> None:
        """Let the operator restore a customer by hand."""
        try:
            await self._desk.call(self._caller(by), "restore", account=home.account, reason=reason)
        except DeskError as error:
            self._note(by, f"restore {home.account}", error)
        else:
            self._diary.restored_by_hand.append(home.account)

    async def fix(self, home: Home, *, by: str, note: str) -> None:
        """Let the technician free and close the relay on site, and report it at the desk.

        He goes by a work order; without one for this account nothing is done, which is noted.
        """
        caller = self._caller(by)
        try:
            orders = await self._desk.call(caller, "work_orders", state="open")
            if not any(order.get("account") == home.account for order in orders):
                self._diary.refusals.append(Refused(by, f"fix {home.account}", "no work order", self._clock.now()))
                return
            now = self._clock.now()
            home.meter.relay(now).close_by_hand(now)
            self._diary.fixed_on_site.append(home.account)
            await self._desk.call(caller, "onsite_closed", account=home.account, by=by, note=note)
        except DeskError as error:
            self._note(by, f"fix {home.account}", error)

    async def _sign_daily(self, who: Staff) -> None:
        caller = Caller(who.user, who.role)
        while True:
            await self._clock.sleep_until(self._next_signing(who))
            try:
                await self._sign_all(caller)
            except DeskError as error:
                self._note(who.user, "work_list", error)

    async def _sign_all(self, caller: Caller) -> None:
        """Sign everything on the list; what is not for this role is left for another."""
        for item in await self._desk.call(caller, "work_list", kind="approvals"):
            proposal = item["proposal"]
            try:
                await self._desk.call(caller, "sign", proposal=proposal, decision="approve", reason="核对无误")
            except DeskError as error:
                self._note(caller.user, f"sign {proposal}", error)
            else:
                self._diary.signed += 1

    def _next_signing(self, who: Staff) -> datetime:
        now = self._clock.now()
        day = local(now).date()
        while True:
            times = [at(day, clock) for clock in who.signs_at] if self._scenario.working(day) else []
            coming = [moment for moment in times if moment > now]
            if coming:
                return min(coming)
            day += DAY

    def _caller(self, user: str) -> Caller:
        for who in self._scenario.staff:
            if who.user == user:
                return Caller(who.user, who.role)
        raise ScenarioError(f"a story names {user!r}, who is no member of staff: add a [[staff]] table")

    def _note(self, who: str, act: str, error: DeskError) -> None:
        self._diary.refusals.append(Refused(who, act, str(error), self._clock.now()))
