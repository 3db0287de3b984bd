"""What a daemon refuses to start with."""

import asyncio
from pathlib import Path

import pytest

from clock import RealClock
from headend import archive
from headend.config import ConfigError, Settings
from headend.daemon import Daemon, open_store
from headend.store import By
from tests.rooms import archive_file, home_no


def test_meters_that_nobody_can_speak_to(tmp_path: Path) -> None:
    """An archive with a meter of a model that no file describes any more is told before anything is served."""
    paths = {"database": tmp_path / "headend.db", "socket": tmp_path / "api.sock"}
    settings = Settings.model_validate({"paths": paths, "control": {"service_key": "0" * 32}, "lab": True})
    plate = archive_file()["accounts"][1]["meter"] | {"profile": "county-x"}
    document = archive.read_archive(archive_file(changes={home_no(2): {"meter": plate}}))
    store = open_store(settings, RealClock())
    store.write_now(By("system:test"), archive.import_archive, document)
    store.close()
    with pytest.raises(ConfigError, match=r"county-x.*meters\.profiles"):
        asyncio.run(Daemon(settings, RealClock()).run())
    assert not paths["socket"].exists()
