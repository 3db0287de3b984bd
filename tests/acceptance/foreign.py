"""Devices that others wrote: the engine of PyPI ``dlt698``, at either end of a TCP connection.

It is a C++ core that knows nothing of ours: link layer, sessions, services and objects are its own.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from dlt698 import Data, Oad, Omd, SessionOptions
from dlt698.model import DateTime
from dlt698.protocol import (
    ActionRequest,
    ActionResponse,
    ActionResult,
    AttributeResult,
    GetRecordRequest,
    GetRecordResponse,
    GetRequest,
    GetResponse,
    RecordResult,
    SetRequest,
    SetResponse,
    SetResult,
)
from dlt698.service import (
    ActionValue,
    AdvancedServiceOptions,
    AttributeSchema,
    MethodSchema,
    ObjectProvider,
    ObjectRegistry,
    ObjectSchema,
    ProxyProvider,
)
from dlt698.session import Completion, Engine, Role
from dlt698.transport import TransBridge

from clock import Clock
from drivers.zone import BEIJING

PATIENCE = 30
"""Seconds that anything may take on a busy machine."""
_BUDGET = 0.005

Act = Callable[[Engine], Any]


class Foreign:
    """An engine and the thread that drives it, as it may be touched by one only.

    ``make`` builds the engine on that thread and ``begin`` connects it or lets it listen; both are theirs. What the
    engine tells is in ``told``, in order. Leaving the context closes its sockets and ends the thread.
    """

    def __init__(self, clock: Clock, make: Callable[[], Engine], begin: Act) -> None:
        self.told: list[Completion] = []
        self._clock = clock
        self._make = make
        self._begin = begin
        self._acts: SimpleQueue[tuple[Act, Future[Any]]] = SimpleQueue()
        self._waiting: dict[int, Future[Any]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._drive, name="foreign")
        self.begun: Future[Any] = Future()

    def __enter__(self) -> Self:
        self._thread.start()
        self.begun.result(PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the foreign engine does not end"

    async def do(self, act: Act) -> Any:
        """Have something done to the engine, and give what comes of it."""
        future: Future[Any] = Future()
        self._acts.put((act, future))
        return await self._result(future)

    async def completed(self, act: Act) -> Completion:
        """Begin an exchange, and give its completion."""
        future: Future[Any] = Future()

        def begin(engine: Engine) -> None:
            self._waiting[act(engine)] = future

        await self.do(begin)
        completion: Completion = await self._result(future)
        return completion

    async def until(self, holds: Callable[[Completion], bool]) -> Completion:
        """Wait for something to be told, or give what was told already."""
        await heard(self._clock, lambda: any(map(holds, self.told)))
        return next(filter(holds, self.told))

    async def _result(self, future: Future[Any]) -> Any:
        await heard(self._clock, future.done)
        return future.result()

    def _drive(self) -> None:
        try:
            engine = self._make()
            self.begun.set_result(self._begin(engine))
        except Exception as error:  # noqa: BLE001  whoever starts it gets it
            self.begun.set_exception(error)
            return
        while not self._over.is_set():
            self._do_acts(engine)
            for completion in engine.poll(_BUDGET):
                self.told.append(completion)
                waiting = self._waiting.pop(completion.token, None) if completion.kind == "complete" else None
                if waiting is not None:
                    waiting.set_result(completion)
        engine.close()

    def _do_acts(self, engine: Engine) -> None:
        while not self._acts.empty():
            act, future = self._acts.get()
            try:
                future.set_result(act(engine))
            except Exception as error:  # noqa: BLE001  whoever asked for it gets it
                future.set_exception(error)


async def heard(clock: Clock, holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    until = clock.now() + timedelta(seconds=PATIENCE)
    while not holds():
        assert clock.now() < until, "it never holds"
        await clock.sleep(0.01)


def oad(text: str) -> Oad:
    """Give their descriptor of an attribute."""
    raw = bytes.fromhex(text)
    return Oad(oi=int.from_bytes(raw[:2]), attribute=raw[2], index=raw[3])


def omd(text: str) -> Omd:
    """Give their descriptor of a method."""
    raw = bytes.fromhex(text)
    return Omd(oi=int.from_bytes(raw[:2]), method=raw[2], mode=raw[3])


def named(descriptor: Oad | Omd) -> str:
    """Write a descriptor of theirs as eight digits."""
    last = (descriptor.attribute, descriptor.index) if isinstance(descriptor, Oad) else (descriptor.method, 0)
    return f"{descriptor.oi:04X}{last[0]:02X}{last[1]:02X}"


def moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> Data:
    """Give a date_time_s of theirs."""
    return Data.date_time_s([*year.to_bytes(2), month, day, hour, minute, second])


def local_time(clock: Clock) -> DateTime:
    """Give the time of a clock of ours as a date_time of theirs; without one they take the machine's zone."""
    now = clock.now().astimezone(BEIJING)
    day = [*now.year.to_bytes(2), now.month, now.day, now.isoweekday() % 7]
    return DateTime(value=[*day, now.hour, now.minute, now.second, *(now.microsecond // 1000).to_bytes(2)])


DOES_NOT_EXIST = 6
NOT_WRITABLE = 3


class Store(ObjectProvider):
    """Attributes, records and methods of a device of theirs, by the eight digits of their descriptors."""

    def __init__(self, attributes: dict[str, Data], records: dict[str, list[list[Data]]] | None = None) -> None:
        super().__init__()
        self.attributes = attributes
        self.records = records or {}
        self.obeyed: list[tuple[str, Data]] = []

    def read(self, attribute: Oad) -> int | Data:
        """Answer a GET."""
        return self.attributes.get(named(attribute), DOES_NOT_EXIST)

    def write(self, attribute: Oad, value: Data) -> int:
        """Answer a SET."""
        if named(attribute) not in self.attributes:
            return NOT_WRITABLE
        self.attributes[named(attribute)] = value
        return 0

    def invoke(self, method: Omd, parameter: Data) -> ActionValue:
        """Answer an ACTION."""
        self.obeyed.append((named(method), parameter))
        return ActionValue(dar=0, data=None)

    def read_record(self, query: Any) -> RecordResult:
        """Answer a GET of records by the rows as they are, whatever is selected."""
        rows = self.records.get(named(query.attribute))
        return RecordResult(
            attribute=query.attribute, columns=query.columns, result=DOES_NOT_EXIST if rows is None else rows
        )


class Meters(ProxyProvider):
    """Meters of theirs behind a concentrator, each a store; who is not here does not answer (DAR 33)."""

    def __init__(self, stores: dict[str, Store]) -> None:
        super().__init__()
        self.stores = stores

    def async_request(self, server: Any, request: Any, done: Callable[[Any], None]) -> None:
        """Ask one meter."""
        done(self._answer(self.stores[server.value[1:].hex().upper()], request))

    def _answer(self, meter: Store, request: Any) -> Any:
        same = {"list": request.list, "piid_acd": request.piid}
        match request:
            case GetRequest():
                read = [AttributeResult(attribute=one, result=meter.read(one)) for one in request.attributes]
                return GetResponse(attributes=read, **same)
            case SetRequest():
                written = [
                    SetResult(attribute=one.attribute, dar=meter.write(one.attribute, one.value))
                    for one in request.attributes
                ]
                return SetResponse(attributes=written, **same)
            case ActionRequest():
                acted = [
                    ActionResult(method=one.method, dar=meter.invoke(one.method, one.parameter).dar)
                    for one in request.methods
                ]
                return ActionResponse(methods=acted, **same)
            case GetRecordRequest():
                return GetRecordResponse(records=[meter.read_record(one) for one in request.records], **same)
        raise AssertionError(f"a meter is asked by {type(request).__name__}")


def objects_of(store: Store, schemas: list[ObjectSchema]) -> ObjectRegistry:
    """Register what a store holds."""
    registry = ObjectRegistry()
    for schema in schemas:
        registry.register_object(schema, store)
    return registry


def schema_of(oi: int, attributes: list[AttributeSchema], methods: tuple[int, ...] = ()) -> ObjectSchema:
    """Describe an object."""
    described = [MethodSchema(number=number, executable=True) for number in methods]
    return ObjectSchema(oi=oi, name=f"{oi:04X}", attributes=attributes, methods=described)


def terminal(
    options: SessionOptions,
    registry: Callable[[], ObjectRegistry],
    proxy: ProxyProvider | None = None,
    bridge: TransBridge | None = None,
) -> Callable[[], Engine]:
    """Make an engine in the server's role."""

    def make() -> Engine:
        options.role = Role.server
        advanced = AdvancedServiceOptions(proxy=proxy)
        return Engine(options, registry(), 1024, advanced, 16 * 1024 * 1024, bridge)

    return make
