"""Check of the readings: none was ever overwritten."""

from headend import archive, collect
from headend.audit.model import Finding, Truth
from headend.store import View


def versions(view: View, _truth: Truth | None) -> Finding:
    """Find readings of which a version is missing."""
    rows = [
        {"account": archive.account(view, gap.account).no, "day": gap.day, "versions": gap.number, "newest": gap.newest}
        for gap in collect.version_gaps(view)
    ]
    return Finding(sum(collect.day_counts(view, day)[1] for day in collect.duty_days(view)), rows)
