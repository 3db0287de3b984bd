"""archive tables."""

import sqlalchemy as sa
from alembic import op

from headend.store.schema import guard_statements

GUARDED = ("opening", "switch")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def calendar_day() -> None:
    """Make the table."""
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )


def calendar_year() -> None:
    """Make the table."""
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )


def meter() -> None:
    """Make the table."""
    op.create_table(
        "meter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("address", sa.String(length=12), nullable=False),
        sa.Column("asset", sa.String(length=32), nullable=False),
        sa.Column("dialect", sa.String(length=8), nullable=False),
        sa.Column("current_max_a", sa.Integer(), nullable=False),
        sa.Column("phases", sa.Integer(), server_default="1", nullable=False),
        sa.Column("digits", sa.Integer(), server_default="6", nullable=False),
        sa.Column("sim", sa.Boolean(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter")),
        sa.UniqueConstraint("address", name=op.f("uq_meter_address")),
        sa.UniqueConstraint("asset", name=op.f("uq_meter_asset")),
    )


def person() -> None:
    """Make the table."""
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )


def unit() -> None:
    """Make the table."""
    op.create_table(
        "unit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("parent", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("stage", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["unit.id"], name=op.f("fk_unit_parent_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
    )


def account() -> None:
    """Make the table."""
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("no", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class_code", sa.String(length=4), nullable=False),
        sa.Column("price_code", sa.String(length=32), nullable=False),
        sa.Column("capacity_w", sa.Integer(), nullable=True),
        sa.Column("enrolled", sa.Date(), nullable=False),
        sa.Column("closed", sa.Date(), nullable=True),
        sa.Column("relation_verified", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("cut_before", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("sim", sa.Boolean(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_account_person_person")),
        sa.ForeignKeyConstraint(["unit"], ["unit.id"], name=op.f("fk_account_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("no", name=op.f("uq_account_no")),
    )


def concentrator() -> None:
    """Make the table."""
    op.create_table(
        "concentrator",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("link", sa.String(length=48), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.id"], name=op.f("fk_concentrator_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concentrator")),
        sa.UniqueConstraint("link", name=op.f("uq_concentrator_link")),
    )


def staff() -> None:
    """Make the table."""
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("disabled", sa.Boolean(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_staff_person_person")),
        sa.ForeignKeyConstraint(["unit"], ["unit.id"], name=op.f("fk_staff_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("user", name=op.f("uq_staff_user")),
    )


def switch() -> None:
    """Make the table."""
    op.create_table(
        "switch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("unit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.id"], name=op.f("fk_switch_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_switch")),
        info={"append_only": True},
    )
    with op.batch_alter_table("switch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_switch_unit"), ["unit"], unique=False)


def agreement() -> None:
    """Make the table."""
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("signed", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_agreement_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreement_account"), ["account"], unique=False)


def contact() -> None:
    """Make the table."""
    op.create_table(
        "contact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=100), nullable=False),
        sa.Column("proven", sa.Boolean(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_contact_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("account", "position", name=op.f("uq_contact_account_position")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_account"), ["account"], unique=False)


def flag() -> None:
    """Make the table."""
    op.create_table(
        "flag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_flag_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
    )
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.create_index("ix_flag_account", ["account", "kind"], unique=False)


def opening() -> None:
    """Make the table."""
    op.create_table(
        "opening",
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cycle_start", sa.Date(), nullable=False),
        sa.Column("cycle_register", sa.BigInteger(), nullable=False),
        sa.Column("tier_year_kwh", sa.BigInteger(), nullable=False),
        sa.Column("deposit", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_opening_account_account")),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_opening")),
        info={"append_only": True},
    )


def point() -> None:
    """Make the table."""
    op.create_table(
        "point",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_point_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point")),
    )
    with op.batch_alter_table("point", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_point_account"), ["account"], unique=False)


def strategy_numbers() -> None:
    """Make the table."""
    op.create_table(
        "strategy_numbers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("class_code", sa.String(length=4), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("t1", sa.BigInteger(), nullable=False),
        sa.Column("t2", sa.BigInteger(), nullable=False),
        sa.Column("cut_at", sa.BigInteger(), nullable=True),
        sa.Column("restore_at", sa.BigInteger(), nullable=True),
        sa.Column("cut_mode", sa.String(length=8), nullable=False),
        sa.Column("restore_mode", sa.String(length=6), nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("approver", sa.String(length=8), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_strategy_numbers_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy_numbers")),
    )
    with op.batch_alter_table("strategy_numbers", schema=None) as batch_op:
        batch_op.create_index(
            "uq_strategy_numbers_class",
            ["class_code", "valid_from"],
            unique=True,
            sqlite_where=sa.text("account IS NULL"),
            postgresql_where=sa.text("account IS NULL"),
        )
        batch_op.create_index("uq_strategy_numbers_own", ["account", "valid_from"], unique=True)


def installation() -> None:
    """Make the table."""
    op.create_table(
        "installation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("point", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meter", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("concentrator", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("road", sa.String(length=8), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("multiplier", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_register", sa.BigInteger(), nullable=False),
        sa.Column("last_register", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["concentrator"], ["concentrator.id"], name=op.f("fk_installation_concentrator_concentrator")
        ),
        sa.ForeignKeyConstraint(["meter"], ["meter.id"], name=op.f("fk_installation_meter_meter")),
        sa.ForeignKeyConstraint(["point"], ["point.id"], name=op.f("fk_installation_point_point")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    with op.batch_alter_table("installation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_installation_concentrator"), ["concentrator"], unique=False)
        batch_op.create_index(batch_op.f("ix_installation_meter"), ["meter"], unique=False)
        batch_op.create_index(batch_op.f("ix_installation_point"), ["point"], unique=False)


def upgrade() -> None:
    """Bring the schema one revision forward."""
    calendar_day()
    calendar_year()
    meter()
    person()
    unit()
    account()
    concentrator()
    staff()
    switch()
    agreement()
    contact()
    flag()
    opening()
    point()
    strategy_numbers()
    installation()
    for name in GUARDED:
        for statement in guard_statements(name, op.get_bind().dialect.name):
            op.execute(statement)
