"""The PyPI package dlt645 at the other end of a real TCP connection: its server read by us, our meter read by it."""

import socket
from decimal import Decimal
from threading import Thread

import pytest
from dlt645.service.serversvc.server_service import MeterServerService
from dlt645.transport.client.tcp_client import TcpClient

from protocols.dlt645 import (
    DI,
    Address,
    Answered,
    Asked,
    MasterSession,
    Message,
    ReadAddressAnswer,
    ReadAddressRequest,
    ReadAnswer,
    ReadRequest,
    Refusal,
    SlaveSession,
    build_message,
    read_payload,
    write_payload,
)
from tests.protocols.dlt645 import peer

METER = Address("202311150001")
HOST = "127.0.0.1"
PATIENCE = 60.0
ITEMS = {
    DI(0x00010000): Decimal("123456.78"),
    DI(0x02010100): Decimal("220.5"),
    DI(0x02020100): Decimal("-4.321"),
    DI(0x02030000): Decimal("-0.3412"),
    DI(0x02800002): Decimal("50.01"),
}


def exchange(line: socket.socket, session: MasterSession, message: Message) -> Message:
    """Ask their server and wait for its answer."""
    line.sendall(session.ask(build_message(METER, message)))
    while True:
        received = line.recv(1024)
        assert received, "their server closed the connection"
        answered = [event.message for event in session.receive(received) if isinstance(event, Answered)]
        if answered:
            return answered[0]


def test_we_read_their_server() -> None:
    """Every number comes exactly as it was set, an item that is not there as a refusal, the address as it is."""
    with MeterServerService.new_tcp_server(HOST, 0, PATIENCE) as theirs:
        theirs.address = bytearray(METER.to_wire())
        for di, value in ITEMS.items():
            theirs.data_map[int(di)].value = float(value)
        with socket.create_connection((HOST, theirs.server.port), timeout=PATIENCE) as line:
            session = MasterSession()
            for di, value in ITEMS.items():
                told = exchange(line, session, ReadRequest(di))
                assert isinstance(told, ReadAnswer)
                assert read_payload(di, told.payload).value == value
            refused = exchange(line, session, ReadRequest(DI(0x00FE0000)))
            assert isinstance(refused, Refusal)
            assert refused.gives("no_requested_data")
            assert exchange(line, session, ReadAddressRequest()) == ReadAddressAnswer(METER)


def serve(listener: socket.socket, session: SlaveSession) -> None:
    """Be a meter for one connection."""
    line, _ = listener.accept()
    with line:
        while received := line.recv(1024):
            for event in session.receive(received):
                assert isinstance(event, Asked), event
                assert isinstance(event.request, ReadRequest)
                di = event.request.di
                line.sendall(session.answer(ReadAnswer(di, write_payload(di, ITEMS[di]))))


@pytest.mark.parametrize("wakeup", [0, 4])
def test_their_client_reads_our_meter(wakeup: int) -> None:
    """Every number arrives at their client as the float next to it, behind wake-up bytes or none."""
    theirs, _ = peer.client(METER.to_wire())
    with socket.create_server((HOST, 0)) as listener:
        meter = Thread(target=serve, args=(listener, SlaveSession(METER, wakeup=wakeup)), daemon=True)
        meter.start()
        with TcpClient(ip=HOST, port=listener.getsockname()[1], timeout=PATIENCE) as line:
            theirs.client = line
            for di, value in ITEMS.items():
                assert theirs.read_00(int(di)).value == float(value)
        meter.join(PATIENCE)
    assert not meter.is_alive()
