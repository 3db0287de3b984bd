"""The DL/T 645 slave in a simulated meter: who is meant, which function, and how the answer is framed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from protocols import dlt645
from protocols.dlt645 import Address, Frame, Function, Message, Password, Refusal, SlaveSession
from protocols.dlt645.items.profile import Edition, profile
from protocols.errors import ProtocolError
from protocols.labcipher import ROOT_KEY
from simulators.meter.esam import Esam
from simulators.meter.memory import Lock
from simulators.meter.model import Meter
from simulators.meter.refusing import OTHER, SECURITY_OTHER, RefusedError
from simulators.meter.server1997 import HANDLERS_1997
from simulators.meter.slave645 import clearing, control, reading, security, setting, upkeep
from simulators.meter.slave645.unit import Unit

__all__ = ["Server645"]

Handler = Callable[[Unit, Any, datetime], Message | None]

HANDLERS_2007: Mapping[type, Handler] = {
    dlt645.ReadRequest: reading.read,
    dlt645.ReadBlocksRequest: reading.read_blocks,
    dlt645.ReadBlocksSinceRequest: reading.read_blocks,
    dlt645.ReadNextRequest: reading.read_next,
    dlt645.ReadAddressRequest: reading.read_address,
    dlt645.WriteRequest: setting.write,
    dlt645.RelayRequest: control.switch,
    dlt645.RelayShortRequest: control.switch_short,
    dlt645.RelaySecuredRequest: control.switch_secured,
    dlt645.ClearDemandRequest: clearing.clear_demand,
    dlt645.ClearMeterRequest: clearing.clear_meter,
    dlt645.ClearMeterSecuredRequest: clearing.clear_meter_secured,
    dlt645.ClearEventsRequest: clearing.clear_events_plain,
    dlt645.ClearEventsSecuredRequest: clearing.clear_events_secured,
    dlt645.WriteAddressRequest: upkeep.write_address,
    dlt645.FreezeRequest: upkeep.freeze,
    dlt645.ChangeBaudRequest: upkeep.change_baud,
    dlt645.ChangePasswordRequest: upkeep.change_password,
    dlt645.OutputRequest: upkeep.put_out,
    dlt645.BroadcastTime: upkeep.set_clock,
    dlt645.SecurityRequest: security.secure,
}
"""What is done at each request; a request that is not here is refused, what is no request is not answered."""

HANDLERS: Mapping[Edition, Mapping[type, Handler]] = {Edition.E2007: HANDLERS_2007, Edition.E1997: HANDLERS_1997}

BROADCAST = frozenset({dlt645.BroadcastTime, dlt645.FreezeRequest, dlt645.OutputRequest})
"""What may be said to all meters at once; none of them answers."""


class Server645:
    """Answers frames for one meter.

    ``password`` is that of its level for relay control, six digits, and of that for settings. ``root`` is the root key
    of the laboratory, from which the keys of a secured meter's chip follow.
    """

    def __init__(self, meter: Meter, password: Password, *, root: bytes = ROOT_KEY) -> None:
        self.meter = meter
        self._password = password
        self._root = root
        self._attend()

    def _attend(self) -> None:
        """Make ready to answer for the meter that hangs there now, which may have come in the place of another."""
        self._unit = Unit(self.meter, profile(self.meter.plate.profile))
        self._handlers = HANDLERS[self._unit.profile.edition]
        memory = self._memory = self.meter.memory
        if memory.session is None:
            memory.session = SlaveSession(self.address, self._unit.profile.edition)
        self._session = memory.session
        for level in {self._password.level, self._unit.profile.setting_level}:
            memory.locks.setdefault(level, Lock(self._password.digits))
        if self._unit.is_secured and memory.esam is None:
            memory.esam = Esam(self.meter.plate.asset, self.meter.load.seed, self._root, self.meter.wallet)

    @property
    def address(self) -> Address:
        """The address it answers to."""
        return self._unit.address

    def answer(self, frame: Frame, now: datetime) -> Frame | None:
        """Answer a request; None where a meter stays silent (foreign address, broadcast, an answer)."""
        if self.meter.memory is not self._memory:
            self._attend()
        match self._session.hear(frame):
            case dlt645.Reply(frame=part):
                return part
            case dlt645.Asked(request=request, answerable=answerable):
                answer = self._obey(request, frame, now)
            case dlt645.Malformed(answerable=answerable):
                answer = self._unread(frame)
            case dlt645.Overheard():
                return None
        return self._session.reply(answer) if answerable and answer is not None else None

    def _obey(self, request: Message, frame: Frame, now: datetime) -> Message | None:
        handler = self._handlers.get(type(request), _refuse)
        if isinstance(request, dlt645.Unknown) or (frame.address.is_broadcast and type(request) not in BROADCAST):
            return None
        try:
            return handler(self._unit, request, now)
        except RefusedError as error:
            return Refusal(frame.control.function, error.word, self._unit.profile.edition)
        except ProtocolError:
            return self._unread(frame)

    def _unread(self, frame: Frame) -> Refusal:
        function, edition = frame.control.function, self._unit.profile.edition
        unread = SECURITY_OTHER if (function, edition) == (Function.SECURITY, Edition.E2007) else OTHER
        return Refusal(function, unread, edition)


def _refuse(_unit: Unit, _request: object, _now: datetime) -> None:
    raise RefusedError(OTHER)
