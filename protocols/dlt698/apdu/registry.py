"""All APDUs by their tags: the one declaration for both sides of the wire (DL/T 698.45-2017, 应用层服务)."""

from protocols.dlt698.apdu.action import ACTION_REQUEST, ACTION_RESPONSE
from protocols.dlt698.apdu.common import Apdu, ClientApdu
from protocols.dlt698.apdu.connect import CONNECT_REQUEST, CONNECT_RESPONSE
from protocols.dlt698.apdu.error import CLIENT_ERROR_RESPONSE, SERVER_ERROR_RESPONSE
from protocols.dlt698.apdu.get import GET_REQUEST, GET_RESPONSE
from protocols.dlt698.apdu.link import LINK_REQUEST, LINK_RESPONSE
from protocols.dlt698.apdu.proxy import PROXY_REQUEST, PROXY_RESPONSE
from protocols.dlt698.apdu.release import RELEASE_NOTIFICATION, RELEASE_REQUEST, RELEASE_RESPONSE
from protocols.dlt698.apdu.report import REPORT_NOTIFICATION, REPORT_RESPONSE
from protocols.dlt698.apdu.security import SECURITY_REQUEST, SECURITY_RESPONSE
from protocols.dlt698.apdu.set import SET_REQUEST, SET_RESPONSE
from protocols.dlt698.axdr import Choice, Typed, build, parse
from protocols.errors import RemoteProtocolError

_SERVICES: tuple[Choice | Typed, ...] = (
    LINK_REQUEST,
    LINK_RESPONSE,
    CONNECT_REQUEST,
    CONNECT_RESPONSE,
    RELEASE_REQUEST,
    RELEASE_RESPONSE,
    RELEASE_NOTIFICATION,
    GET_REQUEST,
    GET_RESPONSE,
    SET_REQUEST,
    SET_RESPONSE,
    ACTION_REQUEST,
    ACTION_RESPONSE,
    REPORT_NOTIFICATION,
    REPORT_RESPONSE,
    PROXY_REQUEST,
    PROXY_RESPONSE,
    SECURITY_REQUEST,
    SECURITY_RESPONSE,
    CLIENT_ERROR_RESPONSE,
    SERVER_ERROR_RESPONSE,
)


def _declare() -> Choice:
    by_tag: dict[int, tuple[tuple[type[Apdu], ...], Choice | Typed]] = {}
    for declaration in _SERVICES:
        classes: tuple[type[Apdu], ...] = (
            tuple(declaration.numbers) if isinstance(declaration, Choice) else (declaration.cls,)
        )
        by_tag[classes[0].tag] = classes, declaration
    return Choice("APDU tag", by_tag, reason="unknown_tag")


APDU = _declare()
NO_TIME_TAG = b"\0"


def parse_apdu(octets: bytes, *, lenient: bool = False) -> Apdu:
    """Read the one APDU that fills ``octets``.

    ``lenient`` reads a client's APDU without the byte that says whether a TimeTag follows, as tools of the drafts of
    2016 send it; a device on a bench may want that, a head-end never.

    Raises RemoteProtocolError: ``unknown_tag``, ``unknown_kind``, ``bad_type``, ``bad_choice``, ``bad_length``,
    ``bad_count``, ``too_deep``, ``truncated``, ``trailing_bytes``.
    """
    try:
        apdu: Apdu = parse(APDU, octets, "APDU")
    except RemoteProtocolError as error:
        tailless = _without_tail(octets) if lenient and error.reason == "truncated" else None
        if tailless is None:
            raise
        return tailless
    return apdu


def _without_tail(octets: bytes) -> ClientApdu | None:
    """Read a client's APDU that lacks nothing but its tail; None if that is not all."""
    try:
        apdu = parse(APDU, octets + NO_TIME_TAG, "APDU")
    except RemoteProtocolError:
        return None
    return apdu if isinstance(apdu, ClientApdu) and apdu.timetag is None else None


def build_apdu(apdu: Apdu) -> bytes:
    """Write an APDU; raises LocalProtocolError naming what doesn't fit."""
    return build(APDU, apdu, type(apdu).__name__)
