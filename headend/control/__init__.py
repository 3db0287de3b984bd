"""Control (控制): relay commands, signatures, safety rules. It builds no frame: it asks ``drivers.meter``."""

from headend.control import commands as _commands
from headend.control.errors import (
    ControlError,
    NotOrderableError,
    NotSignableError,
    UnknownCommandError,
    UnknownProposalError,
)
from headend.control.history import CommandEvent, history
from headend.control.interlocks import STEPS, passes, record_refusals, refusals
from headend.control.machine import FINAL, Event, State
from headend.control.masscheck import Verdict, check, release_held, verdict
from headend.control.model import (
    APPROVAL_LIFE,
    GIVES_POWER,
    Command,
    Decision,
    Kind,
    Proposal,
    ProposalState,
    Refusal,
    Step,
)
from headend.control.operator import Operator
from headend.control.proposals import approved, current, lapse, propose, propose_auto, sign, void, waiting
from headend.control.releases import make as release

cancel = _commands.cancel
command = _commands.get
commands_of = _commands.commands
last_command = _commands.last_command
open_commands = _commands.open_commands
order = _commands.order
unconfirmed_trip = _commands.unconfirmed_trip

__all__ = [
    "APPROVAL_LIFE",
    "FINAL",
    "GIVES_POWER",
    "STEPS",
    "Command",
    "CommandEvent",
    "ControlError",
    "Decision",
    "Event",
    "Kind",
    "NotOrderableError",
    "NotSignableError",
    "Operator",
    "Proposal",
    "ProposalState",
    "Refusal",
    "State",
    "Step",
    "UnknownCommandError",
    "UnknownProposalError",
    "Verdict",
    "approved",
    "cancel",
    "check",
    "command",
    "commands_of",
    "current",
    "lapse",
    "history",
    "last_command",
    "open_commands",
    "order",
    "passes",
    "propose",
    "propose_auto",
    "record_refusals",
    "refusals",
    "release",
    "release_held",
    "sign",
    "unconfirmed_trip",
    "verdict",
    "void",
    "waiting",
]
