"""The panel (面板): a meter's face, the frames that go by, and everything that can be done to it, on a terminal."""

from simulators.tui.panel import Panel

__all__ = ["Panel"]
