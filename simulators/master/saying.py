"""Why a meter did not answer as it was asked, in a sentence that says what to look at."""

from collections.abc import Mapping

from drivers.meter import Reason, Refused, Silence, Silent

__all__ = ["why_not"]

_SILENCES: Mapping[Silence, str] = {
    Silence.NO_ANSWER: "no answer: look at address, protocol, speed and parity, and at the wires",
    Silence.LINK_DOWN: "the connection is down",
    Silence.LINK_LOST: "the connection was lost",
    Silence.EXPIRED: "the line was not free in time",
    Silence.GARBLED: "what came is no answer to this question",
    Silence.SECURITY: "it could not be secured",
}
_REASONS: Mapping[Reason, str] = {
    Reason.NOT_AUTHORISED: "not authorised: the password is wrong, or the meter takes none",
    Reason.AUTHENTICATION: "it asks for an identity authentication",
    Reason.OBJECT_UNDEFINED: "the meter does not have it",
    Reason.NO_DATA: "the meter has no such data",
    Reason.OTHER_DAY: "the freeze found is of another day",
    Reason.OTHER: "it does not say why",
    Reason.NOT_TAKEN: "accepted, and it reads otherwise",
}


def why_not(failed: Refused | Silent) -> str:
    """Say why there is no value."""
    if isinstance(failed, Refused):
        return f"refused: {_REASONS.get(failed.reason, failed.reason.replace('_', ' '))} ({failed.code})"
    told = _SILENCES.get(failed.reason, failed.reason.replace("_", " "))
    return f"{told} ({failed.detail})" if failed.detail else told
