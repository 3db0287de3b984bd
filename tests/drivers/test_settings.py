"""Settings, clears and event records of DL/T 645 meters, and the care that passwords are used with."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from drivers.link import Rank
from drivers.meter import (
    Accepted,
    Answer,
    EventKind,
    Field,
    How,
    Meter645,
    MeterSettings,
    Reason,
    Refused,
    Silence,
    Silent,
    Told,
    Way,
)
from drivers.meter.software_security import SoftwareModule
from protocols import dlt645
from protocols.dlt645 import DI, Function
from protocols.dlt645.items.identifiers import table
from protocols.errors import LocalProtocolError, ProtocolError
from protocols.labcipher import ROOT_KEY
from tests.drivers.scene import NEW, OLD, SHOP, Scene, Trouble, in_field
from tests.drivers.test_by_hand import Answer645, on_line, shop
from tests.drivers.test_secured import Gate, asked, inner, trip

SECURED = Trouble(profile="state-grid-2013")
ALARM = DI.parse("04001001")  # class 1, level 99H
ADDRESS = DI.parse("04000401")  # changed by a function of its own
NO_ZEROS = {ADDRESS, *map(DI.parse, ("04000101", "0400010C"))}
TRIP_DELAY = DI.parse("04001401")  # class 2, level 98H
PRICES = DI.parse("040501FF")
PRICE_SWITCH = DI.parse("04000108")
PERIOD = DI.parse("04000103")  # class 3, a password's
DAY = timedelta(days=1)
WRONG = MeterSettings(password=dlt645.Password(2, "000000"))


def module() -> SoftwareModule:
    """Make a laboratory's module whose random numbers are the same in each run."""
    return SoftwareModule(ROOT_KEY, Random(1))


def levels(answer: Answer[Accepted]) -> list[int]:
    """List the password levels of the settings that went out for an answer."""
    sent = [dlt645.parse_message(inner(frame.data)) for frame in answer.trace if frame.way is Way.OUT]
    return [message.password.level for message in sent if isinstance(message, dlt645.WriteRequest)]


@pytest.mark.parametrize("address", [OLD, SHOP])
@pytest.mark.parametrize(
    ("profile", "di", "value", "level"),
    [
        ("state-grid-2013", ALARM, Decimal("20.00"), 0x99),
        ("state-grid-2013", TRIP_DELAY, Decimal(5), 0x98),
        ("south-grid", ALARM, Decimal("20.00"), 0x99),
        ("state-grid-2013", PERIOD, Decimal(15), 2),
        ("standard", ALARM, Decimal("20.00"), 2),
        ("standard", TRIP_DELAY, Decimal(5), 2),
    ],
)
def test_setting_goes_at_the_level_of_its_class(address: str, profile: str, di: DI, value: Decimal, level: int) -> None:
    """A setting is made at 99H, 98H or by password, and reads as set afterwards."""

    async def story(scene: Scene) -> None:
        answer = await scene.meter645(address).write(di, value)
        assert isinstance(answer, Told), answer
        assert answer.value == Accepted(How.NOW)
        assert levels(answer) == [level]
        assert asked(answer)[-1] == Function.READ
        kept = scene.meters[address].memory.settings[di]
        assert dlt645.read_payload(di, kept).value == value

    in_field(story, troubles={address: Trouble(profile=profile)}, security=module())


@pytest.mark.parametrize("profile", ["state-grid-2013", "south-grid", "standard"])
@pytest.mark.parametrize("address", [OLD, SHOP])
def test_prices_are_set_as_one_block(address: str, profile: str) -> None:
    """A price list and its switch time are settings of several values; each number stays in its place."""
    prices = tuple(map(Decimal, ("0.9876", "0.6543", "0.4321", "0.1234")))
    switch = dlt645.Stamp("YYMMDDhhmm", "2610010000")

    async def story(scene: Scene) -> None:
        meter = scene.meter645(address)
        for di, values in ((PRICES, prices), (PRICE_SWITCH, (switch,))):
            answer = await meter.write(di, *values)
            assert isinstance(answer, Told), answer
            assert answer.value == Accepted(How.NOW)
            assert levels(answer) == ([2] if profile == "standard" else [0x99])
            kept = scene.meters[address].memory.settings[di]
            assert dlt645.read_payload(di, kept).values == values

    in_field(story, troubles={address: Trouble(profile=profile)}, security=module())


