"""Errors of the audit.

::

    AuditError
    └── TruthError   a file with the physical truth is not what it should be
"""


class AuditError(Exception):
    """A self-check that can't be made."""


class TruthError(AuditError):
    """A file with the physical truth is not what it should be."""
