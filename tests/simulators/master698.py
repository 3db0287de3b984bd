"""A master of one DL/T 698.45 meter for tests: APDUs that have been bytes in both directions."""

from datetime import datetime

from protocols import dlt698
from protocols.dlt698 import OAD, OMD, TI, Dar, DateTimeS, Piid, TimeTag, Value
from simulators.localtime import local
from simulators.meter import Meter, Server698


class Master698:
    """Asks one meter at an instant that moves with ``now``."""

    def __init__(self, meter: Meter, now: datetime) -> None:
        self.meter = meter
        self.now = now

    def ask(self, request: dlt698.Apdu) -> dlt698.Apdu:
        """Send an APDU as bytes and read the answer from bytes."""
        answer = Server698(self.meter).answer(dlt698.parse_apdu(dlt698.build_apdu(request)), self.now)
        assert answer is not None
        return dlt698.parse_apdu(dlt698.build_apdu(answer))

    def get(self, oad: str) -> Value | Dar:
        """Read one attribute."""
        answer = self.ask(dlt698.GetNormalRequest(Piid(5), OAD.parse(oad)))
        assert isinstance(answer, dlt698.GetNormalResponse)
        return answer.result.result

    def set(self, oad: str, value: Value) -> Dar:
        """Set one attribute."""
        answer = self.ask(dlt698.SetNormalRequest(Piid(4), dlt698.Setting(OAD.parse(oad), value)))
        assert isinstance(answer, dlt698.SetNormalResponse)
        return answer.result.dar

    def act(self, omd: str, parameter: Value) -> Dar:
        """Carry out one method, with a TimeTag of now."""
        tag = TimeTag(DateTimeS.of(local(self.now)), TI(1, 5))
        request = dlt698.ActionNormalRequest(Piid(6), dlt698.Action(OMD.parse(omd), parameter), timetag=tag)
        answer = self.ask(request)
        assert isinstance(answer, dlt698.ActionNormalResponse)
        return answer.result.dar

    def rows(self, oad: str, selector: dlt698.RSD, *columns: str) -> list[tuple[Value, ...]] | Dar:
        """Read records."""
        wanted = dlt698.GetRecord(OAD.parse(oad), selector, tuple(map(OAD.parse, columns)))
        answer = self.ask(dlt698.GetRecordRequest(Piid(1), wanted))
        assert isinstance(answer, dlt698.GetRecordResponse)
        result = answer.record.result
        return result if isinstance(result, Dar) else list(result)
