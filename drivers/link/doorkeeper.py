"""How many connections are held of those who have not said who they are, of one address and in all.

After an outage every terminal of a carrier calls at once, and its NAT shows them all as one address: a new address may
have very many at a time. One that has been a nuisance may have few, until a device logs in from it.
"""

from collections import Counter

from drivers.link.events import StrangerReason
from drivers.link.model import LinkLimits

_NUISANCE = frozenset({StrangerReason.TOO_SLOW, StrangerReason.TOO_MANY_BYTES})
_REMEMBERED = 4096
"""Addresses that are remembered as a nuisance; beyond that the oldest is forgiven."""


class Doorkeeper:
    """Counts strangers; counting costs the same however many there are."""

    def __init__(self, limits: LinkLimits) -> None:
        self._limits = limits
        self._inside: Counter[str] = Counter()
        self._all = 0
        self._nuisances: Counter[str] = Counter()

    def enter(self, host: str) -> StrangerReason | None:
        """Count a stranger in, and tell why it has to leave at once, if it has to."""
        self._all += 1
        self._inside[host] += 1
        if self._all > self._limits.strangers:
            return StrangerReason.TOO_MANY
        return StrangerReason.TOO_MANY_FROM_HOST if self._inside[host] > self._allowed(host) else None

    def leave(self, host: str, reason: StrangerReason | None) -> None:
        """Count a stranger out: why it was sent away or left, None when it has said who it is."""
        self._all -= 1
        self._inside[host] -= 1
        if not self._inside[host]:
            del self._inside[host]
        if reason is None:
            self._nuisances.pop(host, None)
        elif reason in _NUISANCE:
            self._nuisances[host] += 1
            if len(self._nuisances) > _REMEMBERED:
                del self._nuisances[next(iter(self._nuisances))]

    def _allowed(self, host: str) -> int:
        few = self._limits.strangers_of_nuisance
        most = self._limits.strangers_per_host
        return min(few, most) if self._nuisances[host] >= few else most