def sample(di: DI) -> tuple[dlt645.Value, ...]:
    """Give values that an item can hold: what zeros mean in the shortest form that it has."""
    size = dlt645.identify(di).layout.size
    for length in (size,) if size else range(1, 120):
        try:
            values = dlt645.read_payload(di, bytes(length)).values
            dlt645.write_payload(di, *values)
        except ProtocolError:
            continue
        return values
    raise AssertionError(di)


@pytest.mark.parametrize("profile", ["state-grid-2013", "standard"])
def test_every_setting_of_the_table(profile: str) -> None:
    """Each item that can be set is set and read back, but clocks that no zeros are and an address.

    A single price or step has no place in a security chip: that is said before anything is sent.
    """

    async def story(scene: Scene) -> None:
        meter, placeless = scene.meter645(SHOP), []
        for di in (di for di, row in table().items() if row.access in {"RW", "RW98", "RW99"} and di not in NO_ZEROS):
            try:
                answer = await meter.write(di, *sample(di))
            except LocalProtocolError as error:
                placeless.append(str(error))
                continue
            assert isinstance(answer, Told), (di, answer)
            assert answer.value == Accepted(How.NOW), di
        assert all("no place of its own" in why for why in placeless)
        assert bool(placeless) == (profile != "standard")

    in_field(story, troubles={SHOP: Trouble(profile=profile)}, security=module())


@pytest.mark.parametrize("address", [OLD, SHOP])
def test_any_item_can_be_read(address: str) -> None:
    """An item is read by its identifier with all of its values; one that the meter has not is no data."""

    async def story(scene: Scene) -> None:
        told = await scene.meter645(address).read(DI.parse("0001FF00"))
        assert isinstance(told, Told), told
        assert told.value.values[0] == Decimal(scene.registers(address).total).scaleb(-2)
        refused = await scene.meter645(address).read(DI.parse("04060001"))
        assert isinstance(refused, Refused), refused
        assert refused.reason is Reason.NO_DATA
        with pytest.raises(LocalProtocolError, match="0F0F0F0F"):
            await scene.meter645(address).read(DI.parse("0F0F0F0F"))

    in_field(story)


@pytest.mark.parametrize("di", [DI.parse("00010000"), DI.parse("0F0F0F0F")], ids=["read only", "unknown"])
@pytest.mark.parametrize("profile", ["standard", "state-grid-2013"])
def test_what_cannot_be_set(profile: str, di: DI) -> None:
    """An item that nobody can set is our own mistake, and nothing is sent."""

    async def story(scene: Scene) -> None:
        with pytest.raises(LocalProtocolError, match=str(di)):
            await scene.meter645(SHOP).write(di, Decimal(1))

    in_field(story, troubles={SHOP: Trouble(profile=profile)}, security=module())


def test_setting_of_a_secured_meter_without_module() -> None:
    """Without a module nothing is sent in plain that should have been secured."""

    async def story(scene: Scene) -> None:
        for answer in (await scene.meter645(SHOP).write(ALARM, Decimal(1)), await scene.meter(SHOP).set_clock()):
            assert isinstance(answer, Silent), answer
            assert (answer.reason, answer.sent, answer.trace) == (Silence.SECURITY, False, ())

    in_field(story, troubles={SHOP: SECURED})


