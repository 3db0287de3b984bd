"""``python -m headend.cli``."""

from headend.cli import main

main()
