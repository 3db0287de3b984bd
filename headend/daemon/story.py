"""The sentences of the log for people (日志用语): event name → words, with the event's values in braces.

Code logs events and values; how they read stands here. An event without a sentence is shown under its own name.
"""

from collections.abc import Mapping
from string import Formatter
from typing import Any

SENTENCES: Mapping[str, str] = {
    "account.moved": "{account} {story}",
    "api.bad_request": "{user} sent something that is no request: {reason}",
    "api.connection_dropped": "the connection of {user} broke: {reason}",
    "archive.imported": "the archive has {accounts} new customers, {concentrators} new links, {bad} bad rows",
    "collect.link": "{link} asked for its meters",
    "collect.link_down": "{link} is not connected: {meters} meters can't be read",
    "collect.round": "{read} of {due} meters are read for {day}",
    "collect.suspect": "the freeze of meter {address} is suspect: {found}",
    "control.mass_check": "mass check of {day}: {candidates} cuts are due, {verdict}",
    "control.mass_released": "{by} lets the {candidates} held cuts of {day} pass",
    "control.recovered": "{commands} relay commands were interrupted and go on by reading back first",
    "correction.signed": "{by} signs correction {correction} of a reading of {account}: {decision}",
    "daemon.ready": "Headend is ready: {accounts} accounts, concentrators dial in at {listen}",
    "daemon.stopping": "Headend is stopping",
    "desk.refused": "{by} may not: {act}: {reason}",
    "hold.set": "{by} holds the cut of {account} for {hours} h: {reason}",
    "link.down": "{link} is gone: {reason}",
    "link.garbage_skipped": "{count} bytes from {link} were no frame: {reason}",
    "link.replaced": "{link} logged in again from another connection; the old one is closed",
    "link.stranger_closed": "a stranger at {peer} was sent away: {reason}",
    "link.stray_frame": "an answer on {link} belongs to no question: {reason}",
    "link.unasked_meter": "{link} answered for a meter that nobody asked for",
    "link.unknown_device": "unknown device {link} at {peer} was refused",
    "link.up": "{link} is connected",
    "message.delivered": "message {template} reached {account}",
    "message.failed": "message {template} reached no contact of {account}",
    "message.next_contact": "message {template} did not reach {account}; the next contact is tried",
    "message.sent": "message {template} to {account}: {about}",
    "onsite.closed": "{by} closed the relay of {account} on site",
    "pay.look_failed": "the payment {payment} of {account} is posted, but looking at the account failed: {reason}",
    "pay.posted": "{account} pays {amount} yuan by {channel}",
    "pay.suspense": "{amount} yuan by {channel} for {account}, whom nobody knows: in suspense",
    "relay.blocked": "the {kind} of {account} is blocked by rule {reason}",
    "relay.cancelled": "the {kind} of {account} is cancelled, nothing was sent",
    "relay.done": "the relay of {account} was read back: {kind} done",
    "relay.expired": "the {kind} of {account} ran out of time, nothing was sent",
    "relay.failed": "the {kind} of {account} failed: {reason}",
    "relay.moved_back": "the relay of {account} no longer stands as {kind} left it",
    "relay.noop": "the relay of {account} already stood as {kind} wants it",
    "relay.refused": "the meter of {account} refused {kind}: {code}",
    "relay.retry": "{kind} of {account} will be tried again: {reason}",
    "relay.sent": "{kind} sent to the meter of {account}",
    "relay.superseded": "{kind} of {account} is overtaken by a restore",
    "relay.unreachable": "the meter of {account} does not answer: {reason}",
    "relay.unsecured": "the {kind} of {account} could not be secured and was not sent: {reason}",
    "restore.asked": "{by} restores {account} by hand: {reason}",
    "settle.billed": "{billed} accounts are billed for their last cycle, {waiting} wait for a reading",
    "settle.books_off": "THE BOOKS ARE OFF on {day}: {accounts}",
    "settle.estimated": "the fees of {accounts} accounts are estimated, {without_reading} without a reading",
    "sign.done": "{by} signs the cut of {account}: {decision}",
    "sms.down": "the message centre is gone",
    "sms.up": "the message centre is connected",
    "step.failed": "the step {step} of {day} failed",
    "step.missed": "the step {step} of {day} came too late and was left out",
    "strategy.run": "everybody is looked at, {what}: {moved}",
    "switch.resumed": "{by} lets cuts in {unit} go on: {reason}",
    "switch.stopped": "{by} STOPS ALL CUTS in {unit}: {reason}",
    "work.closed": "{by} closes work order {order}, {kind}",
}

ABOUT: Mapping[str, str] = {
    "S01": "balance low",
    "S02": "balance very low",
    "S03": "tomorrow's use exceeds the deposit",
    "S04": "money is used up, pay by a date",
    "S06": "CUT NOTICE with its time",
    "S07": "cut in 30 minutes",
    "S08": "the cut is off",
    "S09": "power is cut, and how to get it back",
    "S10": "payment received",
    "S11": "power is back",
    "S12": "press the key to switch on",
    "S13": "somebody is on the way",
    "S14": "a reading was corrected",
    "S15": "no reading for days, no cut meanwhile",
    "S21": "love-care: somebody will come, no cut",
}
"""What each message is about, for those who read the log without knowing the numbers."""

MOVES: Mapping[str, str] = {
    "T02": "is low on money",
    "T03": "is nearly out of money, and knows it",
    "T04": "can't be reached by any contact",
    "T05": "is out of money",
    "T06": "is better off again",
    "T07": "is proposed for a cut; a person has to sign",
    "T08": "gets a cut notice, as signed",
    "T09": "is not cut: the proposal was rejected or lapsed",
    "T10": "gets a cut notice by the automatic mode",
    "T11": "has not got the notice yet",
    "T12": "is due for a cut in the next window",
    "T13": "is on the way to a cut",
    "T14": "has paid in time: THE CUT IS VOID",
    "T15": "is held: the cut is void",
    "T16": "IS CUT",
    "T17": "could not be cut",
    "T18": "will be tried again in the next window",
    "T19": "is to have power, whatever the trip did",
    "T20": "is to have power back",
    "T21": "gets power back: the order is out",
    "T22": "has to be checked at the counter first",
    "T23": "HAS POWER AGAIN",
    "T24": "may press the key now",
    "T25": "HAS POWER AGAIN, by the key",
    "T26": "has no power yet although it was ordered: work order",
    "T27": "HAS POWER AGAIN, closed on site",
    "T28": "is restored by hand",
    "T33": "was stopped for three days: notice and approval are void",
    "T34": "was not cut in this window",
    "T35": "has a notice that grew too old",
    "T36": "was found dark after a restore",
    "T37": "has power without our order",
}
"""What each move of an account's state means."""


def tell(event: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give the sentence for an event, and the values that it did not use."""
    template = SENTENCES.get(event)
    known = {**values, **_explained(values)}
    used = {name for _, name, _, _ in Formatter().parse(template or "") if name}
    if template is None or not used <= known.keys():
        return event, dict(values)
    rest = {key: value for key, value in values.items() if key not in used and value is not None}
    return template.format(**known), rest


def _explained(values: Mapping[str, Any]) -> dict[str, str]:
    """Add what a rule or a message number means."""
    explained = {}
    if (rule := values.get("rule")) in MOVES:
        explained["story"] = MOVES[str(rule)]
    if (message := values.get("template")) in ABOUT:
        explained["about"] = ABOUT[str(message)]
    return explained
