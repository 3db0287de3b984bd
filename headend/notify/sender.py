"""The sender: hands due messages to the SMS gateway and takes the operator's receipts."""

from functools import partial

import structlog

from clock import Clock
from drivers.sms import CentreDown, CentreUp, Receipt, SmsEvent, SmsGateway
from headend.notify.model import Company, State
from headend.notify.sending import WORKER, Heard, Submission, begin, due, gateway_seen, submitted, take_receipt
from headend.store import By, Rank, Store, Worker

log = structlog.get_logger(__name__)

BY = By("system:notify", rank=Rank.FIELD)

PARALLEL = 8
"""Submissions under way at a time."""


class Sender:
    """The worker of the outbox.

    Whatever it is doing stands in rows before it is done, so another sender goes on where this one was stopped. The
    gateway calls :meth:`on_receipt` and acknowledges after that returned; :meth:`observe` hears of its connection.
    """

    def __init__(self, store: Store, clock: Clock, company: Company) -> None:
        self._store = store
        self._clock = clock
        self._company = company

    async def run(self, gateway: SmsGateway) -> None:
        """Send by this gateway until cancelled."""
        handle = partial(self._handle, gateway)
        await Worker(self._clock, self._store, WORKER, due, handle, parallel=PARALLEL).run()

    async def on_receipt(self, receipt: Receipt) -> None:
        """Take a receipt; it has been stored when this returns."""
        heard = await self._store.write(BY, take_receipt, receipt)
        self._log(heard)

    def observe(self, event: SmsEvent) -> None:
        """Note that the gateway was connected or lost."""
        if isinstance(event, CentreUp | CentreDown):
            self._clock.spawn(self._note(up=isinstance(event, CentreUp)), name="notify:gateway")

    async def _note(self, *, up: bool) -> None:
        await self._store.write(BY, gateway_seen, up=up)
        self._store.nudge(WORKER).set()

    async def _handle(self, gateway: SmsGateway, message_id: int) -> None:
        begun = await self._store.write(BY, begin, message_id, self._company)
        if isinstance(begun, Submission):
            answer = await gateway.submit(begun.attempt, begun.phone, begun.text)
            begun = await self._store.write(BY, submitted, begun.attempt, answer)
        self._log(begun)

    def _log(self, heard: Heard | None) -> None:
        if heard is None:
            return
        values = {"message": heard.message, "account": heard.account_no, "template": heard.template}
        match heard.state:
            case State.SENT:
                log.info("message.sent", **values)
            case State.DELIVERED:
                log.debug("message.delivered", **values)
            case State.QUEUED:
                log.info("message.next_contact", **values, tried=heard.tried)
            case _:
                log.warning("message.failed", **values, tried=heard.tried)
