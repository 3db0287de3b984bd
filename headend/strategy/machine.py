"""The account state machine (账户状态机): sixteen states and the moves T01 to T37, as a table.

A move is fired by facts, not by events. Where several hold, the first in the order of the table goes; :data:`MOVES`
stands in that order. The table draws itself for the documentation.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The state of an account: exactly one."""

    PENDING_ENROL = "PENDING_ENROL"  # 待开通
    NORMAL = "NORMAL"  # 正常
    REMINDED = "REMINDED"  # 已提醒
    WARNED = "WARNED"  # 已预警
    ARREARS = "ARREARS"  # 欠费
    PENDING_APPROVAL = "PENDING_APPROVAL"  # 待审批
    NOTICED = "NOTICED"  # 已通知停电
    CUT_SCHEDULED = "CUT_SCHEDULED"  # 待停电
    CUT_ORDERED = "CUT_ORDERED"  # 停电指令中
    CUT = "CUT"  # 已停电
    CUT_FAILED = "CUT_FAILED"  # 停电失败
    RESTORE_DUE = "RESTORE_DUE"  # 待复电
    RESTORE_ORDERED = "RESTORE_ORDERED"  # 复电指令中
    AWAIT_KEY = "AWAIT_KEY"  # 待按键合闸
    RESTORE_FAILED = "RESTORE_FAILED"  # 复电失败
    CLOSED = "CLOSED"  # 已销户


BALANCED = frozenset({State.NORMAL, State.REMINDED, State.WARNED})
"""States of an account whose balance suffices, by the comparison: OK, REMIND, WARN."""

ETC = BALANCED | {State.ARREARS}
""""NORMAL etc.": the state that the comparison gives, SHORT included."""

PRE_CUT = frozenset({State.ARREARS, State.PENDING_APPROVAL, State.NOTICED, State.CUT_SCHEDULED})
"""States on the way to a cut in which nothing was ordered yet."""

DARK = frozenset(
    {
        State.CUT,
        State.CUT_FAILED,
        State.RESTORE_DUE,
        State.RESTORE_ORDERED,
        State.AWAIT_KEY,
        State.RESTORE_FAILED,
    }
)
"""States in which the relay is, or may be, open."""

OPEN = frozenset(State) - {State.CLOSED, State.PENDING_ENROL}
"""States of an account that is run by this system."""

BY_COMPARISON = {"OK": State.NORMAL, "REMIND": State.REMINDED, "WARN": State.WARNED, "SHORT": State.ARREARS}
"""The state that each result of the comparison F10 stands for."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table: a move from any of ``source`` to one of ``target``, or an act in a state of ``stays``.

    A ``reserved`` move is part of the program: no rule file may hold, change or drop it.
    """

    id: str
    what: str
    zh: str
    source: frozenset[State]
    target: frozenset[State]
    stays: frozenset[State] = frozenset()
    reserved: bool = False
    by_rule: bool = True


def _of(*states: State | frozenset[State]) -> frozenset[State]:
    return frozenset().union(*(s if isinstance(s, frozenset) else {s} for s in states))


S = State

