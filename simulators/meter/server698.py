"""The DL/T 698.45 server in a simulated meter: what it answers to which service.

A meter of a secured model has a security chip; the others have security off (F101 attribute 2 = 0), as on a test bench.
"""

from datetime import datetime, timedelta

from protocols import dlt698
from protocols.dlt698 import Apdu, Dar
from protocols.dlt698.models import model
from protocols.errors import ProtocolError
from protocols.labcipher import ROOT_KEY
from simulators.meter.esam698 import Esam698
from simulators.meter.model import Meter
from simulators.meter.rules698 import Level
from simulators.meter.services698 import Came, Services698

__all__ = ["Server698"]

NOT_PARSED = 1
SERVICE_NOT_SUPPORTED = 2
RELEASED = 0
FACTORY = "SIMU0001170101000117010100000000"
"""Maker, software and its date, hardware and its date, extension (厂商版本信息)."""
HEAD_END_KEYS = 0xA
"""High digit of CA with which the head-end's keys are meant."""


class Server698:
    """Answers for one meter; instants are those at which the frame arrives at it.

    ``services`` is what it can, item by item. ``root`` is the root key of the laboratory, from which the keys of a
    secured meter's chip follow.
    """

    def __init__(self, meter: Meter, *, root: bytes = ROOT_KEY) -> None:
        self.meter = meter
        self._root = root
        self._attend()

    def _attend(self) -> None:
        """Make ready to answer for the meter that hangs there now, which may have come in the place of another."""
        meter, memory = self.meter, self.meter.memory
        if memory.chip is None and model(meter.plate.profile).is_secured:
            memory.chip = Esam698(meter.plate.asset, meter.load.seed, self._root)
        self._memory = memory
        self._chip = memory.chip
        self.services = Services698(meter)

    def answer(self, request: Apdu, now: datetime, *, client: int = HEAD_END_KEYS << 4) -> Apdu | None:
        """Answer a client's APDU; a service that meters don't have gets an ERROR-Response, the rest nothing.

        ``client`` is CA, whose high digit chooses the keys: the chip has those of the head-end.
        """
        if self.meter.memory is not self._memory:
            self._attend()
        if self._chip is None:
            return self._serve(request, now, Level.PLAIN)
        match request:
            case dlt698.SecurityRequest():
                return self._secured(self._chip, request, now, client)
            case dlt698.ConnectRequest():
                return self._connect(self._chip, request, now)
            case dlt698.ReleaseRequest(piid=piid):
                self._chip.end()
                return dlt698.ReleaseResponse(piid, RELEASED)
            case _:
                return self._serve(request, now, Level.PLAIN)

    def _serve(self, request: Apdu, now: datetime, level: Level) -> Apdu | None:
        if not isinstance(request, dlt698.ClientApdu):
            return None
        piid, came, do = request.piid, Came(now, level, request.timetag), self.services
        answer: Apdu
        match request:
            case dlt698.GetNormalRequest(oad=oad):
                answer = dlt698.GetNormalResponse(piid, do.get(oad, came))
            case dlt698.GetListRequest(oads=oads):
                answer = dlt698.GetListResponse(piid, tuple(do.get(oad, came) for oad in oads))
            case dlt698.GetRecordRequest(record=record):
                answer = dlt698.GetRecordResponse(piid, do.record(record, came))
            case dlt698.GetRecordListRequest(records=records):
                answer = dlt698.GetRecordListResponse(piid, tuple(do.record(record, came) for record in records))
            case dlt698.SetNormalRequest(setting=setting):
                answer = dlt698.SetNormalResponse(piid, do.set(setting, came))
            case dlt698.SetListRequest(settings=settings):
                answer = dlt698.SetListResponse(piid, tuple(do.set(one, came) for one in settings))
            case dlt698.SetThenGetRequest(settings=settings):
                answer = dlt698.SetThenGetResponse(piid, tuple(do.set_then_get(one, came) for one in settings))
            case dlt698.ActionNormalRequest(action=action):
                answer = dlt698.ActionNormalResponse(piid, do.act(action, came))
            case dlt698.ActionListRequest(actions=actions):
                answer = dlt698.ActionListResponse(piid, tuple(do.act(one, came) for one in actions))
            case dlt698.ActionThenGetRequest(actions=actions):
                answer = dlt698.ActionThenGetResponse(piid, tuple(do.act_then_get(one, came) for one in actions))
            case _:
                answer = dlt698.ServerErrorResponse(piid, SERVICE_NOT_SUPPORTED)
        return answer

    def _secured(self, chip: Esam698, request: dlt698.SecurityRequest, now: datetime, client: int) -> Apdu:
        """Have the chip open a request, and protect the answer in the form that belongs to it."""
        if self._memory.is_locked(now):
            return dlt698.SecurityResponse(Dar.METER_SUSPENDED, None)
        is_ours = client >> 4 == HEAD_END_KEYS or isinstance(request.verification, dlt698.RandomNumber)
        opened = chip.open(request, now) if is_ours else Dar.ESAM_VERIFICATION_FAILED
        if isinstance(opened, Dar):
            return dlt698.SecurityResponse(opened, None)
        try:
            inner = dlt698.parse_apdu(opened.apdu)
        except ProtocolError:
            inner = None
        answer = None if inner is None else self._serve(inner, now, opened.level)
        if answer is None:
            answer = dlt698.ServerErrorResponse(dlt698.Piid(0), NOT_PARSED)
        return chip.answer(opened, dlt698.build_apdu(answer))

    def _connect(self, chip: Esam698, request: dlt698.ConnectRequest, now: datetime) -> dlt698.ConnectResponse:
        proof: dlt698.SecurityData | None = None
        granted, result = timedelta(), dlt698.ConnectResult.OTHER
        if isinstance(request.mechanism, dlt698.SymmetricSecurity) and not self._memory.is_locked(now):
            told = chip.connect(request.mechanism, timedelta(seconds=request.timeout), now)
            if isinstance(told, tuple):
                (proof, granted), result = told, dlt698.ConnectResult.ALLOWED
            else:
                result = told
        seconds = granted // timedelta(seconds=1)
        return dlt698.ConnectResponse(
            request.piid, FACTORY, request.conformance, request.limits, seconds, result, proof
        )
