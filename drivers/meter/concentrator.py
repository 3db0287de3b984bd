"""A concentrator: the daily freezes that it has collected by itself, of many meters in one request."""

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import partial

from clock import Clock
from drivers.link import Links, Rank, UnaskedMeter
from drivers.meter.asking import Inquiry, Question
from drivers.meter.model import Answer, Freeze, Freezes, MeterSettings, Reason, Silence
from drivers.meter.replies import Denied, Got, Missing, Reply, of_dar, of_error
from drivers.meter.roads import ConcentratorRoad
from drivers.meter.values698 import DAILY_FREEZES, FREEZE_COLUMNS, freezes_of, of_type
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
    GetRecordResponse,
    MeterAddresses,
    Selector5,
    ServerErrorResponse,
    parse_apdu,
)
from protocols.dlt698.digits import address_digits
from protocols.dlt698.records import STORES, BulkAnswer, BulkReader, Table

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
    }
)
_RESTART = frozenset({Dar.FRAGMENTATION_CANCELLED, Dar.NOT_IN_FRAGMENTATION, Dar.BLOCK_NUMBER_INVALID})


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
            inquiry = Inquiry(self._clock, self._links, self._link, rank, last)
            replies = self._sort(await self._records(inquiry, day, piece), day, piece)
            answers |= {address: inquiry.answer(reply) for address, reply in replies.items()}
        return answers

    async def _records(self, inquiry: Inquiry, day: date, addresses: list[str]) -> Reply[tuple[Table, ...]]:
        midnight = DateTimeS.of(datetime.combine(day, time()))
        meters = MeterAddresses(tuple(TSA.of(address) for address in addresses))
        wanted = GetRecord(TASK_RECORDS, Selector5(midnight, meters), (METER_ADDRESS, FREEZES))
        reply = await inquiry.read(lambda: self._question(GetRecordRequest(self._road.piid(), wanted)))
        return await self._blocks(inquiry, reply.value) if isinstance(reply, Got) else reply

    async def _blocks(self, inquiry: Inquiry, first: BulkAnswer) -> Reply[tuple[Table, ...]]:
        """Fetch the rest of an answer that comes in blocks (GetResponseNext); a repeat asks for the same block."""
        block = first
        tables: tuple[Table, ...] = ()
        for _ in range(MOST_BLOCKS):
            content = _tables(block)
            if not isinstance(content, Got):
                return content
            tables += content.value
            if block.last:
                return Got(tables)
            assert block.block is not None, "only a block can be followed by others"
            reply = await inquiry.read(partial(self._next, block.block))
            if not isinstance(reply, Got):
                return reply
            if reply.value.block != block.block + 1:
                return Missing(Silence.GARBLED)
            block = reply.value
        return Missing(Silence.GARBLED)

    def _next(self, block: int) -> Question[BulkAnswer]:
        return self._question(GetNextRequest(self._road.piid(), block))

    def _question(self, request: GetRecordRequest | GetNextRequest) -> Question[BulkAnswer]:
        return self._road.ask_raw(request, (GetRecordResponse, GetNextResponse), _read)

    def _sort(self, reply: Reply[tuple[Table, ...]], day: date, addresses: list[str]) -> dict[str, Reply[Freeze]]:
        """Give each meter asked for what its row says, the first with a value if it has several."""
        if not isinstance(reply, Got):
            return dict.fromkeys(addresses, reply)
        replies: dict[str, Reply[Freeze]] = dict.fromkeys(addresses, Denied(Reason.NO_DATA, "no row"))
        for table in reply.value:
            addresses_told = of_type(str, table.values(METER_ADDRESS))
            for address, freeze in zip(addresses_told, freezes_of(table, day), strict=True):
                if address is None or address not in replies:
                    self._links.observe(UnaskedMeter(self._link, address or "", self._clock.now()))
                elif not isinstance(replies[address], Got):
                    replies[address] = freeze
        return replies


def _read(octets: bytes) -> Reply[BulkAnswer]:
    """Read an answer to columns; what has no records is a refusal of the whole."""
    answer = _RECORDS.read(octets)
    if answer is not None:
        return Got(answer)
    match parse_apdu(octets):
        case GetNextResponse(content=Dar() as dar) if dar not in _RESTART:
            return of_dar(dar)
        case ServerErrorResponse() as error:
            return of_error(error)
        case _:
            return Missing(Silence.GARBLED)


def _tables(answer: BulkAnswer) -> Reply[tuple[Table, ...]]:
    refusal = next((record.result for record in answer.records if isinstance(record.result, Dar)), None)
    if refusal is not None:
        return of_dar(refusal)
    if any(record.oad != TASK_RECORDS for record in answer.records):
        return Missing(Silence.GARBLED)
    return Got(tuple(record.result for record in answer.records if isinstance(record.result, Table)))
