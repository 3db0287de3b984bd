"""``metersim``: the other side of Headend's wires on the command line."""

__all__ = ["main"]


def main() -> None:
    """Run the command line of this process."""
    from simulators.cli.app import main as run  # noqa: PLC0415 - importing the package costs nothing

    run()