_TABLE = (
    Move("T01", "enrolled", "开通", _of(S.PENDING_ENROL), _of(S.NORMAL), by_rule=False),
    Move("T02", "balance low", "余额低，提醒", _of(S.NORMAL), _of(S.REMINDED), stays=_of(S.REMINDED)),
    Move(
        "T03",
        "balance very low, told",
        "余额很低，预警送达",
        _of(S.NORMAL, S.REMINDED),
        _of(S.WARNED),
        stays=_of(S.NORMAL, S.REMINDED),
    ),
    Move("T04", "contact dead", "联系方式无效", _of(), _of(), stays=OPEN),
    Move("T05", "short on good data", "余额不足", _of(BALANCED), _of(S.ARREARS)),
    Move("T06", "balance better", "余额好转", _of(S.REMINDED, S.WARNED, S.ARREARS), BALANCED),
    Move("T07", "proposed", "提请停电", _of(S.ARREARS), _of(S.PENDING_APPROVAL)),
    Move("T08", "approved", "审批通过，通知停电", _of(S.PENDING_APPROVAL), _of(S.NOTICED)),
    Move("T09", "rejected or lapsed", "审批未通过或逾期", _of(S.PENDING_APPROVAL), _of(S.ARREARS)),
    Move("T10", "noticed without approval", "自动通知停电", _of(S.ARREARS), _of(S.NOTICED)),
    Move("T11", "notice not delivered", "通知未送达", _of(), _of(), stays=_of(S.NOTICED)),
    Move("T12", "notice time over", "通知期满", _of(S.NOTICED), _of(S.CUT_SCHEDULED)),
    Move(
        "T13",
        "last notice, cut ordered",
        "临停通知与停电指令",
        _of(S.CUT_SCHEDULED),
        _of(S.CUT_ORDERED),
        _of(S.NOTICED, S.CUT_SCHEDULED),
        reserved=True,
    ),
    Move("T14", "paid in time", "及时交清", _of(PRE_CUT, S.CUT_ORDERED) - {S.ARREARS}, BALANCED, reserved=True),
    Move(
        "T15",
        "held",
        "暂缓",
        _of(PRE_CUT, S.CUT_ORDERED) - {S.ARREARS},
        _of(S.ARREARS),
        stays=_of(S.ARREARS),
        reserved=True,
    ),
    Move("T16", "cut verified", "确认停电", _of(S.CUT_ORDERED, S.CUT_FAILED), _of(S.CUT), reserved=True),
    Move("T17", "cut failed", "停电失败", _of(S.CUT_ORDERED), _of(S.CUT_FAILED), reserved=True),
    Move(
        "T18", "cut tried again", "再次停电", _of(S.CUT_FAILED), _of(S.CUT_SCHEDULED), _of(S.CUT_FAILED), reserved=True
    ),
    Move("T19", "cut taken back", "撤回停电", _of(S.CUT_ORDERED, S.CUT_FAILED), _of(S.RESTORE_DUE), reserved=True),
    Move("T20", "to be restored", "需复电", _of(S.CUT), _of(S.RESTORE_DUE), reserved=True),
    Move("T21", "restore ordered", "下达复电", _of(S.RESTORE_DUE), _of(S.RESTORE_ORDERED), reserved=True),
    Move("T22", "restore waits for a check", "复电待核", _of(), _of(), stays=_of(S.RESTORE_DUE), reserved=True),
    Move("T23", "restore verified", "确认复电", _of(S.RESTORE_ORDERED, S.RESTORE_FAILED), ETC, reserved=True),
    Move(
        "T24",
        "key may be pressed",
        "允许按键合闸",
        _of(S.RESTORE_ORDERED, S.RESTORE_FAILED),
        _of(S.AWAIT_KEY),
        _of(S.AWAIT_KEY),
        reserved=True,
    ),
    Move("T25", "key was pressed", "已按键合闸", _of(S.AWAIT_KEY), ETC, reserved=True),
    Move(
        "T26",
        "restore failed",
        "复电失败",
        _of(S.RESTORE_ORDERED, S.AWAIT_KEY),
        _of(S.RESTORE_FAILED),
        _of(S.RESTORE_FAILED),
        reserved=True,
    ),
    Move(
        "T27", "closed on site", "现场合闸", _of(S.RESTORE_ORDERED, S.RESTORE_FAILED, S.AWAIT_KEY), ETC, reserved=True
    ),
    Move(
        "T28",
        "restored by hand",
        "人工复电",
        _of(DARK, S.CUT_ORDERED) - {S.RESTORE_ORDERED},
        _of(S.RESTORE_ORDERED),
        _of(S.RESTORE_ORDERED),
        reserved=True,
    ),
    Move("T29", "blacklisted", "列入黑名单", _of(), _of(), stays=OPEN, by_rule=False),
    Move("T30", "off the blacklist", "移出黑名单", _of(), _of(), stays=OPEN, by_rule=False),
    Move("T31", "legal follow-up", "法律追缴", _of(), _of(), stays=_of(S.CUT), by_rule=False),
    Move("T32", "closed", "销户", _of(frozenset(State)) - {S.CLOSED}, _of(S.CLOSED), by_rule=False),
    Move("T33", "stopped for long", "长时间停用", PRE_CUT - {S.ARREARS}, _of(S.ARREARS), stays=PRE_CUT, reserved=True),
    Move("T34", "cut not sent", "停电未发出", _of(S.CUT_ORDERED), _of(S.CUT_SCHEDULED), reserved=True),
    Move(
        "T35",
        "notice or approval too old",
        "通知或审批过期",
        _of(S.NOTICED, S.CUT_SCHEDULED),
        _of(S.ARREARS),
        reserved=True,
    ),
    Move(
        "T36", "found open after a restore", "复电后又断开", _of(BALANCED, PRE_CUT), _of(S.RESTORE_DUE), reserved=True
    ),
    Move("T37", "found closed", "停电后发现合闸", _of(S.CUT), ETC, stays=_of(S.CUT), reserved=True),
)

