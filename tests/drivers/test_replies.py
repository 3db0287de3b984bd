"""What refusals of both dialects mean: one set of words, and a decision for each of them."""

import pytest

from drivers.meter import Reason, Silence
from drivers.meter.replies import Denied, Missing, of_dar, of_error
from protocols.dlt698 import Dar, Piid, ServerErrorResponse

REFUSALS = [dar for dar in Dar if dar not in {Dar.SUCCESS, Dar.REQUEST_TIMEOUT}]


@pytest.mark.parametrize("dar", REFUSALS, ids=lambda dar: dar.name)
def test_every_named_dar_has_a_decision(dar: Dar) -> None:
    """A refusal has a reason of its own; only the DAR that means nothing in particular is told as such."""
    told = of_dar(dar)
    assert isinstance(told, Denied)
    assert told.code == f"DAR {int(dar)}"
    assert (told.reason is Reason.OTHER) == (dar is Dar.OTHER)


@pytest.mark.parametrize(
    ("dar", "reason"),
    [
        (Dar.NOT_AUTHORISED, Reason.NOT_AUTHORISED),
        (Dar.ESAM_VERIFICATION_FAILED, Reason.AUTHENTICATION),
        (Dar.SYMMETRIC_DECRYPTION_ERROR, Reason.AUTHENTICATION),
        (Dar.METER_SUSPENDED, Reason.SUSPENDED),
        (Dar.TIME_TAG_INVALID, Reason.TIME_TAG),
        (Dar.REFUSED, Reason.REFUSED),
        (Dar.FRAGMENTATION_CANCELLED, Reason.BUSY),
        (Dar(53), Reason.OTHER),
    ],
)
def test_what_orders_meet_is_told_apart(dar: Dar, reason: Reason) -> None:
    """What decides how an order goes on has a word of its own; a number without a name is kept."""
    assert of_dar(dar) == Denied(reason, f"DAR {int(dar)}")


def test_a_time_out_is_the_meters_silence() -> None:
    """DAR 33 is no refusal, whoever says so."""
    assert of_dar(Dar.REQUEST_TIMEOUT) == of_dar(Dar.REQUEST_TIMEOUT, by_concentrator=True)
    assert of_dar(Dar.REQUEST_TIMEOUT) == Missing(Silence.NO_ANSWER)


def test_a_concentrator_does_not_know_a_meter_by_dar_255() -> None:
    """What a meter means by nothing in particular, a concentrator says of a meter that it does not have."""
    assert of_dar(Dar.OTHER, by_concentrator=True) == Denied(Reason.ADDRESS, "DAR 255")
    assert of_dar(Dar.REFUSED, by_concentrator=True) == of_dar(Dar.REFUSED)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(1, Reason.NOT_UNDERSTOOD), (2, Reason.NOT_UNDERSTOOD), (255, Reason.OTHER), (7, Reason.OTHER)],
)
def test_an_error_response_is_a_refusal(error: int, reason: Reason) -> None:
    """What could not be parsed, or is no service of the device, was not understood; the code is the wire's."""
    assert of_error(ServerErrorResponse(Piid(1), error)) == Denied(reason, f"ERROR {error}")
