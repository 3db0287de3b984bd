"""Which security module a daemon hands to its drivers."""

import asyncio
import subprocess
import sys
from random import Random
from typing import Any

from drivers.meter import Challenge
from drivers.meter.software_security import SoftwareModule
from headend.config import Settings
from headend.daemon.meters import known_meters
from headend.daemon.securing import secured_profiles, security_module
from protocols import labcipher
from protocols.labcipher import Use

FACTOR = bytes.fromhex("0000000000000001")


def settings(**security: Any) -> Settings:
    """Make the settings of a laboratory."""
    return Settings.model_validate({"control": {"service_key": "0" * 32}, "lab": True, "security": security})


def challenge_by(**security: Any) -> Challenge:
    """Let the module of these settings open an authentication."""
    module = security_module(settings(**security))
    assert module is not None
    return asyncio.run(module.challenge(FACTOR))


def test_without_a_word_there_is_none() -> None:
    """The default is no module, and no module secures nothing."""
    module = security_module(settings())
    assert module is None
    assert not secured_profiles(module, known_meters(settings()))


def test_the_stand_in_secures_nothing() -> None:
    """The laboratory's module says what it is, so it never lets a customer be cut."""
    module = security_module(settings(module="software"))
    assert module is not None
    assert not secured_profiles(module, known_meters(settings()))


def test_an_encryption_machine_secures_the_models_with_a_chip() -> None:
    """Meters that take a password have no use for the machine, so their orders stay unsecured."""
    machine = SoftwareModule(bytes(16), Random(1))
    machine.laboratory = False
    secured = secured_profiles(machine, known_meters(settings()))
    assert {("dlt645", "state-grid-2013"), ("dlt698", "state-grid-698")} <= secured
    assert not {name for _, name in secured} & {"standard", "1997", "test-forward-698"}
    assert not secured & {("dlt645", "state-grid-698"), ("dlt698", "state-grid-2013")}


def test_the_key_of_the_settings_is_the_modules() -> None:
    """The named root key is used, the laboratory's where none is named, and a run can be repeated."""
    plain = challenge_by(module="software")
    key = labcipher.meter_key(labcipher.ROOT_KEY, FACTOR, Use.IDENTITY)
    assert plain.ciphertext == labcipher.challenge(key, plain.random1)
    assert challenge_by(module="software") == plain
    other = challenge_by(module="software", key="00" * 16)
    assert (other.random1, other.ciphertext != plain.ciphertext) == (plain.random1, True)


def test_a_daemon_without_it_never_loads_the_stand_in() -> None:
    """Neither the stand-in nor its cipher is part of a process whose settings do not name it."""
    parts = {"protocols.labcipher", "drivers.meter.software_security"}
    script = f"import sys, headend.daemon; print({parts} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
