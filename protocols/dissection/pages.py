"""Pages in Markdown that are drawn from tables."""

from collections.abc import Iterable, Sequence

__all__ = ["folded", "table"]


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]], *, level: int = 2) -> str:
    """Lay out a table under its title."""
    return f"{'#' * level} {title}\n\n{_lines(head, rows)}"


def folded(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a long table that opens at a click."""
    return f"<details><summary>{title}</summary>\n\n{_lines(head, rows)}\n</details>\n"


def _lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return "".join(f"{line}\n" for line in (_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)))


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
