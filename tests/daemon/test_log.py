"""The log in service: JSON lines that can be shown to anybody."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog

from clock import SteppedClock
from headend.config import Settings
from headend.daemon.log import configure


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    """Leave the logging of the other tests as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_an_exception_is_told_without_the_locals_of_its_frames(capsys: pytest.CaptureFixture[str]) -> None:
    """The line says what was raised and where; a secret that a frame held is not in it."""
    lab = {"control": {"service_key": "0" * 32}, "lab": True, "log": {"format": "json"}}
    configure(Settings.model_validate(lab), SteppedClock(datetime(2026, 9, 14, tzinfo=UTC)))
    phone = "13800004711"
    try:
        _fail(phone)
    except ValueError:
        structlog.get_logger().exception("worker.failed")
    line = capsys.readouterr().err
    told = json.loads(line)["exception"][0]
    assert (told["exc_type"], told["exc_value"]) == ("ValueError", "out of order")
    assert [frame["name"] for frame in told["frames"]][-1] == "_fail"
    assert phone not in line


def _fail(phone: str) -> None:
    if phone:
        raise ValueError("out of order")
