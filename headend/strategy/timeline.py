"""The timeline of an account (单户时间轴): what every room knows to have happened, merged by time.

Each entry has its values and a sentence in English and Chinese; the sentences stand in :data:`SENTENCES`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from headend import archive, collect, control, notify, settle, work
from headend.archive import NoPlaceError
from headend.store import BUSINESS_ZONE, View
from headend.strategy import queries
from headend.strategy.conditions import Lang
from headend.strategy.machine import MOVES
from headend.strategy.model import Transition

ONE_DAY = timedelta(days=1)

SENTENCES: Mapping[str, Mapping[Lang, str]] = {
    "reading": {
        Lang.EN: "freeze of {day}: {total} kWh, mark {mark} ({source})",
        Lang.ZH: "{day}日冻结示数 {total} kWh，质量 {mark}（{source}）",
    },
    "fee": {
        Lang.EN: "fee of {day}: {dayfee} yuan, {fee} yuan since the cycle began, mark {mark}",
        Lang.ZH: "{day} 电费 {dayfee} 元，本月累计 {fee} 元，质量 {mark}",
    },
    "payment": {
        Lang.EN: "paid {amount} yuan by {channel} (serial {serial})",
        Lang.ZH: "通过{channel}交费 {amount} 元（流水号 {serial}）",
    },
    "message": {Lang.EN: "message {template}: {state}", Lang.ZH: "短信 {template}：{state}"},
    "delivered": {Lang.EN: "message {template} delivered", Lang.ZH: "短信 {template} 已送达"},
    "transition": {
        Lang.EN: "{rule} {what}: {source} → {target}{did}",
        Lang.ZH: "{rule} {zh}：{source} → {target}{did}",
    },
    "act": {Lang.EN: "{rule} {what}, stays {source}{did}", Lang.ZH: "{rule} {zh}，状态仍为 {source}{did}"},
    "proposal": {Lang.EN: "cut proposed, debt {debt} yuan", Lang.ZH: "提请停电，欠费 {debt} 元"},
    "decision": {
        Lang.EN: "proposal {state} by {approver}: {reason}",
        Lang.ZH: "停电审批 {state}，审批人 {approver}：{reason}",
    },
    "command": {
        Lang.EN: "command {kind} #{command}: {event} → {after}",
        Lang.ZH: "{kind} 命令 #{command}：{event} → {after}",
    },
    "relay": {Lang.EN: "relay read {relay} ({source})", Lang.ZH: "读到继电器{relay}（{source}）"},
    "live": {Lang.EN: "live read: {total} kWh", Lang.ZH: "透抄示数 {total} kWh"},
    "live_failed": {Lang.EN: "live read failed: {reason}", Lang.ZH: "透抄失败：{reason}"},
    "flag": {Lang.EN: "flag {kind} set by {author}: {reason}", Lang.ZH: "{author} 设置标志 {kind}：{reason}"},
    "work": {Lang.EN: "work order {kind} opened", Lang.ZH: "开立工单 {kind}"},
    "work_closed": {Lang.EN: "work order {kind} closed", Lang.ZH: "工单 {kind} 已办结"},
}
"""Kind of entry → its sentence, with the entry's values in braces."""


ORDER = (
    *("reading", "fee", "payment", "flag", "relay", "live", "live_failed", "decision", "delivered", "work_closed"),
    *("transition", "act", "command", "proposal", "work", "message"),
)
"""Of what happened at the same instant, causes go before what follows from them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``ref`` names the row it stands in; ``actor`` who did it, where somebody did."""

    at: datetime
    kind: str
    ref: str
    values: Mapping[str, str]
    actor: str | None = None

    def sentence(self, lang: Lang) -> str:
        """Say it in a language."""
        return SENTENCES[self.kind][lang].format(**self.values)


def timeline(view: View, account: int, *, days: int = 31) -> list[Entry]:
    """Give what happened to an account in the last days, oldest first."""
    since = datetime.combine(view.today - days * ONE_DAY, time(), BUSINESS_ZONE)
    entries = (
        *_readings(view, account, days),
        *_money(view, account, days),
        *_messages(view, account, since),
        *_moves(view, account, since),
        *_relay(view, account),
        *_cases(view, account),
    )
    return sorted((e for e in entries if e.at >= since), key=lambda e: (e.at, ORDER.index(e.kind)))


