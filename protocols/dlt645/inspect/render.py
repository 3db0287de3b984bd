"""Values of data items as JSON."""

from decimal import Decimal

from protocols.dlt645.items.values import Faulty, Value


def jsonable(value: Value) -> str | None:
    """Value as text in display order; None for what is not available and for what cannot be read."""
    match value:
        case None | Faulty():
            return None
        case Decimal():
            return f"{value:f}"
        case bytes():
            return value.hex().upper()
        case _:
            return str(value)
