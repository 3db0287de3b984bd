"""Errors of control.

::

    ControlError
    ├── UnknownProposalError  no such proposal
    ├── UnknownCommandError   no such command
    ├── NotSignableError      this person may not sign this proposal, or not any more
    └── NotOrderableError     this command may not be ordered now
"""


class ControlError(Exception):
    """Control refuses an act; the message says why and what to do."""


class UnknownProposalError(ControlError):
    """There is no proposal with that id; `headend work list` shows those that wait."""


class UnknownCommandError(ControlError):
    """There is no command with that id."""


class NotSignableError(ControlError):
    """This person may not sign this proposal, or it is not open any more."""


class NotOrderableError(ControlError):
    """This command may not be ordered now."""
