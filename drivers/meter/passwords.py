"""Orders that a password authorises, and when it is better not tried."""

from typing import TypeVar

from drivers.meter.asking import Inquiry, Question
from drivers.meter.meter import Bench
from drivers.meter.model import Place, Reason, Silence
from drivers.meter.order import Order
from drivers.meter.replies import Denied, Missing, Reply
from protocols.dlt645 import Function

T = TypeVar("T")


class Passwords:
    """The password of one meter, used with care.

    Three wrong passwords lock a level for 24 h on most meters, for everybody. So after a refused password the same
    function is not tried for 24 h (after two refusals where it had been taken before), nor is one whose level cannot
    do. But what takes power from nobody goes out once for each call: a customer who may be dark has nothing to lose.
    What is held back is silence and no refusal, as the meter was not asked.
    """

    def __init__(self, place: Place, bench: Bench) -> None:
        self._address = place.address
        self._memory = bench.memory
        self.password = bench.settings.password

    async def send(
        self, inquiry: Inquiry, function: Function, needed: int, question: Question[T], order: Order
    ) -> Reply[T]:
        """Send an order of that function for which a password of level `needed`, or a higher one, is needed."""
        hindrance = "" if order.harmless else self._hindrance(function, needed)
        if hindrance:
            return Missing(Silence.SECURITY, hindrance)
        reply = await inquiry.command(question, order.until, order.go)
        if not isinstance(reply, Missing):
            refused = isinstance(reply, Denied) and reply.reason is Reason.NOT_AUTHORISED
            self._memory.note_password(self._address, function, refused=refused)
        return reply

    def _hindrance(self, function: Function, needed: int) -> str:
        """Say why the password should not be tried; a smaller number is a higher level and may do more."""
        if self.password.level > needed:
            return f"password of level {needed:02} needed, ours is of level {self.password.level:02}"
        barred = self._memory.password_barred(self._address, function)
        return "" if barred is None else f"password refused before, not tried again until {barred:%Y-%m-%d %H:%M}Z"
