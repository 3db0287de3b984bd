"""What can go wrong with time.

::

    ClockError
    ├── DeadlineError        (also TimeoutError)     the deadline of a wait came first
    ├── InstantError         (also ValueError)       an instant without a time zone
    ├── SettledError                                 a waiter was settled a second time
    ├── ForeignTaskError                             a task that this clock did not spawn was waited for
    ├── StalledError                                 a virtual world in which nothing can happen any more
    ├── StepError                                    time was asked to move while, or to where, it must not
    ├── NoConductorError     (also ConnectionError)  nobody owns time at the socket
    └── RemoteProtocolError                          the other end of a conductor's socket broke the protocol
"""


class ClockError(Exception):
    """Root of every error that this package raises."""


class DeadlineError(ClockError, TimeoutError):
    """The deadline of a wait came before what was waited for."""


class InstantError(ClockError, ValueError):
    """An instant carries no time zone, so that it names no moment."""


class SettledError(ClockError):
    """A waiter was given a second result; ask `done()` where a late one is possible."""


class ForeignTaskError(ClockError):
    """A task was waited for, or cancelled, through a clock that did not spawn it."""


class StalledError(ClockError):
    """Everybody in a virtual world waits and nothing is due, so that nothing can ever happen."""


class StepError(ClockError):
    """Time was asked to go back, over a due instant, or on while somebody is running."""


class NoConductorError(ClockError, ConnectionError):
    """No conductor listens at the socket, or it went away before it told the time."""


class RemoteProtocolError(ClockError):
    """A conductor or a follower sent a line that the other end can't understand."""
