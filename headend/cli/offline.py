"""Reading acts on the database itself, while no daemon runs."""

from collections.abc import Mapping
from typing import Any

import typer

from headend.cli.errors import InputError
from headend.cli.paths import Paths
from headend.desk import Caller, DeskError, Role, read
from headend.store import BUSINESS_ZONE, SchemaError, Site, snapshot


def read_offline(paths: Paths, act: str, args: Mapping[str, Any]) -> Any:
    """Do a reading act on a read-only snapshot and give its result; a note says how old it is.

    Who may read the file may read all of it. Raises :class:`InputError`.
    """
    site = Site(lab=paths.lab, service_key=paths.service_key.encode())
    try:
        with snapshot(paths.database, site) as view:
            at = view.now.astimezone(BUSINESS_ZONE)
            typer.secho(f"no daemon answers; this is the database as of {at:%Y-%m-%d %H:%M}", err=True, dim=True)
            return read(view, act, Caller("cli", Role.ADMIN, every_role=True), args)
    except (SchemaError, DeskError) as error:
        raise InputError(str(error)) from error
