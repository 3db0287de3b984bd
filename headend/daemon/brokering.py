"""The MQTT broker of the settings, as the drivers take it."""

import ssl
from datetime import timedelta

from clock import Clock, RealClock
from drivers.errors import BrokerError
from drivers.link import BrokerSettings
from headend.config import ConfigError, Mqtt


def broker_settings(mqtt: Mqtt, clock: Clock) -> BrokerSettings | None:
    """Tell the drivers where the broker is; None where no host is named.

    Raises :class:`~headend.config.ConfigError` for topics or files that can't be used, and for a clock that is stepped:
    a broker lives in real time.
    """
    if not mqtt.host:
        return None
    if not isinstance(clock, RealClock):
        raise ConfigError("mqtt.host: a broker goes by real time; remove it, or start without --follow")
    try:
        return BrokerSettings(
            host=mqtt.host,
            port=mqtt.port,
            client_id=mqtt.client_id,
            username=mqtt.username or None,
            password=mqtt.password.get_secret_value() or None,
            tls=_tls_context(mqtt) if mqtt.tls else None,
            up=mqtt.up,
            down=mqtt.down,
            status=mqtt.status,
            life=timedelta(seconds=mqtt.life),
            session=timedelta(seconds=mqtt.session),
        )
    except BrokerError as error:
        raise ConfigError(f"mqtt: {error}") from error


def _tls_context(mqtt: Mqtt) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=mqtt.tls_authorities)
        if mqtt.tls_certificate is not None:
            context.load_cert_chain(mqtt.tls_certificate, mqtt.tls_key)
    except (OSError, ssl.SSLError) as error:
        given = (mqtt.tls_authorities, mqtt.tls_certificate, mqtt.tls_key)
        raise ConfigError(f"mqtt: {error}; mend {', '.join(str(file) for file in given if file)}") from error
    return context
