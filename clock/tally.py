"""Bytes under way between processes: the counts of both ends of every connection, put together."""

from clock.links import Count, is_level


class Tally:
    """What each party has told about the ends of connections that it has."""

    def __init__(self) -> None:
        self._ends: dict[str, dict[str, tuple[Count, ...]]] = {}
        self._moving: set[str] = set()

    def take(self, party: str, links: dict[str, tuple[Count, ...]]) -> None:
        """Replace what `party` has told about these connections; () means that it has lost its ends."""
        for key, counts in links.items():
            self._ends.setdefault(key, {})[party] = counts
            self._judge(key)

    def forget(self, party: str) -> None:
        """Drop all ends of a party that is gone; the other ends wait until their side has noticed it."""
        for key in [key for key, ends in self._ends.items() if party in ends]:
            del self._ends[key][party]
            self._judge(key)

    def is_level(self) -> bool:
        """Tell whether nothing is under way on any connection."""
        return not self._moving

    def moving(self) -> dict[str, tuple[Count, ...]]:
        """Return the connections on which something is under way, with the counts of the ends that are known."""
        return {key: self._flat(key) for key in sorted(self._moving)}

    def _flat(self, key: str) -> tuple[Count, ...]:
        return tuple(count for counts in self._ends[key].values() for count in counts)

    def _judge(self, key: str) -> None:
        counts = self._flat(key)
        if counts and not is_level(counts):
            self._moving.add(key)
            return
        self._moving.discard(key)
        if not counts:
            del self._ends[key]
