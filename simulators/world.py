"""A village in the field: its devices built from the scenario and set going."""

from clock import Clock, Task
from protocols import dlt645
from simulators.faults import FaultPlan, Faults
from simulators.field import Concentrator, Device, Dtu, Hop, Listener, Proxy, TaskRecords
from simulators.field import Line as Rs485
from simulators.meter import Silence
from simulators.ports import DialIn
from simulators.village import Line, LineKind, Village

__all__ = ["METER_PASSWORD", "NO_FAULTS", "World"]

NO_FAULTS = FaultPlan()
METER_PASSWORD = "123456"  # noqa: S105  # the plain password of simulated meters, told to the daemon as a setting


class World:
    """The concentrators and DTUs of a village, dialing in to one head-end.

    ``faults`` name its lines by their ids; raises ScenarioError where they name another.
    """

    def __init__(self, clock: Clock, village: Village, listener: Listener, faults: FaultPlan = NO_FAULTS) -> None:
        faults.check_devices(line.id for line in village.scenario.lines)
        self._plan = faults
        self._clock = clock
        self._village = village
        self._listener = listener
        self._password = dlt645.Password(2, METER_PASSWORD)
        self._devices = {line.id: self._device(line) for line in village.scenario.lines}

    def start(self) -> tuple[Task[None], ...]:
        """Set every device going."""
        return tuple(device.start(self._port(line)) for line, device in self._devices.items())

    def _port(self, line: str) -> DialIn:
        outages = self._village.scenario.outages
        away = tuple(Silence(outage.start, outage.end) for outage in outages if outage.line == line)
        return DialIn(self._clock, self._listener, outages=away)

    def _faults(self, line: Line) -> Faults | None:
        """Give the faults of one line, where there are any."""
        if not self._plan.rows:
            return None
        return self._plan.faults(line.id, self._clock.now(), seed=self._village.scenario.seed)

    def _device(self, line: Line) -> Device:
        return self._concentrator(line) if line.kind is LineKind.CONCENTRATOR else self._dtu(line)

    def _concentrator(self, line: Line) -> Concentrator:
        meters = self._village.on(line)
        seed = self._village.scenario.seed
        hop = Hop(self._clock, meters, seed=seed, latency_ms=line.latency_ms, password=self._password)
        return Concentrator(
            self._clock,
            line.link.removeprefix("698:"),
            records=TaskRecords(meters),
            proxy=Proxy(self._clock, hop),
            heartbeat=line.heartbeat,
            faults=self._faults(line),
        )

    def _dtu(self, line: Line) -> Dtu:
        identity = line.link.removeprefix("dtu:")
        wire = Rs485(
            self._clock,
            self._village.on(line),
            name=f"dtu {identity}",
            seed=self._village.scenario.seed,
            latency_ms=line.latency_ms,
            password=self._password,
            faults=self._faults(line),
        )
        return Dtu(self._clock, identity, wire, heartbeat=line.heartbeat)
