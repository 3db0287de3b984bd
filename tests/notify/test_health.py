"""Whether messages arrive (R10): the gateway is up, and four in five of the last hour's attempts were delivered."""

from datetime import timedelta

import pytest

from drivers.sms import Accepted, Delivery, Receipt
from headend import notify
from headend.notify import Company
from headend.notify.sending import Submission, begin, due, submitted
from headend.store import Tx
from tests.rooms import Bench, home_no

COMPANY = Company("XX供电", "95598")


def send(tx: Tx, account: int, serial: int, status: Delivery | None) -> None:
    """Send one message whose receipt comes at once, or not."""
    notify.put(tx, account, "S07", {"amt": "13"}, once=f"S07:{serial}")
    (message,) = due(tx, 1).items
    begun = begin(tx, message, COMPANY)
    assert isinstance(begun, Submission)
    submitted(tx, begun.attempt, Accepted(f"R{serial}"))
    if status is not None:
        notify.take_receipt(tx, Receipt(f"R{serial}", begun.attempt, status, tx.now))


def send_all(bench: Bench, delivered: int, failed: int, silent: int) -> None:
    """Send so many messages with each outcome."""
    outcomes = [Delivery.DELIVERED] * delivered + [Delivery.FAILED] * failed + [None] * silent
    for serial, status in enumerate(outcomes):
        bench.write(send, bench.accounts[home_no(1)], serial, status)


def test_an_unknown_gateway_is_not_healthy(village: Bench) -> None:
    """Before the gateway was ever heard, and while it is down, messages are not known to arrive."""
    assert not village.read(notify.healthy)
    village.write(notify.gateway_seen, up=True)
    assert village.read(notify.healthy)
    village.write(notify.gateway_seen, up=False)
    assert not village.read(notify.healthy)


@pytest.mark.parametrize(
    ("delivered", "failed", "silent", "healthy"),
    [
        (16, 4, 0, True),  # four in five
        (15, 5, 0, False),
        (0, 19, 0, True),  # too few to tell
        (0, 20, 0, False),
        (16, 0, 4, True),
        (15, 0, 5, False),  # silence counts once it is old enough
        (80, 20, 0, True),
    ],
)
def test_the_rate_of_the_last_hour_decides(
    village: Bench, delivered: int, failed: int, silent: int, healthy: bool
) -> None:
    """Of at least 20 attempts 80 % must have been delivered; two minutes are given to a receipt."""
    send_all(village, delivered, failed, silent)
    village.clock.advance(village.clock.now() + timedelta(minutes=3))
    assert village.read(notify.healthy) is healthy


def test_fresh_messages_say_nothing_yet(village: Bench) -> None:
    """Attempts whose receipt may still come count for nothing; an hour later old failures don't either."""
    send_all(village, 0, 0, 30)
    assert village.read(notify.healthy)
    village.clock.advance(village.clock.now() + timedelta(minutes=3))
    assert not village.read(notify.healthy)
    village.clock.advance(village.clock.now() + timedelta(hours=1))
    assert village.read(notify.healthy)
