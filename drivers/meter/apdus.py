"""APDUs of DL/T 698.45 as answers: what answers a request that travelled inside of something else."""

from drivers.meter.model import Silence
from drivers.meter.replies import Got, Missing, Reply, of_error
from protocols.dlt698 import Apdu, ClientApdu, ServerApdu, ServerErrorResponse, parse_apdu
from protocols.errors import ProtocolError


def read_apdu(octets: bytes) -> Apdu | None:
    """Parse an APDU; None for what is none."""
    try:
        return parse_apdu(octets)
    except ProtocolError:
        return None


def answer_to(request: ClientApdu, octets: bytes) -> Reply[ServerApdu]:
    """Read an answer, which has the number of its request; an ERROR-Response is a refusal, whatever its number."""
    apdu = read_apdu(octets)
    if isinstance(apdu, ServerErrorResponse):
        return of_error(apdu)
    if not isinstance(apdu, ServerApdu) or apdu.piid.number != request.piid.number:
        return Missing(Silence.GARBLED)
    return Got(apdu)
