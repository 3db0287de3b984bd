"""Lines for the log about what follows from an act."""

from collections.abc import Iterable

from headend import archive
from headend.desk.model import Line, line
from headend.store import View
from headend.strategy import Moved


def moves(view: View, moved: Iterable[Moved]) -> tuple[Line, ...]:
    """Tell of each move of an account, by its customer number; of acts in a state only those that tell the customer."""
    return tuple(
        line(
            "account.moved",
            account=archive.account(view, move.account).no,
            rule=move.rule,
            before=move.source.value,
            after=move.target.value,
            message=move.message,
        )
        for move in moved
        if move.source is not move.target or move.message is not None
    )
