"""Facts about what the customer was told, and about the way to a cut: proposal, notices, windows, live reads."""

from collections.abc import Mapping
from datetime import datetime

from headend import archive, control, notify, settle
from headend.control import ProposalState
from headend.store import BUSINESS_ZONE
from headend.strategy.look import BALANCE_MESSAGES, FAILED_LATELY, TOLD_LATELY, WARNINGS, Look, reached
from headend.strategy.spans import DAY, HOUR, MINUTE, Reader, age, age_of, business_days, until


def _warning_days(look: Look) -> int | None:
    told = notify.delivered(look.view, look.account_id, WARNINGS)
    return business_days(look, told[-1].delivered) if told else None


def _told_before_today(look: Look) -> bool:
    midnight = datetime.combine(look.view.today, datetime.min.time(), BUSINESS_ZONE)
    lately = midnight - TOLD_LATELY
    return bool(notify.delivered(look.view, look.account_id, BALANCE_MESSAGES, since=lately, before=midnight))


def _contacts_failed(look: Look) -> bool:
    """Whether the newest message that ended within 48 hours failed with every contact."""
    since = look.view.now - FAILED_LATELY
    ended = [
        m
        for m in notify.messages(look.view, look.account_id, states=[notify.State.DELIVERED, notify.State.FAILED])
        if m.ended is not None and m.ended >= since
    ]
    last = max(ended, key=lambda m: (m.ended, m.id), default=None)
    return last is not None and last.state is notify.State.FAILED


def _proposal(look: Look) -> str:
    """Give the state of the newest proposal; one that was voided is none."""
    found = look.proposal
    if found is None or found.state is ProposalState.VOID:
        return "none"
    return found.state.value


def _approval_days(look: Look) -> int | None:
    found = look.proposal
    if found is None or found.state is not ProposalState.APPROVED:
        return None
    return age(look, found.decided, DAY)


def _noticed_today(look: Look) -> bool:
    """Whether a cut notice goes today already: one a day is sent, so another way to a cut waits for tomorrow."""
    put = notify.messages(look.view, look.account_id, templates=["S06"])
    return any(m.day == look.view.today and m.state is not notify.State.EXPIRED for m in put)


def _notice_out(look: Look) -> bool:
    """Whether the customer may have heard of the cut: a notice went to the gateway."""
    notices = [look.notice, *look.last_notices]
    return any(m is not None and m.state is not notify.State.QUEUED and _left(m) for m in notices)


def _left(message: notify.Message) -> bool:
    return message.sent is not None or message.delivered is not None or message.state is notify.State.SENT


def _notice_delivered(look: Look) -> datetime | None:
    return None if look.notice is None else look.notice.delivered


def _last_notice(look: Look) -> datetime | None:
    """When the 30-minute notice of the window that is open, or next, reached the customer.

    Each order of a trip uses its notice up: after one that was not sent a new notice is needed.
    """
    last = look.last_notices[-1] if look.last_notices else None
    window = archive.window_at(look.view, look.view.now) or look.window
    if last is None or window is None or last.once != look.last_notice_key(window):
        return None
    used = any(c.kind is control.Kind.TRIP and c.created >= last.created for c in look.commands)
    return None if used else reached(last)


def _for_window(look: Look) -> bool:
    """Whether a 30-minute notice was put for the coming window."""
    if look.window is None or not look.last_notices:
        return False
    return look.last_notices[-1].once == look.last_notice_key(look.window)


def _unused_last_notices(look: Look) -> int:
    """Count the 30-minute notices since the announcement or the last trip frame."""
    sent = [c.sent_at for c in look.commands if c.kind is control.Kind.TRIP and c.sent_at is not None]
    since = max(sent, default=None)
    return sum(since is None or m.created > since for m in look.last_notices)


def _to_window(look: Look) -> int | None:
    if look.window is None:
        return None
    return max(0, until(look, look.window.start, MINUTE) or 0)


def _live_short(look: Look) -> bool | None:
    seen = look.live_comparison
    return None if seen is None else seen.result is settle.Result.SHORT


NOTICE_FACTS: Mapping[str, Reader] = {
    "warning_days": _warning_days,
    "told_before_today": _told_before_today,
    "contacts_failed": _contacts_failed,
    "proposal": _proposal,
    "approval_days": _approval_days,
    "noticed_today": _noticed_today,
    "notice_delivered": lambda look: _notice_delivered(look) is not None,
    "notice_hours": age_of(_notice_delivered, HOUR),
    "notice_wait_hours": lambda look: age(look, look.noticed.at, HOUR) if look.noticed else None,
    "notice_days": lambda look: age(look, look.noticed.at, DAY) if look.noticed else None,
    "cut_time": lambda look: look.cut_time,
    "minutes_to_cut": lambda look: until(look, look.cut_time, MINUTE),
    "notice_out": _notice_out,
    "window_known": lambda look: look.next_cut_time is not None,
    "in_window": lambda look: archive.window_at(look.view, look.view.now) is not None,
    "minutes_to_window": _to_window,
    "last_notice_minutes": age_of(_last_notice, MINUTE),
    "last_notice_for_window": _for_window,
    "last_notices": _unused_last_notices,
    "live_minutes": lambda look: age(look, look.live.at, MINUTE) if look.live else None,
    "live_short": _live_short,
}
