"""Options that several commands share, and what the command line as a whole was told."""

from pathlib import Path
from typing import Annotated

import typer

from headend.cli.reach import Reach

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Config = Annotated[Path | None, typer.Option("--config", help="The daemon's settings file.", show_default=False)]
Why = Annotated[str, typer.Option("--reason", help="Why; it stays on the trail.")]
AccountNo = Annotated[str, typer.Argument(help="Customer number (户号).")]
MeterOrNo = Annotated[str, typer.Argument(help="Address of the meter (12 digits), or the customer number.")]

ADDRESS_DIGITS = 12


def reach(ctx: typer.Context, config: Path | None = None) -> Reach:
    """Give how to reach the head-end, by the options before the command and the command's own ``--config``."""
    found = ctx.find_object(Reach) or Reach()
    return found if config is None else Reach(found.socket, config, found.caller)


def target(named: str) -> dict[str, str]:
    """Tell a meter's address from a customer number: an address has twelve digits."""
    return {"meter": named} if len(named) == ADDRESS_DIGITS else {"account": named}
