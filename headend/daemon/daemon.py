"""The daemon: builds the parts, starts them in order, stops them in the opposite order."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from clock import Clock
from drivers.link import LinkLimits, Links
from drivers.meter import Field, SecurityModule
from drivers.sms import LineSmsGateway, LineSmsSettings, Reply, SmsEvent
from headend import archive, control, notify, settle, strategy
from headend.collect.collector import Collector
from headend.config import Settings, defaults, read_default
from headend.daemon.brokering import broker_settings
from headend.daemon.dayplan import DayPlan
from headend.daemon.listening import open_ports
from headend.daemon.meters import check_profiles, known_meters, meter_settings
from headend.daemon.observing import LinkObserver, tell
from headend.daemon.sdnotify import notify as tell_manager
from headend.daemon.sdnotify import watchdog_interval
from headend.daemon.securing import secured_profiles, security_module
from headend.daemon.server import ApiServer
from headend.daemon.steps import day_steps
from headend.desk import Desk
from headend.desk.linking import device_of
from headend.store import By, Faults, Rank, Room, Site, Store, Tx, View, mark_worker
from headend.store.migrate import upgrade

log = structlog.get_logger(__name__)

BY = By("system:daemon", "start", Rank.BATCH)


class Daemon:
    """One running head-end. ``run`` returns after :meth:`stop`, or raises what broke it.

    ``security`` is the adapter of an encryption machine; where none is given the settings say which module there is.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        faults: Faults | None = None,
        security: SecurityModule | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._faults = faults
        self._security = security or security_module(settings)
        self._stopping = clock.future()

    def stop(self) -> None:
        """Ask for a clean stop; a second call changes nothing."""
        if not self._stopping.done():
            self._stopping.set_result(None)

    async def run(self) -> None:
        """Start everything, serve until :meth:`stop`, stop everything."""
        async with AsyncExitStack() as stack:
            await self._start(stack)
            tell_manager("READY=1")
            self._watchdog(asyncio.get_running_loop())
            await self._clock.wait(self._stopping)
            tell_manager("STOPPING=1")
            log.info("daemon.stopping")

    async def _start(self, stack: AsyncExitStack) -> None:
        settings, clock = self._settings, self._clock
        known = known_meters(settings)
        store = open_store(settings, clock, self._faults, secured=secured_profiles(self._security, known))
        stack.callback(store.close)
        stack.push_async_callback(self._finish_tasks)
        await store.write(BY, apply_defaults)
        check_profiles(await store.read(archive.profiles), known)
        observer = LinkObserver(store, clock)
        links = Links(clock, LinkLimits(), observe=observer, broker=broker_settings(settings.mqtt, clock))
        observer.links = links
        stack.push_async_callback(observer.logins.finish)
        stack.push_async_callback(links.close)
        field = observer.field = Field(clock, links, meter_settings(settings, known), self._security)
        sender = notify.Sender(store, clock, notify.Company(settings.company.name, settings.company.phone))
        gateway = LineSmsGateway(
            clock,
            LineSmsSettings(settings.sms.host, settings.sms.port),
            on_receipt=sender.on_receipt,
            on_reply=lambda reply: self._take_reply(store, reply),
            observe=sms_observer(sender),
        )
        stack.callback(gateway.close)
        collector = Collector(store, field, links, clock, settings.collect)
        operator = control.Operator(store, field, clock, settings.control.operator_code)
        await operator.recover()
        plan = DayPlan(clock, store, day_steps(store, collector, main_passes=settings.collect.passes))

        async def admit() -> None:
            links.admit({link: device_of(*told) for link, told in (await store.read(archive.links)).items()})

        await admit()
        self._spawn(stack, "settle", mark_worker(clock, store, Room.SETTLE, settle.refresh).run)
        self._spawn(stack, "strategy", mark_worker(clock, store, Room.STRATEGY, look, tell_moves).run)
        self._spawn(stack, "control", operator.worker().run)
        self._spawn(stack, "collect", collector.wants_worker().run)
        self._spawn(stack, "notify", lambda: sender.run(gateway))
        self._spawn(stack, "dayplan", plan.run)
        gateway.start()
        observer.logins.started()
        ports = await open_ports(links, settings.listen)
        desk = Desk(
            store,
            clock,
            field,
            links,
            settings,
            archive_changed=admit,
            profiles=known.names,
            collector=collector,
            happened=observer.recent.of,
        )
        server = ApiServer(clock, settings.paths.socket, desk.call, lab=settings.lab)
        await server.start()
        stack.push_async_callback(server.stop)
        accounts = await store.read(count_accounts)
        log.info("daemon.ready", listen=", ".join(ports), accounts=accounts)

    def _spawn(self, stack: AsyncExitStack, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run a part until the stop; one that ends by itself takes the daemon down, loudly."""

        async def watched() -> None:
            try:
                await run()
            except Exception as error:
                log.exception("daemon.part_failed", part=name)
                if not self._stopping.done():
                    self._stopping.set_exception(error)
                raise

        task = self._clock.spawn(watched(), name=name)
        stack.push_async_callback(self._clock.cancel, task)

    async def _finish_tasks(self) -> None:
        """End what the parts left running, before the store closes; a transaction that has begun is seen through."""
        await self._clock.cancel(*self._clock.tasks())

    @staticmethod
    async def _take_reply(store: Store, reply: Reply) -> None:
        await store.write(By("customer:sms", f"reply:{reply.ref}", Rank.PEOPLE), notify.keep_reply, reply)

    def _watchdog(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ping the service manager in real time: a loop that hangs stops pinging, whatever business time does."""
        interval = watchdog_interval()
        if interval is not None and not self._stopping.done():
            tell_manager("WATCHDOG=1")
            loop.call_later(interval, self._watchdog, loop)


def open_store(
    settings: Settings, clock: Clock, faults: Faults | None = None, *, secured: frozenset[tuple[str, str]] = frozenset()
) -> Store:
    """Open the database for writing and bring it to this program's schema.

    ``secured`` are dialects and profiles of the meters whose orders an encryption machine makes.
    """
    path: Path = settings.paths.database
    path.parent.mkdir(parents=True, exist_ok=True)
    key = settings.control.service_key.get_secret_value().encode()
    site = Site(lab=settings.lab, service_key=key, secured=secured)
    store = Store(path, clock, site=site, faults=faults)
    try:
        upgrade(store.engine)
    except BaseException:
        store.close()
        raise
    return store


def apply_defaults(tx: Tx) -> bool:
    """Load price book, strategies, rules and templates into a database that is empty of them; tell whether it was.

    A database that has them acts by them: what operators changed there is never overwritten by a file of the program.
    """
    if settle.newest_version(tx):
        return False
    settle.load_prices(tx, (defaults() / "prices.toml").read_text(encoding="utf-8"))
    archive.load_strategies(tx, archive.parse_strategies(read_default("strategies.toml")))
    notify.load_templates(tx, notify.parse_templates(read_default("messages.toml")))
    strategy.load_rules(tx, read_default("rules.toml"))
    return True


def look(tx: Tx, account: int) -> tuple[str, Sequence[strategy.Moved]]:
    """Look at an account for the strategy; give its number and what moved."""
    return archive.account(tx, account).no, strategy.react(tx, account)


def tell_moves(_account: int, found: tuple[str, Sequence[strategy.Moved]]) -> None:
    """Log the moves of an account's state."""
    number, moved = found
    for move in moved:
        states = {"before": move.source.value, "after": move.target.value}
        quiet = move.source is move.target and move.message is None
        told = log.debug if quiet else log.info
        told("account.moved", account=number, rule=move.rule, **states, message=move.message)


def sms_observer(sender: notify.Sender) -> Callable[[SmsEvent], None]:
    """Let the log and the sender both hear what happens on the way to the message centre."""

    def observe(event: SmsEvent) -> None:
        tell(event)
        sender.observe(event)

    return observe


def count_accounts(view: View) -> int:
    """Count the open accounts."""
    return len(view.all(archive.customers()))


def handle_signals(daemon: Daemon) -> None:
    """Let SIGTERM and SIGINT stop the daemon cleanly."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stop)
