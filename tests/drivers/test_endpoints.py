"""Endpoints: texts that say how a device is reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import EndpointError
from drivers.link import Device, DeviceKind, DialsIn, Endpoint, Parity, SerialPort, Tcp, Topic, read_endpoint
from drivers.link.endpoints import BAUDS

HOSTS = st.sampled_from(["10.0.0.5", "gateway-7.example", "fd00::5"])
NAMES = st.text("abcXYZ019._-", min_size=1, max_size=64)
ENDPOINTS: st.SearchStrategy[Endpoint] = st.one_of(
    st.just(DialsIn()),
    st.builds(Tcp, HOSTS, st.integers(1, 65535)),
    st.builds(SerialPort, NAMES.map("/dev/{}".format), st.sampled_from(BAUDS), st.sampled_from(Parity)),
    st.builds(Topic, NAMES),
)


@given(endpoint=ENDPOINTS)
def test_an_endpoint_is_what_its_text_says(endpoint: Endpoint) -> None:
    """Written and read again, an endpoint is the same."""
    assert read_endpoint(str(endpoint)) == endpoint


@given(text=st.text(max_size=40))
def test_any_text_is_an_endpoint_or_an_error_that_shows_it(text: str) -> None:
    """Nothing else comes out of a text that somebody typed."""
    try:
        endpoint = read_endpoint(text)
    except EndpointError as error:
        told = str(error)
    else:
        told = repr(text) * (read_endpoint(str(endpoint)) == endpoint)
    assert repr(text) in told


def test_a_serial_port_is_as_the_standard_has_it() -> None:
    """Without a word about it a line has 2400 baud and even parity."""
    assert read_endpoint("serial:/dev/ttyUSB0") == SerialPort("/dev/ttyUSB0", 2400, Parity.EVEN)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tcp://10.0.0.5", "HOST:PORT"),
        ("tcp://10.0.0.5:0", "HOST:PORT"),
        ("tcp://10.0.0.5:70000", "HOST:PORT"),
        ("tcp://[fd00::5", "HOST:PORT"),
        ("tcp://10.0.0.5:4001/x", "HOST:PORT"),
        ("serial:?baud=2400", "serial:DEVICE"),
        ("serial:/dev/ttyUSB0?speed=2400", "nothing else"),
        ("serial:/dev/ttyUSB0?parity=X", "parity is"),
        ("mqtt:", "the name after"),
        ("mqtt:a/+", "the name after"),
        ("/dev/ttyUSB0", "begins with none"),
    ],
)
def test_what_leads_nowhere_is_told(text: str, told: str) -> None:
    """The error says what to write."""
    with pytest.raises(EndpointError, match=told):
        read_endpoint(text)


@pytest.mark.parametrize("kind", [DeviceKind.LINE_645, DeviceKind.LINE_698])
def test_a_line_does_not_dial_in(kind: DeviceKind) -> None:
    """A line says nothing by itself, so it has to be reached."""
    with pytest.raises(ValueError, match="say how it is reached"):
        Device(kind)