@pytest.mark.parametrize("address", [OLD, SHOP])
def test_clock_of_a_secured_meter(address: str) -> None:
    """Date and time are set in one secured setting and read back; from then on orders are valid by the new clock."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(address).clock(rank=Rank.CHECK), Told)
        answer = await scene.meter(address).set_clock()
        assert isinstance(answer, Told), answer
        assert answer.value == Accepted(How.NOW)
        assert levels(answer) == [0x98]
        assert abs(scene.meters[address].drift) < timedelta(seconds=10)
        assert isinstance(await trip(scene, address, Gate(scene)), Told)

    troubles = {address: Trouble(profile="state-grid-2013", drift=timedelta(minutes=-20))}
    in_field(story, troubles=troubles, security=module())


@pytest.mark.parametrize("address", [NEW, OLD, SHOP])
def test_orders_after_a_clock_was_set(address: str) -> None:
    """What was known of a clock before it was set makes no later order invalid, whatever the dialect."""

    async def story(scene: Scene) -> None:
        assert isinstance(await scene.meter(address).clock(rank=Rank.CHECK), Told)
        assert isinstance(await scene.meter(address).set_clock(), Told)
        assert isinstance(await scene.meter(address).close(), Told)

    in_field(story, troubles={address: Trouble(drift=timedelta(minutes=-20))})


def setting(reads: bytes | None, *, silent: bool = False) -> Answer645:
    """Answer a setting, or keep silent, and read so afterwards."""

    def answer(request: dlt645.Message) -> dlt645.Message | None:
        if isinstance(request, dlt645.WriteRequest):
            return None if silent else dlt645.WriteAnswer()
        assert isinstance(request, dlt645.ReadRequest)
        if reads is None:
            return dlt645.Refusal(Function.READ, b"\x02")
        return dlt645.ReadAnswer(request.di, reads)

    return answer


def written(answer: Answer645) -> Answer[Accepted]:
    """Set the demand period of a meter played by hand to 15 minutes."""
    answers: list[Answer[Accepted]] = []

    async def story(field: Field) -> None:
        meter = field.meter(shop(field))
        assert isinstance(meter, Meter645)
        answers.append(await meter.write(PERIOD, Decimal(15)))

    on_line(answer, story)
    return answers[0]


def test_setting_that_reads_otherwise_is_refused() -> None:
    """A meter that accepts a setting and keeps another value is told as such, with the value."""
    answer = written(setting(b"\x30"))
    assert isinstance(answer, Refused), answer
    assert (answer.reason, answer.code) == (Reason.NOT_TAKEN, "reads 30")


def test_setting_that_cannot_be_read_back() -> None:
    """An accepted setting that cannot be read is accepted, and no more than that."""
    answer = written(setting(None))
    assert isinstance(answer, Told), answer
    assert answer.value == Accepted(How.UNKNOWN)


@pytest.mark.parametrize(("reads", "taken"), [(b"\x15", True), (b"\x30", False)])
def test_silent_setting_is_judged_by_its_read_back(reads: bytes, taken: bool) -> None:
    """A setting without an answer is not repeated; it was made if it reads so, else nobody knows."""
    answer = written(setting(reads, silent=True))
    assert levels(answer) == [2]
    if taken:
        assert isinstance(answer, Told), answer
    else:
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.sent) == (Silence.NO_ANSWER, True)


@pytest.mark.parametrize("address", [OLD, SHOP])
def test_refused_password_is_not_tried_again(address: str) -> None:
    """After a wrong password no trip goes out for a day, and what gives power goes out once at each call."""

    async def story(scene: Scene) -> None:
        gate = Gate(scene)
        refused = await trip(scene, address, gate)
        assert isinstance(refused, Refused), refused
        assert (refused.reason, refused.code) == (Reason.NOT_AUTHORISED, "ERR 04")
        held = await trip(scene, address, gate)
        assert isinstance(held, Silent), held
        assert (held.reason, held.sent, held.trace, len(gate.asked)) == (Silence.SECURITY, False, (), 1)
        assert "2026-09-14" in held.detail
        for _ in range(2):
            closed = await scene.meter(address).close()
            assert isinstance(closed, Refused), closed
            assert asked(closed) == [Function.RELAY]

    in_field(story, settings=WRONG)


def test_refused_password_is_forgotten_after_a_day() -> None:
    """A day later, or after an order by the same password that was taken, it is tried again."""

    async def story(scene: Scene) -> None:
        meter = scene.meter645(SHOP)
        assert isinstance(await meter.write(PERIOD, Decimal(15)), Refused)
        assert isinstance(await meter.write(PERIOD, Decimal(15)), Silent)
        await scene.clock.sleep(DAY)
        assert isinstance(await meter.write(PERIOD, Decimal(15)), Refused)

    in_field(story, settings=WRONG)


def test_item_that_nobody_may_set_bars_no_other() -> None:
    """Of a password that is known to be right one refusal is about the item, two in a row are about the password."""

    async def story(scene: Scene) -> None:
        meter = scene.meter645(SHOP)
        for _ in range(2):
            assert isinstance(await meter.write(PERIOD, Decimal(15)), Told)
            assert isinstance(await meter.write(ADDRESS, "000000000000"), Refused)
        assert isinstance(await meter.write(ADDRESS, "000000000000"), Refused)
        barred = await meter.write(PERIOD, Decimal(15))
        assert isinstance(barred, Silent), barred
        assert barred.reason is Silence.SECURITY

    in_field(story, troubles={SHOP: SECURED})


def test_refused_setting_holds_back_no_trip() -> None:
    """An unpressed programming key refuses settings in the same words, and says nothing of the relay."""
    sent: list[int] = []

    def answer(request: dlt645.Message) -> dlt645.Message:
        if isinstance(request, dlt645.WriteRequest):
            return dlt645.Refusal(Function.WRITE, b"\x04")
        assert isinstance(request, dlt645.RelayRequest)
        sent.append(request.command)
        return dlt645.RelayAnswer()

    async def story(field: Field) -> None:
        meter = field.meter(shop(field))
        assert isinstance(meter, Meter645)
        assert isinstance(await meter.write(PERIOD, Decimal(15)), Refused)
        assert isinstance(await meter.close(), Told)

    on_line(answer, story)
    assert sent == [dlt645.RelayCommand.DIRECT_CLOSE]


def test_password_of_a_level_that_cannot_do() -> None:
    """A password of a lower level than the order needs is not tried, but for what gives power."""

    async def story(scene: Scene) -> None:
        held = await trip(scene, SHOP, Gate(scene))
        assert isinstance(held, Silent), held
        assert held.detail == "password of level 02 needed, ours is of level 04"
        assert isinstance(await scene.meter645(SHOP).write(PERIOD, Decimal(15)), Told)
        closed = await scene.meter(SHOP).close()
        assert isinstance(closed, Refused), closed

    in_field(story, settings=MeterSettings(password=dlt645.Password(4, "123456")))


@pytest.mark.parametrize("profile", ["standard", "state-grid-2013"])
@pytest.mark.parametrize("address", [OLD, SHOP])
def test_event_records_are_read_and_cleared(address: str, profile: str) -> None:
    """Trips leave records, newest first; cleared there are none."""

    async def story(scene: Scene) -> None:
        meter = scene.meter645(address)
        none = await meter.event_records(EventKind.TRIP)
        assert isinstance(none, Told), none
        assert none.value == ()
        for _ in range(2):
            assert isinstance(await trip(scene, address, Gate(scene)), Told)
            assert isinstance(await meter.close(), Told)
        records = await meter.event_records(EventKind.TRIP)
        assert isinstance(records, Told), records
        assert [record.number for record in records.value] == [1, 2]
        newest, older = (record.at for record in records.value)
        assert newest is not None
        assert older is not None
        assert newest > older
        newest_only = await meter.event_records(EventKind.TRIP, 1)
        assert isinstance(newest_only, Told), newest_only
        assert newest_only.value == records.value[:1]
        cleared = await meter.clear_events(DI.parse("1D0000FF"))
        assert isinstance(cleared, Told), cleared
        again = await meter.event_records(EventKind.TRIP)
        assert isinstance(again, Told), again
        assert again.value == ()

    in_field(story, troubles={address: Trouble(profile=profile)}, security=module())


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_kind_of_event_is_in_the_table(kind: EventKind) -> None:
    """Records of each kind have a layout that begins with a time or an operator, and one of them a time."""
    fields = dlt645.identify(DI.parse(f"{kind}01")).format.split("+")
    assert "YYMMDDhhmmss" in fields[:2]


def test_event_records_are_all_or_none() -> None:
    """A meter that falls silent between two records gives no half a history."""

    def answer(request: dlt645.Message) -> dlt645.Message | None:
        assert isinstance(request, dlt645.ReadRequest)
        record = bytes.fromhex("000012140926 17000000") + bytes(24)
        return dlt645.ReadAnswer(request.di, record) if request.di.di0 == 1 else None

    async def story(field: Field) -> None:
        meter = field.meter(shop(field))
        assert isinstance(meter, Meter645)
        answered = await meter.event_records(EventKind.TRIP)
        assert isinstance(answered, Silent), answered

    on_line(answer, story)


def test_load_records_come_from_an_instant_on() -> None:
    """Load records are asked for by their time on the meter's clock, and decode to values by class."""
    asked_for: list[dlt645.ReadBlocksSinceRequest] = []
    records = tuple(
        dlt645.LoadRecord(
            dlt645.Stamp("YYMMDDhhmm", f"26091408{minute:02d}"), {4: tuple(map(Decimal, (minute, 0, 0, 0)))}
        )
        for minute in (0, 15)
    )

    def answer(request: dlt645.Message) -> dlt645.Message:
        assert isinstance(request, dlt645.ReadBlocksSinceRequest)
        asked_for.append(request)
        late = int(request.since.digits) > int("2609140815")
        payload = b"" if late else dlt645.write_payload(request.di, dlt645.LoadRecords(records))
        return dlt645.ReadAnswer(request.di, payload)

    async def story(field: Field) -> None:
        meter = field.meter(shop(field))
        assert isinstance(meter, Meter645)
        told = await meter.load_records(datetime(2026, 9, 14, 0, 0, tzinfo=UTC), 2, kind=4)
        assert isinstance(told, Told), told
        assert told.value == records
        none = await meter.load_records(datetime(2026, 9, 15, 0, 0, tzinfo=UTC), 2, kind=4)
        assert isinstance(none, Refused), none
        assert none.reason is Reason.NO_DATA

    on_line(answer, story)
    assert [(str(request.di), request.blocks, request.since.digits) for request in asked_for] == [
        ("06040001", 2, "2609140800"),
        ("06040001", 2, "2609150800"),
    ]


