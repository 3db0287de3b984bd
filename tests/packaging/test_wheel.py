"""What is installed elsewhere: the wheel's names, its default files, its unit."""

import os
import subprocess
import sys
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"clock", "drivers", "headend", "protocols", "simulators"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run([*command, "-w", str(folder), str(ROOT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_owns_its_five_names(wheel: Path) -> None:
    """Nothing else lands in the environment that it is installed into."""
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if ".d" not in name} == OURS


def test_no_dependency_owns_one_of_them() -> None:
    """A package that brought a module of the same name would hide ours, or be hidden."""
    for distribution in distributions():
        if distribution.metadata["Name"] != "headend":
            tops = {str(file).split("/")[0].removesuffix(".py") for file in distribution.files or ()}
            assert not OURS & tops, distribution.metadata["Name"]


def test_the_wheel_carries_defaults_unit_and_data(wheel: Path, tmp_path: Path) -> None:
    """Unpacked anywhere, the program finds its default files and its tables."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    script = "from headend.config import defaults; from headend.store.migrate import head; print(defaults(), head())"
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )
    assert done.stdout.startswith(str(tmp_path / "headend" / "defaults"))
    found = {path.name for path in (tmp_path / "headend" / "defaults").iterdir()}
    assert found >= {"headend.toml", "messages.toml", "prices.toml", "rules.toml", "strategies.toml"}
    assert (tmp_path / "protocols" / "dlt645" / "items" / "identifiers.csv").is_file()
    assert list(tmp_path.glob("*.data/data/share/headend/systemd/headend.service"))
