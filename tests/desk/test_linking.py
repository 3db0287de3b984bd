"""How a link is reached: told at the desk, kept with a trace."""

import pytest

from headend import archive
from headend.desk import ArgumentsError, NotFoundError, NotPermittedError, RefusedError
from tests.desk.conftest import Counter, named
from tests.rooms import CONCENTRATOR

ZHOU = named("zhou.fee")
MOVED = {"link": CONCENTRATOR, "endpoint": "tcp://10.1.2.3:4001", "reason": "it listens by now"}


def test_a_link_gets_its_endpoint(counter: Counter) -> None:
    """The archive holds it, answer and trail say what it was; whoever reaches for links hears of it, once."""
    heard = []

    async def changed() -> None:
        heard.append(counter.world.bench.read(archive.links)[CONCENTRATOR])

    counter.desk.archive_changed = changed
    assert counter.call(ZHOU, "link_endpoint", **MOVED) == {
        "link": CONCENTRATOR,
        "endpoint": "tcp://10.1.2.3:4001",
        "before": "",
    }
    assert counter.trail()[0].arguments == {**MOVED, "before": ""}
    assert counter.call(ZHOU, "link_endpoint", **MOVED)["before"] == "tcp://10.1.2.3:4001"
    assert heard == [("concentrator", "tcp://10.1.2.3:4001")]


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("tcp://10.1.2.3", "PORT"),
        ("serial:/dev/ttyUSB0?baud=1234", "baud is one of"),
        ("mqtt:a/b", "letters, digits"),
        ("10.1.2.3:4001", "begins with none of"),
    ],
)
def test_an_endpoint_that_leads_nowhere_is_refused(counter: Counter, endpoint: str, told: str) -> None:
    """What is wrong with it is said, and the link stays as it was."""
    with pytest.raises(RefusedError, match=told):
        counter.call(ZHOU, "link_endpoint", **{**MOVED, "endpoint": endpoint})
    assert counter.world.bench.read(archive.links)[CONCENTRATOR] == ("concentrator", "")


def test_a_link_that_nobody_knows_has_no_endpoint(counter: Counter) -> None:
    """The error names it and tells where the links are listed."""
    with pytest.raises(NotFoundError, match=r"698:000000000099.*link list"):
        counter.call(ZHOU, "link_endpoint", **{**MOVED, "link": "698:000000000099"})


def test_a_reason_is_needed_and_a_role(counter: Counter) -> None:
    """It is no act of a counter clerk, nor one without a reason."""
    with pytest.raises(ArgumentsError, match="reason"):
        counter.call(ZHOU, "link_endpoint", **{**MOVED, "reason": ""})
    with pytest.raises(NotPermittedError):
        counter.call(named("counter-1"), "link_endpoint", **MOVED)
