"""What stands in the field between head-end and meters: concentrators, a DTU, and the last hop."""

from simulators.field.concentrator import Concentrator
from simulators.field.dialer import Dialer, Listener
from simulators.field.dtu import Dtu
from simulators.field.hop import Hop
from simulators.field.proxy import Proxy
from simulators.field.records import TaskRecords

__all__ = ["Concentrator", "Dialer", "Dtu", "Hop", "Listener", "Proxy", "TaskRecords"]
