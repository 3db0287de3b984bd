"""The panel (面板): a meter's face, the frames that go by, and everything that can be done to it, on a terminal."""

from simulators.tui.panel import Panel
from simulators.tui.words import of_locale

__all__ = ["Panel", "of_locale"]
