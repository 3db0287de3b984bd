"""The daemon: builds the parts, serves the desk on a socket, starts and stops in order."""

from headend.daemon.daemon import Daemon, open_store
from headend.daemon.main import run
from headend.daemon.server import ApiServer, Peer

__all__ = ["ApiServer", "Daemon", "Peer", "open_store", "run"]
