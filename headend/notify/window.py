"""The message window (短信时段): 08:00 to 20:00 for whatever need not go at any hour."""

from datetime import datetime, time, timedelta

from headend.notify.model import Template
from headend.store import BUSINESS_ZONE

OPENS = time(8)
CLOSES = time(20)


def sending_time(template: Template, at: datetime) -> datetime:
    """Give the first instant from ``at`` on at which the template may go."""
    here = at.astimezone(BUSINESS_ZONE)
    if template.at_once or OPENS <= here.time() < CLOSES:
        return at
    day = here.date() if here.time() < OPENS else here.date() + timedelta(days=1)
    return datetime.combine(day, OPENS, BUSINESS_ZONE).astimezone(at.tzinfo)
