"""A concentrator: the daily freezes that it has collected by itself, of many meters in one request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial

from clock import Clock
from drivers.link import Links, Rank, UnaskedMeter
from drivers.meter.asking import Inquiry, Question
from drivers.meter.model import Answer, Freeze, Freezes, MeterSettings, Reason, Silence
from drivers.meter.replies import Denied, Got, Missing, Reply, of_dar, of_error
from drivers.meter.roads import ConcentratorRoad
from drivers.meter.values698 import DAILY_FREEZES, FREEZE_COLUMNS, freezes_of
from drivers.zone import BEIJING
from protocols.dlt698 import (
    OAD,
    ROAD,
    TSA,
    Dar,
    DataType,
    DateTimeS,
    GetNextRequest,
    GetNextResponse,
    GetRecord,
    GetRecordRequest,
    MeterAddresses,
    Selector5,
    ServerErrorResponse,
    parse_apdu,
)
from protocols.dlt698.digits import address_digits
from protocols.dlt698.records import STORES, BulkAnswer, BulkReader, BulkRecord, Table
from protocols.errors import RemoteProtocolError

TASK_RECORDS = OAD.parse("60120300")
METER_ADDRESS = OAD.parse("202A0200")
FREEZES = ROAD(DAILY_FREEZES, FREEZE_COLUMNS)
METERS_A_REQUEST = 30
"""Meters asked for at once: at some 75 bytes each the answer is one frame of 2 KB, or two pieces."""
MOST_BLOCKS = 64
"""Blocks of one answer; a terminal that sends more of them never ends."""

_RECORDS = BulkReader(
    {
        **STORES,
        DataType.OCTET_STRING: address_digits,
        DataType.DATE_TIME_S: lambda moment: moment.at(BEIJING),
        DataType.ENUM: repr,  # so that none of them is taken for a register
        DataType.OI: repr,
        DataType.BOOL: repr,
        DataType.BIT_STRING: repr,  # or for an address
        DataType.VISIBLE_STRING: repr,
        DataType.UTF8_STRING: repr,
    }
)
MOST_STARTS = 2
"""Times that an answer in blocks is begun; a concentrator that loses its place each time is asked the next round."""
PLACE_LOST = Missing(Silence.GARBLED, "the concentrator has lost its place in the blocks")
_RESTART = frozenset({Dar.FRAGMENTATION_CANCELLED, Dar.NOT_IN_FRAGMENTATION, Dar.BLOCK_NUMBER_INVALID})


@dataclass(frozen=True, slots=True)
class _Records:
    """What came of a concentrator's records, and why not all of it did."""

    records: tuple[BulkRecord, ...]
    lack: Denied | Missing | None = None


