"""The self-check: the table of what must hold, and going through it."""

from headend.audit import cuts, money, readings, relays
from headend.audit.figures import figures
from headend.audit.model import Check, Report, Result, Truth
from headend.store import View

CHECKS = (
    Check("ledger", "the ledger sums to zero, and every balance equals its postings and fees", money.ledger),
    Check("relays", "every relay stands as its account's state wants, or somebody is on it", relays.positions),
    Check("protected", "nobody protected, in love-care or held was cut", cuts.protected),
    Check("notices", "no cut without a delivered notice in time and an urging on an earlier day", cuts.notices),
    Check("authority", "every cut has a signed release, an approval and a confirming live read", cuts.authorities),
    Check("read-back", "every command that ended as done was read back so", relays.read_back),
    Check("payments", "every payment is posted to the fen, exactly once", money.payments),
    Check("readings", "no reading was overwritten: every version is there", readings.versions),
)
"""What must hold, in the order of a report."""


def check(view: View, truth: Truth | None = None) -> Report:
    """Go through every check and gather the figures; changes nothing."""
    return Report(tuple(Result(each, each.find(view, truth)) for each in CHECKS), figures(view))
