"""A serial cable without hardware: what is written to one port is read at the other, until it is pulled."""

import os
import selectors
import threading
import tty
from pathlib import Path

CHUNK = 4096


class Cable:
    """Two pseudo-terminals, at the paths `near` and `far` of a folder, and a thread that carries bytes between them."""

    def __init__(self, folder: Path) -> None:
        self.near, self.far = folder / "near", folder / "far"
        self._fds: list[int] = []
        self._carrier = threading.Thread()
        self._pulled = self._pull = -1

    def plug(self) -> None:
        """Make both ports appear."""
        masters = []
        for path in (self.near, self.far):
            master, slave = os.openpty()
            tty.setraw(slave)  # which is kept open, so that programs may come and go
            self._fds += [master, slave]
            masters.append(master)
            path.symlink_to(os.ttyname(slave))
        self._pulled, self._pull = os.pipe()
        self._carrier = threading.Thread(target=self._carry, args=tuple(masters), name="cable")
        self._carrier.start()

    def pull(self) -> None:
        """Make both ports disappear; whoever has one open finds that it has hung up."""
        os.write(self._pull, b"\0")
        self._carrier.join()
        for path in (self.near, self.far):
            path.unlink()
        for descriptor in (*self._fds, self._pulled, self._pull):
            os.close(descriptor)
        self._fds.clear()

    def _carry(self, one: int, other: int) -> None:
        with selectors.DefaultSelector() as waiting:
            waiting.register(one, selectors.EVENT_READ, other)
            waiting.register(other, selectors.EVENT_READ, one)
            waiting.register(self._pulled, selectors.EVENT_READ)
            while True:
                for key, _ in waiting.select():
                    if key.data is None:
                        return
                    os.write(key.data, os.read(key.fd, CHUNK))
