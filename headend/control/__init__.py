"""Control (控制): relay commands, signatures, safety rules. It builds no frame: it asks ``drivers.meter``."""

from headend.control.errors import (
    ControlError,
    NotOrderableError,
    NotSignableError,
    UnknownCommandError,
    UnknownProposalError,
)
from headend.control.evidence import Authority, authority, commands_in, sendings, sent_trips
from headend.control.history import CommandEvent, history
from headend.control.interlocks import STEPS, passes, record_refusals, refusals
from headend.control.machine import FINAL, Event, State
from headend.control.masscheck import Verdict
from headend.control.masscheck import check as mass_check
from headend.control.masscheck import release_held as mass_release
from headend.control.masscheck import verdict as mass_verdict
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
from headend.control.ordering import (
    cancel,
    commands,
    last_command,
    open_commands,
    order,
    recover,
    succeeded,
    unconfirmed_trip,
)
from headend.control.ordering import get as command
from headend.control.proposals import approved, lapse, propose, propose_auto, sign, void, waiting
from headend.control.proposals import current as current_proposal
from headend.control.proposals import get as proposal
from headend.control.releases import make as release
from headend.control.releases import verify
from headend.control.steps import NO_LOAD

__all__ = [
    "APPROVAL_LIFE",
    "FINAL",
    "GIVES_POWER",
    "NO_LOAD",
    "STEPS",
    "Authority",
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
    "authority",
    "cancel",
    "command",
    "commands",
    "commands_in",
    "current_proposal",
    "history",
    "lapse",
    "last_command",
    "mass_check",
    "mass_release",
    "mass_verdict",
    "open_commands",
    "order",
    "passes",
    "proposal",
    "propose",
    "propose_auto",
    "record_refusals",
    "recover",
    "refusals",
    "release",
    "sendings",
    "sent_trips",
    "sign",
    "succeeded",
    "unconfirmed_trip",
    "verify",
    "void",
    "waiting",
]
