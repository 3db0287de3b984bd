"""Answers that are not what they seem: a concentrator by hand that puts anything into its responses."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from drivers.link import Rank, UnaskedMeter
from drivers.meter import (
    Answer,
    Dialect,
    Field,
    MeterSettings,
    Place,
    Reason,
    Refused,
    Road,
    Silence,
    Silent,
    Told,
    Way,
)
from protocols import dlt645, dlt698
from protocols.dlt698 import OAD, ROAD, TSA, Dar, DataType, DateTimeS, Value, array
from tests.drivers.peers import A_698, Office, Peer, answer_645, apdu_in, frame_698, in_office

NEW = "000000001001"
OTHER = "000000001002"
OLD = "000000002001"
DAY = date(2026, 9, 14)
ENERGIES = "0001FF00"
ENERGY = bytes.fromhex("78563400 78563400 00000000 00000000 00000000")
FORWARD = OAD.parse("00100200")
TABLE = OAD.parse("60120300")
FREEZES = ROAD(OAD.parse("50040200"), (OAD.parse("20210200"), FORWARD, OAD.parse("00200200")))
COLUMNS = (OAD.parse("202A0200"), FREEZES)

Reply = Callable[[dlt698.ClientApdu], dlt698.Apdu]


def refusal_645(word: bytes) -> bytes:
    """Build a refusal to a read."""
    message = dlt645.Refusal(dlt645.Function.READ, word)
    return dlt645.build_frame(dlt645.build_message(dlt645.Address.meter(OLD), message), wakeup=0)


def forwarded(result: bytes | Dar) -> Reply:
    """Answer a forwarded frame."""

    def reply(request: dlt698.ClientApdu) -> dlt698.Apdu:
        assert isinstance(request, dlt698.ProxyTransRequest)
        return dlt698.ProxyTransResponse(request.piid, request.port, result)

    return reply


def proxied(address: str, oad: OAD, result: Value | Dar) -> Reply:
    """Answer a PROXY GET."""

    def reply(request: dlt698.ClientApdu) -> dlt698.Apdu:
        told = dlt698.TargetResult(TSA.of(address), (dlt698.ResultNormal(oad, result),))
        return dlt698.ProxyGetListResponse(request.piid, (told,))

    return reply


def error(request: dlt698.ClientApdu) -> dlt698.Apdu:
    """Answer that nothing was understood."""
    return dlt698.ServerErrorResponse(request.piid, 1)


async def serve(peer: Peer, replies: list[Reply]) -> None:
    """Answer one request after the other, the last way for ever."""
    while True:
        request = apdu_in(await peer.inbox.get())
        assert isinstance(request, dlt698.ClientApdu)
        peer.send(frame_698((replies.pop(0) if len(replies) > 1 else replies[0])(request)))


def with_concentrator(replies: list[Reply], story: Callable[[Office, Field], object]) -> None:
    """Run a story against a concentrator that answers so."""

    async def main(office: Office) -> None:
        peer = await office.concentrator()
        office.clock.spawn(serve(peer, replies), name="concentrator")
        field = Field(office.clock, office.links, MeterSettings())
        await story(office, field)  # type: ignore[misc]  # a story is a coroutine function

    in_office(main)


def asked_old(replies: list[Reply]) -> Answer[object]:
    """Read the registers of the old meter."""
    answers: list[Answer[object]] = []

    async def story(_: Office, field: Field) -> None:
        meter = field.meter(Place(OLD, Dialect.DLT645, Road.FORWARD, A_698))
        answers.append(await meter.registers(rank=Rank.POLL))

    with_concentrator(replies, story)
    return answers[0]


def asked_new(replies: list[Reply]) -> Answer[object]:
    """Read the registers of the new meter."""
    answers: list[Answer[object]] = []

    async def story(_: Office, field: Field) -> None:
        meter = field.meter(Place(NEW, Dialect.DLT698, Road.PROXY, A_698))
        answers.append(await meter.registers(rank=Rank.POLL))

    with_concentrator(replies, story)
    return answers[0]


@pytest.mark.parametrize(
    "inner",
    [
        answer_645(OTHER, ENERGIES, ENERGY),
        answer_645(OLD, "00010000", ENERGY[:4]),
        answer_645(OLD, ENERGIES, ENERGY)[:-3],
        b"\x00" * 40,
        answer_645(OLD, ENERGIES, ENERGY).replace(b"\x91", b"\x94"),
    ],
    ids=["other meter", "other item", "cut", "noise", "check sum"],
)
def test_inner_frame_that_is_no_answer_is_garbled(inner: bytes) -> None:
    """A forwarded frame of another meter, of another item or damaged is never a value, only garbled."""
    answer = asked_old([forwarded(inner)])
    assert isinstance(answer, Silent), answer
    assert (answer.reason, answer.sent) == (Silence.GARBLED, True)
    assert sum(frame.way is Way.IN for frame in answer.trace) == 3


@pytest.mark.parametrize("payload", [ENERGY[:-1], b"\xaa" * 20], ids=["length", "digits"])
def test_nonsense_in_a_sound_frame_is_garbled(payload: bytes) -> None:
    """What a meter itself sends wrongly is no value, and asking again would give the same."""
    answer = asked_old([forwarded(answer_645(OLD, ENERGIES, payload))])
    assert isinstance(answer, Silent), answer
    assert answer.reason is Silence.GARBLED
    assert sum(frame.way is Way.IN for frame in answer.trace) == 1


@pytest.mark.parametrize(
    ("reply", "reason", "code"),
    [
        (forwarded(Dar.OBJECT_DOES_NOT_EXIST), Reason.OBJECT_UNDEFINED, "DAR 6"),
        (forwarded(Dar.OTHER), Reason.OTHER, "DAR 255"),
        (forwarded(refusal_645(b"\x02")), Reason.NO_DATA, "ERR 02"),
        (forwarded(refusal_645(b"\x04")), Reason.NOT_AUTHORISED, "ERR 04"),
        (forwarded(refusal_645(b"\x04\x00")), Reason.AUTHENTICATION, "SERR 0004"),
        (forwarded(refusal_645(b"\xfe")), Reason.NO_DATA, "ERR FE"),
        (error, Reason.NOT_UNDERSTOOD, "ERROR 1"),
    ],
)
def test_refusals_of_concentrator_and_meter_are_told_apart(reply: Reply, reason: Reason, code: str) -> None:
    """The code says who refused: DAR and ERROR the concentrator, ERR and SERR the meter; none is repeated."""

    async def story(_: Office, field: Field) -> None:
        answer = await field.meter(Place(OLD, Dialect.DLT645, Road.FORWARD, A_698)).clock(rank=Rank.POLL)
        assert isinstance(answer, Refused), answer
        assert (answer.reason, answer.code) == (reason, code)
        assert sum(frame.way is Way.OUT for frame in answer.trace) == 1

    with_concentrator([reply], story)


@pytest.mark.parametrize("result", [Dar.REQUEST_TIMEOUT, b""])
def test_meter_that_did_not_answer_its_concentrator_is_silent(result: bytes | Dar) -> None:
    """A time-out of the concentrator, or its empty answer, is the meter's silence, and is repeated."""
    answer = asked_old([forwarded(result)])
    assert isinstance(answer, Silent), answer
    assert answer.reason is Silence.NO_ANSWER
    assert sum(frame.way is Way.IN for frame in answer.trace) == 3


