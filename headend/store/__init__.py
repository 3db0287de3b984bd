"""The store: transactions, due rows, migrations, guards. It holds no business rule."""

from headend.store.errors import ConflictError, OutOfBoundsError, SchemaError, StoreError
from headend.store.facts import SUBSCRIBERS, Fact, Room
from headend.store.faults import Faults
from headend.store.marks import mark_worker
from headend.store.schema import append_only, create_schema, metadata, row_id
from headend.store.snapshot import snapshot
from headend.store.store import Store
from headend.store.tx import BUSINESS_ZONE, By, Rank, Site, Tx, View
from headend.store.types import BigInt, Energy, Instant, UnitPrice, Yuan, half_up
from headend.store.worker import Due, Worker

__all__ = [
    "BUSINESS_ZONE",
    "SUBSCRIBERS",
    "BigInt",
    "By",
    "ConflictError",
    "Due",
    "Energy",
    "Fact",
    "Faults",
    "Instant",
    "OutOfBoundsError",
    "Rank",
    "Room",
    "SchemaError",
    "Site",
    "Store",
    "StoreError",
    "Tx",
    "UnitPrice",
    "View",
    "Worker",
    "Yuan",
    "append_only",
    "create_schema",
    "half_up",
    "mark_worker",
    "metadata",
    "row_id",
    "snapshot",
]
