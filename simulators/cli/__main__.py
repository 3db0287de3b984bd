"""``python -m simulators.cli``."""

from simulators.cli import main

main()
