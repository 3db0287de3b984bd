"""The facts of an account that conditions may name, each with kind, unit and its name in English and Chinese."""

from headend.strategy.conditions import FactSpec, Kind, Vocabulary
from headend.strategy.machine import State

RESULTS = ("OK", "REMIND", "WARN", "SHORT")
MARKS = ("G", "I", "C", "E", "S")
CLASSES = ("R1", "R2", "R3", "R4", "R5", "N1", "N2", "N3", "A1", "P1", "I1", "G1", "T1c", "X")

_MANY = (
    FactSpec("state", Kind.WORD, "state", "状态", words=tuple(State)),
    FactSpec("state_days", Kind.COUNT, "days in this state", "本状态天数", "d"),
    FactSpec("comparison", Kind.WORD, "comparison", "比较结果", words=RESULTS),
    FactSpec("available", Kind.MONEY, "available balance, open credit included", "可用余额（含应急电费）", "yuan"),
    FactSpec("balance", Kind.MONEY, "available balance", "可用余额", "yuan"),
    FactSpec("deposit", Kind.MONEY, "deposit and bonus", "预存余额", "yuan"),
    FactSpec("cycle_fee", Kind.MONEY, "fee of the open cycles", "本月电费", "yuan"),
    FactSpec("next_cost", Kind.MONEY, "expected cost of the next day", "次日预计电费", "yuan"),
    FactSpec("days_left", Kind.COUNT, "days left", "可用天数", "d"),
    FactSpec("debt", Kind.MONEY, "debt", "欠费", "yuan"),
    FactSpec("t1", Kind.MONEY, "reminder level T1", "提醒值", "yuan"),
    FactSpec("t2", Kind.MONEY, "warning level T2", "预警值", "yuan"),
    FactSpec("cut_at", Kind.MONEY, "cut threshold C", "停电值", "yuan"),
    FactSpec("restore_at", Kind.MONEY, "restore threshold Rz", "复电值", "yuan"),
    FactSpec("restorable", Kind.FLAG, "balance reaches Rz", "余额达到复电值"),
    FactSpec("reading_quality", Kind.WORD, "quality of the deciding reading", "示数质量", words=MARKS),
    FactSpec("customer_class", Kind.WORD, "customer class", "客户类别", words=CLASSES),
    FactSpec("cut_mode", Kind.WORD, "cut mode", "停电方式", words=("auto", "approved", "never")),
    FactSpec("restore_mode", Kind.WORD, "restore mode", "复电方式", words=("direct", "safe", "site")),
    FactSpec("class_hours", Kind.COUNT, "notice hours of the class", "通知提前小时数", "h"),
    FactSpec("stage", Kind.COUNT, "roll-out stage of the area", "台区推广阶段"),
    FactSpec("love_care", Kind.FLAG, "love-care", "爱心档案"),
    FactSpec("protected", Kind.FLAG, "protected", "保电"),
    FactSpec("hold", Kind.FLAG, "hold", "暂缓停电"),
    FactSpec("blacklisted", Kind.FLAG, "blacklisted", "黑名单"),
    FactSpec("contact_bad", Kind.FLAG, "no contact reachable", "联系方式无效"),
    FactSpec("meter_change", Kind.FLAG, "meter change open", "换表未完成"),
    FactSpec("agreement", Kind.FLAG, "agreement valid", "费控协议有效"),
    FactSpec("first_cut", Kind.FLAG, "would be the first cut", "首次停电"),
    FactSpec("short_today", Kind.FLAG, "short in today's comparison", "今日比较为不足"),
    FactSpec("mass_check", Kind.WORD, "mass check of today", "今日批量校核", words=("passed", "waiting")),
)

