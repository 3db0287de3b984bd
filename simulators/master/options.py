"""What the commands of the master have in common on the command line."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from protocols.catalogue import Protocol
from protocols.dissection import Language
from protocols.dlt645 import Operator, Password
from protocols.errors import LocalProtocolError
from simulators.locales import is_chinese
from simulators.master.bench import WILDCARD, Wish, known_models
from simulators.master.reach import Way, over_mqtt, over_serial, over_tcp

__all__ = [
    "Address",
    "AsJson",
    "Frames",
    "Lang",
    "Mqtt",
    "OperatorCode",
    "PasswordDigits",
    "ProfileName",
    "ProtocolName",
    "Retries",
    "Serial",
    "Tcp",
    "Timeout",
    "language_of",
    "way_of",
    "wish_of",
]

_ADDRESS = re.compile(r"\d{1,12}")
_PASSWORD = re.compile(r"(?:(\d\d):)?(\d{6})")


class LanguageName(StrEnum):
    """Language of names and words."""

    EN = "en"
    ZH = "zh"
    BOTH = "both"


Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="Communication address of the meter: 12 digits, shorter ones with zeros in front; AAAAAAAAAAAA for the "
        "only one on the line.",
    ),
]
Tcp = Annotated[str | None, typer.Option("--tcp", metavar="HOST:PORT", help="Reach the line over a serial server.")]
Serial = Annotated[
    str | None,
    typer.Option(
        "--serial", metavar="DEVICE[:BAUD[:PARITY]]", help="Reach it over a serial port: 2400 baud, parity E, N or O."
    ),
]
Mqtt = Annotated[
    str | None,
    typer.Option(
        "--mqtt",
        metavar="URL",
        help="Reach it at a broker by headend/ID/up and down: mqtt[s]://[USER:PASSWORD@]HOST[:PORT]/ID[?ca=FILE].",
    ),
]
ProtocolName = Annotated[Protocol, typer.Option("--protocol", "-p", help="What the meter speaks.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Frames = Annotated[bool, typer.Option("--frames", help="Show every frame, taken apart, on standard error.")]
Lang = Annotated[
    LanguageName | None, typer.Option("--lang", help="Language of names: that of your locale, or both if not given.")
]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", min=0.1, metavar="SECONDS", help="Wait so long for an answer: 3 s, or 8 s of dlt698."),
]
Retries = Annotated[int, typer.Option("--retries", min=0, max=20, help="Ask so often again on silence.")]
ProfileName = Annotated[
    str, typer.Option("--profile", metavar="NAME", help="Profile of a meter that is not as the standard has it.")
]
PasswordDigits = Annotated[
    str,
    typer.Option(
        "--password",
        metavar="[LEVEL:]DIGITS",
        envvar="METERSIM_PASSWORD",
        help="Password of a DL/T 645 meter, of level 02 if not said; better given by the variable.",
    ),
]
OperatorCode = Annotated[
    str, typer.Option("--operator", metavar="CODE", help="Operator code that a DL/T 645 meter records: 8 digits.")
]


def way_of(tcp: str | None, serial: str | None, mqtt: str | None = None) -> Way:
    """Tell how the line is reached; raises BadParameter unless exactly one way is given, ReachError for a bad one."""
    given = {over_tcp: tcp, over_serial: serial, over_mqtt: mqtt}
    ways = [(read, text) for read, text in given.items() if text is not None]
    if len(ways) != 1:
        raise typer.BadParameter("say how the line is reached by one of them", param_hint="--tcp, --serial, --mqtt")
    ((read, text),) = ways
    return read(text)


def wish_of(
    way: Way,
    protocol: Protocol,
    address: str = WILDCARD,
    *,
    profile: str = "",
    timeout: float | None = None,
    retries: int = 2,
    password: str = "",
    operator: str = "",
) -> Wish:
    """Put together who is asked and how; raises BadParameter."""
    known = known_models(protocol)
    if profile and profile not in known:
        raise typer.BadParameter(f"{profile!r} is none of {protocol}: {', '.join(known)}", param_hint="--profile")
    return Wish(
        protocol,
        way,
        _address(address),
        profile,
        _password(password) if password else Password(2),
        _operator(operator) if operator else Operator(),
        None if timeout is None else timedelta(seconds=timeout),
        retries,
    )


def language_of(name: LanguageName | None) -> Language:
    """Tell in which language names are shown: by the locale Chinese alone, or both."""
    if name is not None:
        return Language(name)
    return Language.CHINESE if is_chinese() else Language.BOTH


def _address(text: str) -> str:
    if text.upper() == WILDCARD:
        return WILDCARD
    if not _ADDRESS.fullmatch(text):
        told = f"{text!r} is no address: up to 12 digits, or {WILDCARD} for the only meter on the line"
        raise typer.BadParameter(told, param_hint="ADDRESS")
    return text.zfill(len(WILDCARD))


def _password(text: str) -> Password:
    found = _PASSWORD.fullmatch(text)
    if found is None:  # what was given is not told: it goes to screens and logs
        raise typer.BadParameter("give six digits, or the level in front of them: 04:123456", param_hint="--password")
    return Password(int(found[1] or "02"), found[2])


def _operator(text: str) -> Operator:
    try:
        return Operator(text.upper())
    except LocalProtocolError as error:
        raise typer.BadParameter(str(error), param_hint="--operator") from None