class Concentrator:
    """One concentrator, asked for what it has stored."""

    def __init__(self, link: str, road: ConcentratorRoad, clock: Clock, links: Links, settings: MeterSettings) -> None:
        self._link = link
        self._road = road
        self._clock = clock
        self._links = links
        self._settings = settings

    async def daily_freezes(
        self, day: date, addresses: Sequence[str], *, rank: Rank = Rank.POLL, until: datetime | None = None
    ) -> Freezes:
        """Read the freezes of `day` 00:00; the result has an answer for each address asked for.

        `NO_DATA`: the concentrator has no row of that meter; `NO_ANSWER`: the meter has not answered it yet.
        A row of a meter that was not asked for is dropped and told as `UnaskedMeter`.
        """
        last = self._clock.now() + self._settings.read_life if until is None else until
        asked = list(dict.fromkeys(addresses))
        answers: dict[str, Answer[Freeze]] = {}
        for at in range(0, len(asked), METERS_A_REQUEST):
            piece = asked[at : at + METERS_A_REQUEST]
            inquiry = Inquiry(self._clock, self._links, self._link, rank, last, self._settings.tries)
            replies = self._sort(await self._records(inquiry, day, piece), day, piece)
            answers |= {address: inquiry.answer(reply) for address, reply in replies.items()}
        return answers

    async def _records(self, inquiry: Inquiry, day: date, addresses: list[str]) -> _Records:
        midnight = DateTimeS.of(datetime.combine(day, time()))
        meters = MeterAddresses(tuple(TSA.of(address) for address in addresses))
        wanted = GetRecord(TASK_RECORDS, Selector5(midnight, meters), (METER_ADDRESS, FREEZES))
        for _ in range(MOST_STARTS):
            reply = await inquiry.read(lambda: self._question(GetRecordRequest(self._road.piid(), wanted)))
            found = await self._blocks(inquiry, reply.value) if isinstance(reply, Got) else _Records((), reply)
            if found.lack != PLACE_LOST:
                break
        return found

    async def _blocks(self, inquiry: Inquiry, first: BulkAnswer | None) -> _Records:
        """Fetch the rest of an answer that comes in blocks (GetResponseNext); a repeat asks for the same block."""
        block = first
        records: tuple[BulkRecord, ...] = ()
        for _ in range(MOST_BLOCKS):
            if block is None:
                return _Records(records, PLACE_LOST)
            content = _taken(block)
            if not isinstance(content, Got):
                return _Records(records, content)
            records += content.value
            if block.last:
                return _Records(records)
            assert block.block is not None, "only a block can be followed by others"
            reply = await inquiry.read(partial(self._next, block.block))
            if not isinstance(reply, Got):
                return _Records(records, reply)
            if reply.value is not None and reply.value.block != block.block + 1:
                break
            block = reply.value
        return _Records((), Missing(Silence.GARBLED))

    def _next(self, block: int) -> Question[BulkAnswer | None]:
        return self._question(GetNextRequest(self._road.piid(), block))

    def _question(self, request: GetRecordRequest | GetNextRequest) -> Question[BulkAnswer | None]:
        return self._road.itself.carry(request, _read)

    def _sort(self, found: _Records, day: date, addresses: list[str]) -> dict[str, Reply[Freeze]]:
        """Give each meter asked for what its rows say, and the others why there is no row of them."""
        lack = Denied(Reason.NO_DATA, "no row") if found.lack is None else found.lack
        replies: dict[str, Reply[Freeze]] = dict.fromkeys(addresses, lack)
        unasked: dict[str, None] = {}
        for record in found.records:
            assert isinstance(record.result, Table), "refusals were sorted out"
            told = record.result.values(METER_ADDRESS)
            for address, freeze in zip(told, freezes_of(record, day), strict=True):
                if address in replies:
                    replies[address] = _better(replies[address], freeze, lack)
                else:
                    unasked[address if isinstance(address, str) else ""] = None
        for address in unasked:
            self._links.observe(UnaskedMeter(self._link, address, self._clock.now()))
        return replies


def _better(known: Reply[Freeze], other: Reply[Freeze], lack: Reply[Freeze]) -> Reply[Freeze]:
    """Choose between two rows of a meter: numbers go before none, and of different numbers neither is believed."""
    if _rank(known, lack) == _rank(other, lack) == _NUMBERS and known != other:
        return Missing(Silence.GARBLED)
    return other if _rank(other, lack) > _rank(known, lack) else known


_NUMBERS = 3


def _rank(reply: Reply[Freeze], lack: Reply[Freeze]) -> int:
    if isinstance(reply, Got):
        return _NUMBERS if reply.value.total is not None else _NUMBERS - 1
    return 0 if reply == lack else 1


def _read(octets: bytes) -> Reply[BulkAnswer | None]:
    """Read an answer to columns; None: the concentrator has lost its place in the blocks (DAR 10, 11, 14)."""
    try:
        answer = _RECORDS.read(octets)
    except RemoteProtocolError:
        return Missing(Silence.GARBLED)
    if answer is not None:
        return Got(answer)
    match parse_apdu(octets):
        case GetNextResponse(content=Dar() as dar) if dar not in _RESTART:
            return of_dar(dar)
        case ServerErrorResponse() as error:
            return of_error(error)
        case GetNextResponse(content=Dar()):
            return Got(None)
        case _:
            return Missing(Silence.GARBLED)


def _taken(answer: BulkAnswer) -> Reply[tuple[BulkRecord, ...]]:
    """Take the records of an answer; one that is refused, or another table, stands for the whole answer."""
    refusal = next((record.result for record in answer.records if isinstance(record.result, Dar)), None)
    if refusal is not None:
        return of_dar(refusal)
    if any(record.oad != TASK_RECORDS for record in answer.records):
        return Missing(Silence.GARBLED)
    return Got(answer.records)