def test_meter_without_blocks_is_read_one_by_one() -> None:
    """Where a block is refused as no data its members are asked for, total first."""
    no_data = forwarded(refusal_645(b"\x02"))
    total = forwarded(answer_645(OLD, "00010000", ENERGY[:4]))
    answer = asked_old([no_data, total, no_data])
    assert isinstance(answer, Told), answer
    assert (answer.value.total, answer.value.tariffs) == (Decimal("3456.78"), ())  # type: ignore[attr-defined]  # registers


def test_late_inner_answer_does_not_spoil_the_repeat() -> None:
    """A frame of another item in the first answer costs a try; the right one then counts."""
    late = answer_645(OLD, "00010000", ENERGY[:4])
    answer = asked_old([forwarded(late), forwarded(b"\xfe\xfe" + answer_645(OLD, ENERGIES, ENERGY))])
    assert isinstance(answer, Told), answer
    assert answer.value.total == Decimal("3456.78")  # type: ignore[attr-defined]  # registers


@pytest.mark.parametrize(
    ("address", "oad"), [(OTHER, FORWARD), (NEW, OAD.parse("00200200"))], ids=["other meter", "other object"]
)
def test_proxy_answer_for_somebody_else_is_garbled(address: str, oad: OAD) -> None:
    """A PROXY response about another meter or another object is never a value."""
    energy = array(Value(DataType.DOUBLE_LONG_UNSIGNED, 1))
    answer = asked_new([proxied(address, oad, energy)])
    assert isinstance(answer, Silent), answer
    assert answer.reason is Silence.GARBLED


