"""Errors of the command line.

::

    CliError               one line on stderr, exit code 1
    ├── ClientError        the daemon refused, or none answers
    └── InputError         a file or value given on the command line can't be used
"""


class CliError(Exception):
    """A command that could not be done; the message is for the person at the terminal."""


class ClientError(CliError):
    """The call was not answered, or was answered with an error; ``code`` is for programs."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class InputError(CliError):
    """A file or value given on the command line can't be used."""
