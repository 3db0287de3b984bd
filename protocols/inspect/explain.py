"""A frame of either dialect in words."""

from protocols.dlt645 import inspect as dlt645
from protocols.dlt645.frame import count_wakeup
from protocols.dlt698 import inspect as dlt698
from protocols.inspect.decode import decode
from protocols.inspect.dialect import Dialect, recognise


def explain(frame: bytes) -> str:
    """Tell in several lines what the frame says, or what is wrong with it.

    English with the Chinese term beside it: protocol, address, function, item, value with unit.
    """
    dialect = recognise(frame)
    if dialect is None and not decode(frame)["ok"]:
        return "neither DL/T 645 nor DL/T 698.45 无法识别: no frame begins in these bytes"
    if dialect is Dialect.DLT698:
        return "\n".join(dlt698.explain_frame(frame[count_wakeup(frame) :]))
    return "\n".join(dlt645.explain_frame(frame))
