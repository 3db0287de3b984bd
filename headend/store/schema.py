"""The one ``MetaData`` that every room's ``tables.py`` adds to, and the guards of append-only tables."""

from collections.abc import Iterable

from sqlalchemy import Column, Connection, MetaData, Table

from headend.store.types import BigInt

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def row_id() -> Column[int]:
    """Make the usual surrogate key: a growing 64-bit integer."""
    return Column("id", BigInt, primary_key=True, autoincrement=True)


def append_only(table: Table) -> Table:
    """Mark a table whose rows are never changed or deleted; a correction is a new row.

    Triggers hold the promise against every program that opens the database, ours included.
    """
    table.info["append_only"] = True
    return table


def append_only_tables(tables: Iterable[Table] | None = None) -> list[Table]:
    """List the tables marked by :func:`append_only`."""
    return [t for t in (tables or metadata.sorted_tables) if t.info.get("append_only")]


def guard_statements(name: str, dialect: str) -> list[str]:
    """Give the DDL that makes updates and deletes of the table ``name`` fail."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {name}_no_{act} BEFORE {act.upper()} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{name} is append-only: add a new row instead'); END"
            for act in ("update", "delete")
        ]
    refuse = f"$$BEGIN RAISE EXCEPTION '{name} is append-only: add a new row instead'; END$$"
    guard = f"{name}_append_only"
    return [
        f"CREATE FUNCTION {guard}() RETURNS trigger LANGUAGE plpgsql AS {refuse}",
        f"CREATE TRIGGER {guard} BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION {guard}()",
    ]


def create_schema(connection: Connection) -> None:
    """Create every table and guard in an empty database (tests and tools; production goes through migrations)."""
    metadata.create_all(connection)
    for table in append_only_tables():
        for statement in guard_statements(table.name, connection.dialect.name):
            connection.exec_driver_sql(statement)
