"""Errors of the desk, as callers see them.

::

    DeskError
    ├── UnknownActError    no such act
    ├── ArgumentsError     the arguments of the act are wrong
    ├── NotPermittedError  the caller's role may not do this, or not to this object
    ├── NotFoundError      the thing named does not exist (or lies outside of the caller's scope)
    └── RefusedError       the act itself was refused, with the reason
"""


class DeskError(Exception):
    """An act was not done; ``code`` is for programs, the message for people."""

    code = "refused"


class UnknownActError(DeskError):
    """There is no act of that name; `headend --help` lists them."""

    code = "unknown_act"


class ArgumentsError(DeskError):
    """The arguments of the act are missing, misspelt or malformed."""

    code = "bad_arguments"


class NotPermittedError(DeskError):
    """The caller's role may not do this."""

    code = "not_permitted"


class NotFoundError(DeskError):
    """The thing named does not exist, or the caller may not see it."""

    code = "not_found"


class RefusedError(DeskError):
    """The act was understood and refused; the message says why and what to do instead."""

    code = "refused"
