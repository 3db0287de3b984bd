"""A village in the field: its devices built from the scenario and set going."""

from clock import Clock, Task
from protocols import dlt645
from simulators.field import Concentrator, Dialer, Dtu, Hop, Listener, Proxy, TaskRecords
from simulators.meter import Silence
from simulators.village import Line, LineKind, Village

__all__ = ["METER_PASSWORD", "World"]

METER_PASSWORD = "123456"  # noqa: S105  # the plain password of simulated meters, told to the daemon as a setting


class World:
    """The concentrators and DTUs of a village, dialing in to one head-end."""

    def __init__(self, clock: Clock, village: Village, listener: Listener) -> None:
        self._clock = clock
        self._village = village
        self._listener = listener
        self._password = dlt645.Password(2, METER_PASSWORD)
        self.devices: tuple[Dialer, ...] = tuple(map(self._device, village.scenario.lines))

    def start(self) -> tuple[Task[None], ...]:
        """Set every device going."""
        return tuple(device.start() for device in self.devices)

    def _device(self, line: Line) -> Dialer:
        return self._concentrator(line) if line.kind is LineKind.CONCENTRATOR else self._dtu(line)

    def _concentrator(self, line: Line) -> Concentrator:
        meters = self._village.on(line)
        seed = self._village.scenario.seed
        hop = Hop(self._clock, meters, seed=seed, latency_ms=line.latency_ms, password=self._password)
        return Concentrator(
            self._clock,
            self._listener,
            line.link.removeprefix("698:"),
            records=TaskRecords(meters),
            proxy=Proxy(self._clock, hop),
            heartbeat=line.heartbeat,
            outages=self._outages(line),
        )

    def _dtu(self, line: Line) -> Dtu:
        return Dtu(
            self._clock,
            self._listener,
            line.link.removeprefix("dtu:"),
            self._village.on(line),
            seed=self._village.scenario.seed,
            latency_ms=line.latency_ms,
            password=self._password,
            heartbeat=line.heartbeat,
            outages=self._outages(line),
        )

    def _outages(self, line: Line) -> tuple[Silence, ...]:
        outages = self._village.scenario.outages
        return tuple(Silence(outage.start, outage.end) for outage in outages if outage.line == line.id)
