"""Errors of the work orders.

::

    WorkError
    ├── UnknownOrderError   no work order has this id
    └── NoEvidenceError     somebody wants to close an order without saying what shows that it is done
"""


class WorkError(Exception):
    """Something about a work order that can't be done; the message names the order and the mend."""


class UnknownOrderError(WorkError):
    """No work order has this id."""


class NoEvidenceError(WorkError):
    """An order is closed with evidence only: a read-back, a photo, a receipt, a person's report."""
