"""Certificates for a head-end and a device, made on the spot, and contexts in which each trusts the other alone."""

import ssl
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
LAST = datetime(2120, 1, 1, tzinfo=UTC)  # the machine's clock judges them, whatever time a story has


class Certificates:
    """Two certificates that vouch for themselves, as files."""

    def __init__(self, folder: Path) -> None:
        self._ours = _made(folder / "head-end.pem", "head-end")
        self._theirs = _made(folder / "device.pem", "device")

    def contexts(self) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        """Give the contexts of our side and of the device's."""
        ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ours.verify_mode = ssl.CERT_REQUIRED
        theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for context, own, other in ((ours, self._ours, self._theirs), (theirs, self._theirs, self._ours)):
            context.load_cert_chain(own)
            context.load_verify_locations(other)
        return ours, theirs


def _made(path: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(FIRST)
        .not_valid_after(LAST)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form) + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