def _readings(view: View, account: int, days: int) -> Iterator[Entry]:
    try:
        point = archive.place(view, account, view.today).point
    except NoPlaceError:
        return
    for reading in collect.readings_of(view, point, view.today - days * ONE_DAY, view.today).values():
        values = {"day": f"{reading.day:%m-%d}", "total": str(reading.total), "mark": reading.quality}
        ref = f"reading:{reading.day}:{reading.version}"
        yield Entry(reading.at, "reading", ref, {**values, "source": reading.source})


def _money(view: View, account: int, days: int) -> Iterator[Entry]:
    for payment in settle.payments(view, account):
        values = {"amount": f"{payment.amount:.2f}", "channel": payment.channel, "serial": payment.serial}
        yield Entry(payment.at, "payment", f"payment:{payment.id}", values)
    for day, stored in settle.days(view, account, view.today - days * ONE_DAY, view.today).items():
        fee = stored.day
        values = {"day": f"{day:%m-%d}", "dayfee": f"{fee.dayfee:.2f}", "fee": f"{fee.fee:.2f}", "mark": fee.mark.value}
        ended = datetime.combine(day + ONE_DAY, time(), BUSINESS_ZONE)
        yield Entry(ended, "fee", f"fee:{day}:{stored.version}", values)


def _messages(view: View, account: int, since: datetime) -> Iterator[Entry]:
    for message in notify.messages(view, account, since=since):
        ref = f"message:{message.id}"
        values = {"template": message.template, "state": message.state.value}
        yield Entry(message.created, "message", ref, values)
        if message.delivered is not None:
            yield Entry(message.delivered, "delivered", ref, values)


def _moves(view: View, account: int, since: datetime) -> Iterator[Entry]:
    for made in queries.transitions(view, account, since=since):
        move = MOVES[made.rule]
        values = {"rule": made.rule, "what": move.what, "zh": move.zh}
        values |= {"source": made.source.value, "target": made.target.value, "did": _done_by(view, made)}
        yield Entry(made.at, "transition" if made.moved else "act", made.reference, values, made.actor)


def _done_by(view: View, made: Transition) -> str:
    """Name what the rule of a transition had done, e.g. `` (S07, live_read)``."""
    rule = None if made.rule_set is None else queries.rules_of(view, made.rule_set).by_name.get(made.name)
    return f" ({', '.join(rule.effects.named)})" if rule is not None and rule.effects.named else ""


def _relay(view: View, account: int) -> Iterator[Entry]:
    for command in control.commands(view, account):
        for line in control.history(view, command.id):
            after = "-" if line.after is None else line.after.value
            values = {"kind": command.kind.value, "command": str(command.id), "event": line.event.value, "after": after}
            yield Entry(line.at, "command", command.reference, values, line.actor)
    live = collect.last_live(view, account)
    if live is not None:
        kind = "live_failed" if live.total is None else "live"
        values = {"total": str(live.total), "reason": str(live.reason)}
        yield Entry(live.at, kind, f"want:{live.want}", values)
    for number, seen in enumerate(collect.relays(view, account), start=1):
        values = {"relay": "open" if seen.open else "closed", "source": seen.source}
        yield Entry(seen.at, "relay", f"relay:{number}", values)


def _cases(view: View, account: int) -> Iterator[Entry]:
    proposal = control.current_proposal(view, account)
    if proposal is not None:
        ref = f"proposal:{proposal.id}"
        yield Entry(proposal.opened, "proposal", ref, {"debt": f"{proposal.debt:.2f}"}, proposal.proposer)
        if proposal.decided is not None:
            decided = {"state": proposal.state.value, "reason": proposal.reason or "-"}
            approver = {"approver": proposal.approver or "-"}
            yield Entry(proposal.decided, "decision", ref, decided | approver, proposal.approver)
    for flag in archive.flag_history(view, account):
        values = {"kind": flag.kind.value, "author": flag.author, "reason": flag.reason}
        yield Entry(flag.since, "flag", f"flag:{flag.id}", values, flag.author)
    for order in work.orders(view, scope=archive.whole(view), state=None, account=account):
        values = {"kind": order.kind.value}
        yield Entry(order.opened, "work", f"work:{order.id}", values)
        if order.closed is not None:
            yield Entry(order.closed, "work_closed", f"work:{order.id}", values)
