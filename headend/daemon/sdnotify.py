"""Telling systemd how the service is: ready, stopping, alive."""

import os
import socket


def notify(message: str) -> bool:
    """Send ``READY=1`` and the like to the service manager; False where there is none, or it is gone (sd_notify(3)).

    A manager that cannot be told is no reason for the daemon to fail.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect("\0" + address[1:] if address.startswith("@") else address)
            channel.sendall(message.encode())
    except OSError:
        return False
    return True


def watchdog_interval() -> float | None:
    """Give the seconds between pings for the watchdog: half of what it allows (sd_watchdog_enabled(3))."""
    allowed = os.environ.get("WATCHDOG_USEC")
    meant_for = os.environ.get("WATCHDOG_PID")
    if not allowed or (meant_for and int(meant_for) != os.getpid()):
        return None
    return int(allowed) / 2_000_000