def test_a_freeze_of_another_meter_is_told_as_such() -> None:
    """The answer is sound and bears another address: the value is rejected, and the address told."""

    def reply(request: dlt698.ClientApdu) -> dlt698.Apdu:
        assert isinstance(request, dlt698.ProxyGetRecordRequest)
        record = dlt698.ResultRecord(request.record.oad, request.record.columns, ())
        return dlt698.ProxyGetRecordResponse(request.piid, TSA.of(OTHER), record)

    async def story(office: Office) -> None:
        office.clock.spawn(serve(await office.concentrator(), [reply]), name="concentrator")
        field = Field(office.clock, office.links, MeterSettings())
        meter = field.meter(Place(NEW, Dialect.DLT698, Road.PROXY, A_698))
        answer = await meter.daily_freeze(DAY)
        assert isinstance(answer, Silent), answer
        assert (answer.reason, answer.detail) == (Silence.OTHER_METER, OTHER)

    in_office(story)


@pytest.mark.parametrize("missing", [Value(DataType.DOUBLE_LONG_UNSIGNED, 0xFFFFFFFF), dlt698.NULL])
def test_register_that_the_meter_marks_as_missing_is_none(missing: Value) -> None:
    """FFFFFFFF and NULL are no readings, and never zero."""
    answer = asked_new([proxied(NEW, FORWARD, array(missing, missing))])
    assert isinstance(answer, Told), answer
    assert (answer.value.total, answer.value.tariffs) == (None, ())  # type: ignore[attr-defined]  # registers


def row(address: str, day: date | None, kwh: int) -> tuple[Value, ...]:
    """Build a row of the concentrator's table; no day: the meter was not read."""
    tsa = Value(DataType.TSA, TSA.of(address))
    if day is None:
        return tsa, dlt698.NULL
    stamp = Value(DataType.DATE_TIME_S, DateTimeS(day.year, day.month, day.day, 0, 0, 0))
    energy = array(*(Value(DataType.DOUBLE_LONG_UNSIGNED, number) for number in (kwh, kwh)))
    return tsa, array(stamp, energy, dlt698.NULL)


def rows(*told: tuple[Value, ...]) -> Reply:
    """Answer a record request with these rows."""
    return lambda request: dlt698.GetRecordResponse(request.piid, dlt698.ResultRecord(TABLE, COLUMNS, told))


def block(number: int, *told: tuple[Value, ...], last: bool) -> Reply:
    """Answer with one block of rows."""
    content = dlt698.RecordBlock((dlt698.ResultRecord(TABLE, COLUMNS, told),))
    return lambda request: dlt698.GetNextResponse(request.piid, last, number, content)


def refused_block(number: int, dar: Dar) -> Reply:
    """Answer with a DAR in place of a block."""
    return lambda request: dlt698.GetNextResponse(request.piid, last=True, block=number, content=dar)


def test_rows_are_credited_to_their_meters_only() -> None:
    """An unasked meter's row is told and dropped; yesterday's row under today's stamp is refused."""

    async def story(office: Office, field: Field) -> None:
        answers = await field.concentrator(A_698).daily_freezes(DAY, [NEW, OLD, OTHER])
        new, old, other = answers[NEW], answers[OLD], answers[OTHER]
        assert isinstance(new, Told), new
        assert new.value.total == Decimal("111.11")
        assert isinstance(old, Refused), old
        assert (old.reason, old.code) == (Reason.OTHER_DAY, "2026-09-13 00:00")
        assert isinstance(other, Silent), other
        assert other.reason is Silence.NO_ANSWER
        assert [told.address for told in office.told(UnaskedMeter)] == ["000000009999"]
        assert len(answers) == 3

    told = rows(
        row("000000009999", DAY, 99999),
        row(OLD, DAY - timedelta(days=1), 22222),
        row(NEW, DAY, 11111),
        row(OTHER, None, 0),
    )
    with_concentrator([told], story)