def test_clock_that_was_set_and_not_read_back_is_not_known() -> None:
    """An order after it is valid by our clock: how far the meter's was off before says nothing any more."""
    silent = False
    expiries: list[datetime] = []
    ahead = {"04000101": bytes.fromhex("01140926"), "04000102": bytes.fromhex("000010")}  # 10:00:00, two hours ahead

    def answer(request: dlt645.Message) -> dlt645.Message | None:
        nonlocal silent
        match request:
            case dlt645.ReadRequest(di=di):
                return None if silent else dlt645.ReadAnswer(di, ahead[str(di)])
            case dlt645.WriteRequest():
                silent = True
                return dlt645.WriteAnswer()
            case dlt645.RelayRequest(expires=expires):
                shown = expires.instant()
                assert shown is not None
                expiries.append(shown)
                return dlt645.RelayAnswer()
            case _:
                return None

    async def story(field: Field) -> None:
        meter = field.meter(shop(field))
        assert isinstance(await meter.clock(rank=Rank.CHECK), Told)
        assert isinstance(await meter.close(), Told)
        answered = await meter.set_clock()
        assert isinstance(answered, Told), answered
        assert answered.value == Accepted(How.UNKNOWN)
        assert isinstance(await meter.close(), Told)

    on_line(answer, story)
    before, after = expiries
    assert before - after > timedelta(hours=1, minutes=50)


def test_clock_that_shows_otherwise_was_not_taken() -> None:
    """A meter that accepts a clock and goes on with its own is told as such, with what it shows."""
    shows = {"04000101": bytes.fromhex("01140926"), "04000102": bytes.fromhex("000010")}

    def answer(request: dlt645.Message) -> dlt645.Message:
        if isinstance(request, dlt645.ReadRequest):
            return dlt645.ReadAnswer(request.di, shows[str(request.di)])
        return dlt645.WriteAnswer()

    async def story(field: Field) -> None:
        refused = await field.meter(shop(field)).set_clock()
        assert isinstance(refused, Refused), refused
        assert (refused.reason, refused.code) == (Reason.NOT_TAKEN, "shows 2026-09-14 02:00:00Z")

    on_line(answer, story)