_ONE = (
    FactSpec("reading_days", Kind.COUNT, "age of the last freeze", "示数距今天数", "d"),
    FactSpec("state_minutes", Kind.COUNT, "time in this state", "本状态时长", "min"),
    FactSpec("warning_days", Kind.COUNT, "days since a warning was delivered", "预警送达距今天数", "d"),
    FactSpec("told_before_today", Kind.FLAG, "told about the balance on an earlier day", "此前已送达余额提醒"),
    FactSpec("contacts_failed", Kind.FLAG, "messages to all contacts failed", "全部联系人发送失败"),
    FactSpec("propose_refusals", Kind.COUNT, "safety rules against a proposal", "禁止提请停电的规则数"),
    FactSpec("cut_refusals", Kind.COUNT, "safety rules against the cut", "禁止停电的规则数"),
    FactSpec(
        "proposal",
        Kind.WORD,
        "proposal",
        "停电审批",
        words=("none", "open", "approved", "rejected", "lapsed"),
    ),
    FactSpec("approval_days", Kind.COUNT, "age of the approval", "审批距今天数", "d"),
    FactSpec("noticed_today", Kind.FLAG, "a cut notice was put today", "今日已发停电通知"),
    FactSpec("notice_delivered", Kind.FLAG, "cut notice delivered", "停电通知已送达"),
    FactSpec("notice_hours", Kind.COUNT, "time since the notice was delivered", "通知送达时长", "h"),
    FactSpec("notice_wait_hours", Kind.COUNT, "time since the notice was issued", "通知发出时长", "h"),
    FactSpec("notice_days", Kind.COUNT, "age of the notice", "通知距今天数", "d"),
    FactSpec("cut_time", Kind.INSTANT, "printed cut time", "通知停电时间"),
    FactSpec("minutes_to_cut", Kind.COUNT, "time until the printed cut time", "距通知停电时间", "min"),
    FactSpec("notice_out", Kind.FLAG, "a cut was announced", "已发出停电短信"),
    FactSpec("window_known", Kind.FLAG, "a cut window after the notice is known", "通知期后有停电时段"),
    FactSpec("in_window", Kind.FLAG, "in a cut window", "处于停电时段"),
    FactSpec("minutes_to_window", Kind.COUNT, "time until the next cut window", "距下一停电时段", "min"),
    FactSpec("last_notice_minutes", Kind.COUNT, "time since the 30-minute notice", "30分钟通知时长", "min"),
    FactSpec("last_notice_for_window", Kind.FLAG, "30-minute notice for this window", "本时段已发30分钟通知"),
    FactSpec("last_notices", Kind.COUNT, "30-minute notices without a cut", "未停电的30分钟通知次数", "times"),
    FactSpec("live_minutes", Kind.COUNT, "age of the live read", "透抄距今时长", "min"),
    FactSpec("live_short", Kind.FLAG, "live read confirms the shortage", "透抄确认余额不足"),
    FactSpec("live_asked_minutes", Kind.COUNT, "time since a live read was asked for", "发起透抄时长", "min"),
    FactSpec("live_open", Kind.FLAG, "a live read is under way", "透抄进行中"),
    FactSpec(
        "trip",
        Kind.WORD,
        "trip command",
        "跳闸命令",
        words=("none", "unsent", "unsent_ended", "sent", "done", "noop", "failed"),
    ),
    FactSpec("trip_sent", Kind.FLAG, "a trip frame was sent", "跳闸帧已发出"),
    FactSpec("trip_accepted", Kind.FLAG, "the meter accepted the trip", "电表已接受跳闸"),
    FactSpec("failed_windows", Kind.COUNT, "windows in which the cut failed", "停电失败时段数", "times"),
    FactSpec("relay_since_trip", Kind.WORD, "relay since the trip", "跳闸后继电器", words=("open", "closed")),
    FactSpec("load_current", Kind.FLAG, "load side shows current", "负荷侧有电流"),
    FactSpec("cut_unclear", Kind.FLAG, "a trip sent earlier is unclear", "此前跳闸结果不明"),
    FactSpec("cut_seen", Kind.FLAG, "the relay was seen open", "曾读到继电器断开"),
    FactSpec("restore", Kind.WORD, "restore command", "复电命令", words=("none", "open", "done", "ended")),
    FactSpec("permit_accepted", Kind.FLAG, "the meter permits closing", "电表已允许合闸"),
    FactSpec("relay_since_restore", Kind.WORD, "relay since the restore", "复电后继电器", words=("open", "closed")),
    FactSpec("found_open", Kind.FLAG, "relay found open after a restore", "复电后又断开"),
    FactSpec("restored_hours", Kind.COUNT, "time since the last restore", "距上次复电", "h"),
    FactSpec("relay_asked_minutes", Kind.COUNT, "time since the relay was asked for", "发起读继电器时长", "min"),
    FactSpec("safety_tag", Kind.FLAG, "safety tag on the line", "线路挂牌"),
    FactSpec("identity_open", Kind.FLAG, "identity check open", "身份核验未完成"),
    FactSpec("meter_changed", Kind.FLAG, "meter changed since the cut", "停电后已换表"),
    FactSpec("disputed", Kind.FLAG, "has a history of disputes", "有争议记录"),
    FactSpec("site_closed", Kind.FLAG, "closed on site", "现场已合闸"),
    FactSpec("odd_decided", Kind.FLAG, "the odd relay was looked into", "继电器异常已查明"),
    FactSpec("stopped", Kind.FLAG, "kill switch on", "总闸已停"),
    FactSpec("stopped_hours", Kind.COUNT, "time since the kill switch", "总闸停用时长", "h"),
    FactSpec("restore_asked", Kind.FLAG, "somebody restores by hand", "人工复电"),
)

FACTS = Vocabulary(*_MANY, *_ONE)
"""Every fact, by name."""

MANY = frozenset(spec.name for spec in _MANY)
"""Facts that the set-based run has for everybody; the others are looked up for one account at a time."""