_ORDER = (
    "T28",
    *(f"T{n}" for n in range(19, 28)),
    *("T36", "T37", "T14", "T15", "T33", "T34", "T35", "T16", "T17", "T18", "T06", "T05", "T03", "T02"),
    *(f"T{n:02}" for n in range(7, 14)),
    "T32",
    *("T01", "T04", "T29", "T30", "T31"),
)
"""Which move goes first where several hold. The last five change no state that another could ask for."""

MOVES: dict[str, Move] = {m.id: m for m in sorted(_TABLE, key=lambda m: _ORDER.index(m.id))}
"""The moves by id, in the order in which they are tried."""

AFTER_MASS_CHECK = frozenset({"T07", "T10"})
"""Moves that wait for the mass check of the day (R15)."""

MESSAGES_AFTER_MASS_CHECK = frozenset({"S04", "S06", "S07"})
"""Messages that wait for the mass check of the day (R15)."""


def mermaid() -> str:
    """Draw the table as a Mermaid state diagram: one arrow per pair of states, with the moves that take it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for move in sorted(MOVES.values(), key=lambda m: m.id):
        if move.id == "T32":
            continue  # an arrow from everywhere would hide the others
        for source in sorted(move.source):
            for target in sorted(move.target):
                arrows.setdefault((source, target), []).append(move.id)
    lines = [f"    {source} --> {target}: {', '.join(ids)}" for (source, target), ids in sorted(arrows.items())]
    return "\n".join(["stateDiagram-v2", *lines])


def document() -> str:
    """Write ``docs/account_states.md``: the diagram and the table."""
    rows = [f"| {place} | {_row(move)} |" for place, move in enumerate(MOVES.values(), start=1)]
    return "\n".join(
        [
            "# Account states",
            "",
            "Drawn by `headend.strategy.machine` from the table that the program runs by. Any state may also go to",
            "CLOSED (T32). Where several moves hold, the first in the table goes.",
            "",
            "```mermaid",
            mermaid(),
            "```",
            "",
            "| order | id | what | from | to | acts in | whose |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _row(move: Move) -> str:
    states = (_listed(each) for each in (move.source, move.target, move.stays))
    return " | ".join((move.id, f"{move.what} ({move.zh})", *states, _whose(move)))


def _whose(move: Move) -> str:
    if not move.by_rule:
        return "people"
    return "program" if move.reserved else "rule file"


def _listed(states: frozenset[State]) -> str:
    return ", ".join(s.value for s in State if s in states)
