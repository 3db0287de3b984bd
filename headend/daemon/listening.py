"""Where devices dial in: a port for each listener of the settings, over TLS where it has a certificate."""

import ssl
from collections.abc import Iterable

from drivers.link import Links
from headend.config import ConfigError, Listener


def tls_context(listener: Listener) -> ssl.SSLContext | None:
    """Give what a listener speaks TLS with, None for plain TCP.

    Raises :class:`~headend.config.ConfigError` for files that can't be used.
    """
    if listener.tls_certificate is None or listener.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(listener.tls_certificate, listener.tls_key)
        if listener.tls_clients is not None:
            context.load_verify_locations(listener.tls_clients)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(
            str(file) for file in (listener.tls_certificate, listener.tls_key, listener.tls_clients) if file
        )
        raise ConfigError(f"listen at {listener.host}:{listener.port}: {error}; mend {files}") from error
    return context


async def open_ports(links: Links, listeners: Iterable[Listener]) -> list[str]:
    """Open every port; gives their addresses as they were bound.

    Raises :class:`~headend.config.ConfigError` for one that can't be opened.
    """
    opened = []
    for listener in listeners:
        try:
            host, port = await links.listen(listener.host, listener.port, tls=tls_context(listener))
        except OSError as error:
            told = error.strerror or str(error)
            raise ConfigError(
                f"listen at {listener.host}:{listener.port}: {told}; mend [[listen]] in the settings"
            ) from error
        opened.append(f"{host}:{port}")
    return opened
