"""The frame inspector (报文解析) for DL/T 698.45.

`dissect` takes a frame, good or bad, apart into fields that cover every byte; `explain_frame` shows that to people,
`decode_frame` and `decode_stream` to programs. None of them raises.
"""

from protocols.dlt698.inspect.decode import decode_apdu, decode_frame, decode_stream
from protocols.dlt698.inspect.dissect import dissect, dissect_apdu
from protocols.dlt698.inspect.explain import explain_frame

__all__ = ["decode_apdu", "decode_frame", "decode_stream", "dissect", "dissect_apdu", "explain_frame"]
