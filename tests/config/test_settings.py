"""Settings: one file, checked whole before anything starts."""

from pathlib import Path

import pytest

from headend.config import ConfigError, Module, defaults, load

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
        ("[[listen]]\nprot = 1\n", "listen.0.prot"),
        ("[[listen]]\n[[listen]]\nport = 70000\n", "listen.1.port"),
        ("[listen]\nport = 2404\n", "write .*listen.* with double brackets"),
        ("[[listen]]\ntls_key = 'k.pem'\n", "listen.0: .*belong together"),
        ("[[listen]]\ntls_clients = 'c.pem'\n", "listen.0: .*give tls_certificate"),
        ("[control]\nservice_key = 'short'\n", "openssl rand"),
        ("[listen\n", "not valid TOML"),
        ("[collect]\nlinks_per_area = 0\n", "collect.links_per_area"),
        ("[collect]\npasses = 99\n", "collect.passes"),
        (f"[control]\nservice_key = '{KEY}'\nmeter_password = '123456'\n", "--lab"),
        (f"[control]\nservice_key = '{KEY}'\n[security]\nmodule = 'software'\n", "protects nothing; remove it.*--lab"),
        (f"[control]\nservice_key = '{KEY}'\n[security]\nmodule = 'sofware'\n", "security.module"),
        (f"[control]\nservice_key = '{KEY}'\n[security]\nkey = 'abc'\n", "security.key: .*32 hex digits"),
        ("[mqtt]\nhots = 'broker'\n", "mqtt.hots"),
        ("[mqtt]\nclient_id = ''\n", "mqtt.client_id"),
        ("[mqtt]\npassword = 'x'\n", "mqtt: .*username"),
        ("[mqtt]\ntls_authorities = 'ca.pem'\n", "mqtt: .*tls = true"),
        ("[mqtt]\ntls = true\ntls_key = 'key.pem'\n", "mqtt: .*belong together"),
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


def test_the_password_at_the_broker_comes_as_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like any other secret, and it is shown nowhere."""
    (tmp_path / "service_key").write_text(KEY, "utf-8")
    (tmp_path / "mqtt_password").write_text("a word of the broker\n", "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    settings = load(write(tmp_path, "[mqtt]\nhost = 'broker'\nusername = 'headend'\n"))
    assert settings.mqtt.password.get_secret_value() == "a word of the broker"
    assert "a word of the broker" not in repr(settings)


def test_a_key_that_is_wrong_is_not_shown(tmp_path: Path) -> None:
    """The error about a key names its place and not the key."""
    text = f"[control]\nservice_key = '{KEY}'\n[security]\nkey = 'a secret of 22 letters'\n"
    with pytest.raises(ConfigError) as told:
        load(write(tmp_path, text))
    assert "22 letters" not in str(told.value)


def test_a_laboratory_may_have_a_module_in_software(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --lab the stand-in is taken; its key may come as a credential, and is shown nowhere."""
    text = f"[control]\nservice_key = '{KEY}'\n[security]\nmodule = 'software'\n"
    assert load(write(tmp_path, text), lab=True).security.module is Module.SOFTWARE
    key = "0123456789ABCDEF" * 2
    (tmp_path / "security_key").write_text(key + "\n", "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    settings = load(write(tmp_path, text), lab=True)
    assert settings.security.key.get_secret_value() == key
    assert key not in repr(settings)


def test_what_is_no_section_is_refused_by_name_with_credentials_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A credential does not cover up a section that is none."""
    (tmp_path / "service_key").write_text(KEY, "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(ConfigError, match="control"):
        load(write(tmp_path, "control = 1\n"))
