"""What can be wrong with a frame, named by who did it.

::

    ProtocolError
    ├── LocalProtocolError     we were asked to build something the standard forbids
    └── RemoteProtocolError    the peer sent something the standard forbids

Both dialects (DL/T 645-2007 and DL/T 698.45) raise these and nothing else. A refusal by a meter (an
ERR word, a DAR) is an answer, hence a value, and never one of these.
"""

__all__ = ["LocalProtocolError", "ProtocolError", "RemoteProtocolError"]


class ProtocolError(Exception):
    """Bytes or values that do not follow the protocol."""


class LocalProtocolError(ProtocolError):
    """A value that cannot be put into a frame; the message names the field and its bounds."""


class RemoteProtocolError(ProtocolError):
    """Bytes off the wire that do not form what they should.

    ``reason`` is a machine word of the dialect (``checksum``, ``truncated``, ``bad_hcs``, …); the text of
    the exception begins with it. ``offset`` counts bytes from the start of what was given to the parser,
    ``expected`` and ``found`` are upper-case hex or short words, ``missing`` is how many more bytes would
    have been needed. What is not known is None.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        offset: int | None = None,
        expected: str | None = None,
        found: str | None = None,
        missing: int | None = None,
    ) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message
        self.offset = offset
        self.expected = expected
        self.found = found
        self.missing = missing
