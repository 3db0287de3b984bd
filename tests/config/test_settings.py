"""Settings: one file, checked whole before anything starts."""

from pathlib import Path

import pytest

from headend.config import ConfigError, defaults, load

KEY = "0" * 64


def write(path: Path, text: str) -> Path:
    """Write a settings file."""
    file = path / "headend.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_default_file_holds_the_defaults(tmp_path: Path) -> None:
    """The commented default file says what the program would do without it."""
    default = defaults() / "headend.toml"
    with_key = write(tmp_path, default.read_text("utf-8").replace('# service_key = ""', f'service_key = "{KEY}"'))
    bare = tmp_path / "bare.toml"
    bare.write_text(f'[control]\nservice_key = "{KEY}"\n', "utf-8")
    assert load(with_key) == load(bare)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[listen]\nprot = 1\n", "listen.prot"),
        ("[listen]\nport = 70000\n", "listen.port"),
        ("[control]\nservice_key = 'short'\n", "openssl rand"),
        ("[listen\n", "not valid TOML"),
        (f"[control]\nservice_key = '{KEY}'\nmeter_password = '123456'\n", "--lab"),
    ],
)
def test_a_fault_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    """A mistyped key, a value out of range or a missing key is named, with what to do."""
    with pytest.raises(ConfigError, match=named):
        load(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Without a file the error tells how to give one."""
    with pytest.raises(ConfigError, match="--config"):
        load(tmp_path / "none.toml")


def test_secrets_come_from_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service manager's credential is taken where the file names no key, and shown nowhere."""
    (tmp_path / "service_key").write_text(KEY + "\n", "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    settings = load(write(tmp_path, ""))
    assert settings.control.service_key.get_secret_value() == KEY
    assert KEY not in repr(settings)
