"""Work orders (工单): owner, due time, evidence. This room decides nothing."""

from headend.work.errors import NoEvidenceError, UnknownOrderError, WorkError
from headend.work.model import FREEZES_CUT, MOVES, OWNERS, Event, Order, OrderEvent, OrderKind, State
from headend.work.queries import counts, had_kind, history, open_kinds, order, orders, with_open
from headend.work.service import close_order, close_orders, open_order

__all__ = [
    "FREEZES_CUT",
    "MOVES",
    "OWNERS",
    "Event",
    "NoEvidenceError",
    "Order",
    "OrderEvent",
    "OrderKind",
    "State",
    "UnknownOrderError",
    "WorkError",
    "close_order",
    "close_orders",
    "counts",
    "had_kind",
    "history",
    "open_kinds",
    "open_order",
    "order",
    "orders",
    "with_open",
]
