"""A bench (试验台): meters on one line that are served at a port, looked at, and acted on while they run."""

from collections.abc import Callable, Sequence

from clock import Clock
from protocols import dlt645
from protocols.dissection import Language
from simulators.bench.acting import Acts
from simulators.errors import ScenarioError
from simulators.faults import Faults
from simulators.field import BAUD, Device, Dtu, Line, MeterTerminal, Observer
from simulators.field.line import TD_MS
from simulators.field.terminal import HEARTBEAT
from simulators.meter import Dialect, Meter
from simulators.ports import Port

__all__ = ["PASSWORD", "Bench"]

PASSWORD = dlt645.Password(2, "123456")


class Bench:
    """What stands behind ``metersim meter``: one meter, or several on one line, and the faults of their wire.

    With ``registers_as`` the line has a DTU in front of it, which says that name; with ``logs_in`` the one DL/T 698.45
    meter is a terminal of its own. Else the line is bare. ``baud`` and ``latency_ms`` are those of `Line`.
    """

    def __init__(
        self,
        clock: Clock,
        meters: Sequence[Meter],
        *,
        seed: int = 1,
        password: dlt645.Password = PASSWORD,
        baud: int | None = BAUD,
        latency_ms: tuple[int, int] = TD_MS,
        faults: Faults | None = None,
        registers_as: str = "",
        logs_in: bool = False,
    ) -> None:
        if not meters:
            raise ScenarioError("a bench has a meter at least: name its address")
        self.clock = clock
        self._meters = tuple(meters)
        if len(self.meters) < len(meters):
            raise ScenarioError("two meters of the bench have one address: give each its own")
        self.meter = meters[0]
        self.faults = faults or Faults(clock.now(), seed=seed)
        self._device: Device
        self._seen: Device
        if logs_in:
            if len(meters) > 1 or self.meter.plate.dialect is not Dialect.DLT698:
                raise ScenarioError(
                    "one DL/T 698.45 meter can log in by itself: give one address and --protocol dlt698"
                )
            self._device = self._seen = MeterTerminal(clock, self.meter, faults=self.faults)
        else:
            line = Line(
                clock,
                self.meters,
                name=f"line of {self.meter.address}",
                seed=seed,
                password=password,
                latency_ms=latency_ms,
                baud=baud,
                faults=self.faults,
            )
            self._device = Dtu(clock, registers_as, line, heartbeat=HEARTBEAT) if registers_as else line
            self._seen = line

    @property
    def meters(self) -> dict[str, Meter]:
        """The meters by the addresses that they have now."""
        return {meter.address: meter for meter in self._meters}

    def watch(self, observer: Observer) -> Callable[[], None]:
        """Show every frame to ``observer`` from now on, until what is returned is called."""
        observers = self._seen.observers
        observers.append(observer)

        def stop() -> None:
            if observer in observers:
                observers.remove(observer)

        return stop

    async def run(self, port: Port) -> None:
        """Serve at a port until cancelled; raises PortError when it cannot be opened."""
        await port.run(self._device.serve)

    def act(self, name: str, *arguments: str, language: Language = Language.BOTH) -> str:
        """Do something to the bench by name, and tell in a sentence what came of it, see `Acts`.

        Raises:
            ActError: nobody knows the act, or it cannot be done.

        """
        return Acts(self.clock, self._meters, self.faults)(name, *arguments, language=language)
