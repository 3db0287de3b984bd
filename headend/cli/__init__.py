"""The command line (命令行): what people type. It contains no logic that the desk lacks."""

__all__ = ["main"]


def main() -> None:
    """Run the command line of this process."""
    from headend.cli.app import main as run  # noqa: PLC0415 - importing the package costs nothing

    run()
