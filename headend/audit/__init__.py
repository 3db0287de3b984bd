"""Audit (稽查): the self-check of books, cuts and relays. It reads and changes nothing."""

from headend.audit.errors import AuditError, TruthError
from headend.audit.model import Check, Finding, Paid, Report, Result, Truth
from headend.audit.service import CHECKS, check

__all__ = [
    "CHECKS",
    "AuditError",
    "Check",
    "Finding",
    "Paid",
    "Report",
    "Result",
    "Truth",
    "TruthError",
    "check",
]
