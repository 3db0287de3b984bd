"""Tables of the archive (档案): who, where, by which contract; the *numbers* of a strategy, never its rules."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from headend.archive.personal import Personal
from headend.store import Energy, Instant, Yuan, append_only, metadata, row_id

unit = Table(  # the organisation tree: county (县), station (供电所), transformer area (台区)
    "unit",
    metadata,
    row_id(),
    Column("parent", ForeignKey("unit.id")),
    Column("kind", String(8), nullable=False),
    Column("code", String(32), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("stage", Integer, nullable=False, server_default="0"),  # roll-out stage 0..4 of an area
)

staff = Table(
    "staff",
    metadata,
    row_id(),
    Column("user", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("unit", ForeignKey("unit.id"), nullable=False),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("disabled", Boolean, nullable=False, server_default="0"),
)

person = Table(  # personal data live here and in `contact`, nowhere else
    "person",
    metadata,
    row_id(),
    Column("name", Personal, nullable=False),
    Column("phone", Personal),  # of staff; customers' phones are those of their contacts
)

concentrator = Table(
    "concentrator",
    metadata,
    row_id(),
    Column("link", String(48), nullable=False, unique=True),  # "698:<address>", "dtu:<id>", "line645:<name>"
    Column("kind", String(16), nullable=False),
    Column("endpoint", String(200), nullable=False, server_default=""),  # how it is reached; empty: it dials in
    Column("unit", ForeignKey("unit.id"), nullable=False),
)

account = Table(
    "account",
    metadata,
    row_id(),
    Column("no", String(16), nullable=False, unique=True),  # customer number (户号)
    Column("unit", ForeignKey("unit.id"), nullable=False),  # its transformer area
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("class_code", String(4), nullable=False),
    Column("price_code", String(32), nullable=False),
    Column("capacity_w", Integer),  # contracted capacity (合同容量), whole watts
    Column("enrolled", Date, nullable=False),
    Column("closed", Date),
    Column("relation_verified", Boolean, nullable=False, server_default="0"),
    Column("cut_before", Boolean, nullable=False, server_default="0"),  # had a cut before it came to this system
    Column("generates", Boolean, nullable=False, server_default="0"),  # has a generator of its own (分布式电源)
    Column("sim", Boolean, nullable=False, server_default="0"),
)

contact = Table(
    "contact",
    metadata,
    row_id(),
    Column("account", ForeignKey("account.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),  # 1 is the account contact (账务联系人)
    Column("role", String(16), nullable=False),
    Column("name", Personal, nullable=False),
    Column("phone", Personal, nullable=False),
    Column("proven", Boolean, nullable=False, server_default="1"),
    UniqueConstraint("account", "position"),
)

agreement = Table(
    "agreement",
    metadata,
    row_id(),
    Column("account", ForeignKey("account.id"), nullable=False, index=True),
    Column("signed", Date, nullable=False),
    Column("ends", Date),
)

flag = Table(  # what blocks transitions; ended, never deleted
    "flag",
    metadata,
    row_id(),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),  # foreseen end
    Column("ended", Instant),  # actual end, before `until`
    Column("author", String(64), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("ended_by", String(64)),
    Column("end_reason", String(200)),
    Index("ix_flag_account", "account", "kind"),
)

meter = Table(
    "meter",
    metadata,
    row_id(),
    Column("address", String(12), nullable=False, unique=True),
    Column("asset", String(32), nullable=False, unique=True),
    Column("dialect", String(8), nullable=False),
    Column("profile", String(32), nullable=False, server_default="standard"),  # of which model it is
    Column("current_max_a", Integer, nullable=False),
    Column("phases", Integer, nullable=False, server_default="1"),
    Column("digits", Integer, nullable=False, server_default="6"),  # integer digits of the register
    Column("sim", Boolean, nullable=False, server_default="0"),
)

point = Table(  # metering point (计量点)
    "point",
    metadata,
    row_id(),
    Column("account", ForeignKey("account.id"), nullable=False, index=True),
)

installation = Table(  # a meter at a point, for the interval [since, until)
    "installation",
    metadata,
    row_id(),
    Column("point", ForeignKey("point.id"), nullable=False, index=True),
    Column("meter", ForeignKey("meter.id"), nullable=False, index=True),
    Column("concentrator", ForeignKey("concentrator.id"), nullable=False, index=True),
    Column("road", String(8), nullable=False),  # proxy, forward, dtu
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("multiplier", Integer, nullable=False, server_default="1"),
    Column("first_register", Energy, nullable=False),
    Column("last_register", Energy),
)

opening = append_only(
    Table(  # what was carried over at enrolment: cycle start, register there, tier counter, deposit
        "opening",
        metadata,
        Column("account", ForeignKey("account.id"), primary_key=True),
        Column("cycle_start", Date, nullable=False),
        Column("cycle_register", Energy, nullable=False),
        Column("tier_year_kwh", Energy, nullable=False),
        Column("deposit", Yuan, nullable=False),
    )
)

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("kind", String(8), nullable=False),  # working (moved working day, 调休), closed, or no_cut
    Column("name", String(50), nullable=False),
)

calendar_year = Table(  # a year without its table has no cuts (fail safe)
    "calendar_year",
    metadata,
    Column("year", Integer, primary_key=True),
    Column("author", String(64), nullable=False),
)

strategy_numbers = Table(  # the numbers of a strategy (策略) per class, or per account where it has its own
    "strategy_numbers",
    metadata,
    row_id(),
    Column("class_code", String(4), nullable=False),
    Column("account", ForeignKey("account.id")),
    Column("valid_from", Date, nullable=False),
    Column("t1", Yuan, nullable=False),
    Column("t2", Yuan, nullable=False),
    Column("cut_at", Yuan),  # C; none: never SHORT
    Column("restore_at", Yuan),  # Rz
    Column("cut_mode", String(8), nullable=False),  # auto, approved, never
    Column("restore_mode", String(6), nullable=False),  # direct, safe, site
    Column("notice_hours", Integer, nullable=False),
    Column("approver", String(8)),  # role that signs cuts of this class
    Index("uq_strategy_numbers_own", "account", "valid_from", unique=True),
)
Index(
    "uq_strategy_numbers_class",
    strategy_numbers.c.class_code,
    strategy_numbers.c.valid_from,
    unique=True,
    sqlite_where=strategy_numbers.c.account.is_(None),
    postgresql_where=strategy_numbers.c.account.is_(None),
)

switch = append_only(
    Table(  # kill switch (总闸) on or off, per unit; the newest row counts
        "switch",
        metadata,
        row_id(),
        Column("unit", ForeignKey("unit.id"), nullable=False, index=True),
        Column("stopped", Boolean, nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        Column("reason", String(200), nullable=False),
    )
)

__all__ = [
    "account",
    "agreement",
    "calendar_day",
    "calendar_year",
    "concentrator",
    "contact",
    "flag",
    "installation",
    "meter",
    "opening",
    "person",
    "point",
    "staff",
    "strategy_numbers",
    "switch",
    "unit",
]