def test_row_without_value_does_not_hide_one_with() -> None:
    """Of several rows of one meter one with a value counts."""

    async def story(_: Office, field: Field) -> None:
        answers = await field.concentrator(A_698).daily_freezes(DAY, [NEW])
        told = answers[NEW]
        assert isinstance(told, Told), told
        assert told.value.total == Decimal("111.11")

    with_concentrator([rows(row(NEW, None, 0), row(NEW, DAY, 11111), row(NEW, DAY, 11111))], story)


def test_of_rows_with_different_registers_none_is_believed() -> None:
    """A meter has one freeze of a day; it is asked itself which."""

    async def story(_: Office, field: Field) -> None:
        answers = await field.concentrator(A_698).daily_freezes(DAY, [NEW])
        told = answers[NEW]
        assert isinstance(told, Silent), told
        assert told.reason is Silence.GARBLED

    with_concentrator([rows(row(NEW, DAY, 11111), row(NEW, DAY, 22222))], story)


def test_blocks_are_begun_again_where_the_concentrator_has_lost_its_place() -> None:
    """DAR 11 in place of a block says that the rest is gone, not that there is none: the read starts again."""

    async def story(_: Office, field: Field) -> None:
        answers = await field.concentrator(A_698).daily_freezes(DAY, [NEW, OLD])
        totals = [told.value.total for told in answers.values() if isinstance(told, Told)]
        assert totals == [Decimal("1.11"), Decimal("2.22")]

    lost = refused_block(2, Dar.NOT_IN_FRAGMENTATION)
    again = [block(1, row(NEW, DAY, 111), last=False), block(2, row(OLD, DAY, 222), last=True)]
    with_concentrator([block(1, row(NEW, DAY, 111), last=False), lost, *again], story)


def test_what_came_before_a_refused_block_is_kept() -> None:
    """The meters of the first block have been read; only the others have not."""

    async def story(_: Office, field: Field) -> None:
        answers = await field.concentrator(A_698).daily_freezes(DAY, [NEW, OLD])
        assert isinstance(answers[NEW], Told), answers[NEW]
        refused = answers[OLD]
        assert isinstance(refused, Refused), refused
        assert refused.reason is Reason.HARDWARE

    broken = refused_block(2, Dar.HARDWARE_FAILURE)
    with_concentrator([block(1, row(NEW, DAY, 111), last=False), broken], story)


@pytest.mark.parametrize("first", [0, 1])
def test_answer_in_blocks_is_put_together(first: int) -> None:
    """A concentrator whose answer does not fit sends blocks, numbered from 0 or 1; all rows count."""

    async def story(_: Office, field: Field) -> None:
        answers = await field.concentrator(A_698).daily_freezes(DAY, [NEW, OLD, OTHER])
        totals = [told.value.total for told in answers.values() if isinstance(told, Told)]
        assert totals == [Decimal("1.11"), Decimal("2.22"), Decimal("3.33")]

    blocks = [
        block(first, row(NEW, DAY, 111), last=False),
        block(first + 1, row(OLD, DAY, 222), last=False),
        block(first + 2, row(OTHER, DAY, 333), last=True),
    ]
    with_concentrator(blocks, story)


def test_block_out_of_order_spoils_the_answer() -> None:
    """A block with another number than the next is no continuation."""

    async def story(_: Office, field: Field) -> None:
        answers = await field.concentrator(A_698).daily_freezes(DAY, [NEW])
        answer = answers[NEW]
        assert isinstance(answer, Silent), answer
        assert answer.reason is Silence.GARBLED

    with_concentrator([block(1, row(NEW, DAY, 111), last=False), block(3, last=True)], story)


def test_refused_table_refuses_every_meter() -> None:
    """A concentrator without that table refuses once for all that were asked for."""

    async def story(_: Office, field: Field) -> None:
        answers = await field.concentrator(A_698).daily_freezes(DAY, [NEW, OLD])
        reasons = [answer.reason for answer in answers.values() if isinstance(answer, Refused)]
        assert reasons == [Reason.OBJECT_UNDEFINED] * 2

    def refuse(request: dlt698.ClientApdu) -> dlt698.Apdu:
        record = dlt698.ResultRecord(TABLE, COLUMNS, Dar.OBJECT_UNDEFINED)
        return dlt698.GetRecordResponse(request.piid, record)

    with_concentrator([refuse], story)
