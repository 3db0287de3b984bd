"""A concentrator: the daily freezes that it has collected by itself, of many meters in one request."""

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import partial

from clock import Clock
from drivers.link import Links, Rank, UnaskedMeter
from drivers.meter.asking import Inquiry, Question
from drivers.meter.model import Answer, Freeze, Freezes, MeterSettings, Reason, Silence
from drivers.meter.replies import Denied, Got, Missing, Reply, of_dar
from drivers.meter.roads import ConcentratorRoad
from drivers.meter.values698 import DAILY_FREEZES, FREEZE_COLUMNS, freeze_of
from protocols.dlt698 import (
    CSD,
    OAD,
    ROAD,
    TSA,
    Dar,
    DateTimeS,
    GetNextRequest,
    GetNextResponse,
    GetRecord,
    GetRecordRequest,
    GetRecordResponse,
    GetResponse,
    MeterAddresses,
    RecordBlock,
    ResultRecord,
    Selector5,
    Value,
)

TASK_RECORDS = OAD.parse("60120300")
METER_ADDRESS = OAD.parse("202A0200")
FREEZES = ROAD(DAILY_FREEZES, FREEZE_COLUMNS)
METERS_A_REQUEST = 30
"""Meters asked for at once: at some 75 bytes each the answer is one frame of 2 KB, or two pieces."""
MOST_BLOCKS = 64
"""Blocks of one answer; a terminal that sends more of them never ends."""

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

    async def _records(self, inquiry: Inquiry, day: date, addresses: list[str]) -> Reply[tuple[ResultRecord, ...]]:
        midnight = DateTimeS.of(datetime.combine(day, time()))
        meters = MeterAddresses(tuple(TSA.of(address) for address in addresses))
        wanted = GetRecord(TASK_RECORDS, Selector5(midnight, meters), (METER_ADDRESS, FREEZES))
        reply = await inquiry.read(lambda: self._question(GetRecordRequest(self._road.piid(), wanted)))
        if isinstance(reply, Got) and isinstance(reply.value, GetNextResponse):
            return await self._blocks(inquiry, reply.value)
        return _records_of(reply.value) if isinstance(reply, Got) else reply

    async def _blocks(self, inquiry: Inquiry, first: GetNextResponse) -> Reply[tuple[ResultRecord, ...]]:
        """Fetch the rest of an answer that comes in blocks (GetResponseNext); a repeat asks for the same block."""
        block = first
        records: tuple[ResultRecord, ...] = ()
        for _ in range(MOST_BLOCKS):
            content = _records_of(block)
            if not isinstance(content, Got):
                return content
            records += content.value
            if block.last:
                return Got(records)
            reply = await inquiry.read(partial(self._next, block.block))
            if not isinstance(reply, Got):
                return reply
            if not isinstance(reply.value, GetNextResponse) or reply.value.block != block.block + 1:
                return Missing(Silence.GARBLED)
            block = reply.value
        return Missing(Silence.GARBLED)

    def _next(self, block: int) -> Question[GetResponse]:
        return self._question(GetNextRequest(self._road.piid(), block))

    def _question(self, request: GetRecordRequest | GetNextRequest) -> Question[GetResponse]:
        return self._road.ask(request, (GetRecordResponse, GetNextResponse), Got)

    def _sort(
        self, reply: Reply[tuple[ResultRecord, ...]], day: date, addresses: list[str]
    ) -> dict[str, Reply[Freeze]]:
        """Give each meter asked for what its row says, the first with a value if it has several."""
        if not isinstance(reply, Got):
            return dict.fromkeys(addresses, reply)
        replies: dict[str, Reply[Freeze]] = dict.fromkeys(addresses, Denied(Reason.NO_DATA, "no row"))
        for record in reply.value:
            for row in record.result if not isinstance(record.result, Dar) else ():
                columns = dict(zip(record.columns, row, strict=True))
                address = _address(columns)
                if address not in replies:
                    self._links.observe(UnaskedMeter(self._link, address or "", self._clock.now()))
                elif not isinstance(replies[address], Got):
                    replies[address] = _freeze(columns, day)
        return replies


def _records_of(response: GetResponse) -> Reply[tuple[ResultRecord, ...]]:
    if isinstance(response, GetRecordResponse):
        records: tuple[ResultRecord, ...] = (response.record,)
    elif isinstance(response, GetNextResponse) and isinstance(response.content, RecordBlock):
        records = response.content.results
    elif isinstance(response, GetNextResponse) and isinstance(response.content, Dar):
        restart = response.content in _RESTART
        return Missing(Silence.GARBLED) if restart else of_dar(response.content)
    else:
        return Missing(Silence.GARBLED)
    refusal = next((record.result for record in records if isinstance(record.result, Dar)), None)
    if refusal is not None:
        return of_dar(refusal)
    return Got(records) if all(record.oad == TASK_RECORDS for record in records) else Missing(Silence.GARBLED)


def _address(columns: dict[CSD, Value]) -> str | None:
    value = columns.get(METER_ADDRESS)
    content = value.value if value is not None else None
    if isinstance(content, TSA):
        return content.digits
    return content.hex().upper() if isinstance(content, bytes) else None


def _freeze(columns: dict[CSD, Value], day: date) -> Reply[Freeze]:
    """Read the freeze out of its column, which is one array with an element for each OAD asked for."""
    for column, value in columns.items():
        if isinstance(column, ROAD) and column.oad == DAILY_FREEZES:
            if len(value.elements) == len(column.oads):
                return freeze_of(dict(zip(column.oads, value.elements, strict=True)), day)
            return Missing(Silence.NO_ANSWER if not value.elements else Silence.GARBLED)
    return Missing(Silence.GARBLED)
