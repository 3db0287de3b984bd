"""The security module (加密机) asked for something: in its time, and whatever it does."""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from clock import Clock, DeadlineError
from drivers.meter.model import Silence
from drivers.meter.replies import Got, Missing, Reply
from drivers.meter.security import Fault, SecurityModuleError

T = TypeVar("T")

MODULE_PATIENCE = timedelta(seconds=10)
"""How long a security module may take; one that hangs must not keep every later order waiting."""


async def served(clock: Clock, job: Coroutine[Any, Any, T]) -> T:
    """Await the module, but neither without end nor for its tidying up; whatever it raises, it did not serve.

    Raises SecurityModuleError and nothing else.
    """
    task = clock.spawn(job, name="security module")
    try:
        return await clock.wait(task, clock.now() + MODULE_PATIENCE)
    except SecurityModuleError:
        raise
    except DeadlineError:
        raise SecurityModuleError(Fault.UNAVAILABLE, f"no answer for {MODULE_PATIENCE.seconds} s") from None
    except Exception as error:  # noqa: BLE001  an adapter is somebody else's code, and what it raises may hold keys
        raise SecurityModuleError(Fault.UNAVAILABLE, type(error).__name__) from None
    finally:
        task.cancel()


async def told(clock: Clock, job: Coroutine[Any, Any, T]) -> Reply[T]:
    """Give what the module makes or opens, or say that it did not serve."""
    try:
        return Got(await served(clock, job))
    except SecurityModuleError as error:
        return unsecured(error)


def unsecured(error: SecurityModuleError) -> Missing:
    """Say that something could not be secured, or an answer not be proven."""
    return Missing(Silence.SECURITY, str(error))


ABSENT = unsecured(SecurityModuleError(Fault.ABSENT, "none is configured, and this meter takes no plain order"))
"""What an order to a secured meter comes to without a module."""
