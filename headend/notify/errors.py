"""Errors of the messages.

::

    NotifyError
    ├── TemplateError          a template file can't be used; names the template and the mend
    ├── UnknownTemplateError   no template of that name has been loaded
    ├── MissingValueError      a message lacks a value that its text needs
    └── UnknownMessageError    no message has this id
"""


class NotifyError(Exception):
    """Something about a message that can't be done; the message names the thing and the mend."""


class TemplateError(NotifyError):
    """A template file can't be used."""


class UnknownTemplateError(NotifyError):
    """No template of that name has been loaded."""


class MissingValueError(NotifyError):
    """A message lacks a value that its text needs, or an event's key."""


class UnknownMessageError(NotifyError):
    """No message has this id."""
