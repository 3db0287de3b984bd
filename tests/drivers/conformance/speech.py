"""What goes over the roads: numbered questions and their answers in the dialects that devices speak."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from drivers.link import DeviceKind, Expect, Expect698
from protocols import dlt645, dlt698
from tests.drivers.peers import answer_645, frame_698, get_response, link_request, read_645


class Speech(ABC):
    """One dialect of one kind of device. Questions are numbered from 1 to 7."""

    kind: DeviceKind

    @abstractmethod
    def request(self, number: int) -> bytes:
        """Build a question."""

    @abstractmethod
    def expects(self, number: int) -> Expect:
        """Tell how its answer is known."""

    @abstractmethod
    def answer(self, number: int, *, foreign: bool = False) -> bytes:
        """Build its answer, or the one that another device would give."""

    def hello(self) -> bytes:
        """Build what the device says by itself when it has dialled in."""
        return b""

    def is_welcome(self, data: bytes) -> bool:
        """Whether bytes are all of the answer to the hello; most hellos are not answered."""
        return not data


@dataclass(frozen=True)
class Speech645(Speech):
    """A line of DL/T 645 meters; a DTU says whose line it is."""

    kind: DeviceKind = DeviceKind.LINE_645
    name: str = ""
    meter: str = "000000003001"
    stranger: str = "000000003002"

    def request(self, number: int) -> bytes:
        """See `Speech.request`."""
        return read_645(self.meter, self._item(number))

    def expects(self, number: int) -> Expect:
        """See `Speech.expects`."""
        return dlt645.Expected.of(dlt645.parse_frame(self.request(number)))

    def answer(self, number: int, *, foreign: bool = False) -> bytes:
        """See `Speech.answer`."""
        return answer_645(self.stranger if foreign else self.meter, self._item(number), bytes([number, 0]))

    def hello(self) -> bytes:
        """See `Speech.hello`."""
        return f"REG:{self.name}\r\n".encode() if self.name else b""

    @staticmethod
    def _item(number: int) -> str:
        return f"040005{number:02d}"


REPORTED = dlt698.OAD.parse("33200200")


@dataclass(frozen=True)
class Speech698(Speech):
    """A concentrator, which logs in where it dials, or a line of DL/T 698.45 meters."""

    kind: DeviceKind = DeviceKind.LINE_698
    server: str = "000000001001"
    stranger: str = "000000001002"

    def request(self, number: int) -> bytes:
        """See `Speech.request`."""
        get = dlt698.GetNormalRequest(dlt698.Piid(number), dlt698.OAD.parse("40000200"))
        return frame_698(get, 0x43, self.server)

    def expects(self, number: int) -> Expect:
        """See `Speech.expects`."""
        return Expect698(self.server, number, 133, frozenset({1}))

    def answer(self, number: int, *, foreign: bool = False) -> bytes:
        """See `Speech.answer`."""
        return get_response(number, number, self.stranger if foreign else self.server)

    def report(self, number: int) -> bytes:
        """Build what the device reports by itself (主动上报)."""
        value = dlt698.Value(dlt698.DataType.UNSIGNED, number)
        result = dlt698.ResultNormal(REPORTED, value)
        return frame_698(dlt698.ReportListNotification(dlt698.Piid(number), (result,)), 0x83, self.server)

    def receipt(self, number: int) -> dlt698.Apdu:
        """Give what it is answered once the report is kept."""
        return dlt698.ReportListResponse(dlt698.Piid(number), (REPORTED,))

    def hello(self) -> bytes:
        """See `Speech.hello`."""
        return link_request(dlt698.LinkKind.LOGIN, self.server)

    def is_welcome(self, data: bytes) -> bool:
        """See `Speech.is_welcome`."""
        told = [event for event in dlt698.Receiver().receive(data) if isinstance(event, dlt698.FrameReceived)]
        return bool(told)
