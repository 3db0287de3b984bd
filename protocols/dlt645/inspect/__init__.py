"""The frame inspector (报文解析) for DL/T 645, both editions.

`dissect` takes a frame, good or bad, apart into fields that cover every byte; `explain_frame` shows that to people,
`decode_frame` and `decode_stream` to programs. None of them raises.
"""

from protocols.dlt645.inspect.decode import decode_frame, decode_item, decode_stream
from protocols.dlt645.inspect.dissect import dissect, dissect_item
from protocols.dlt645.inspect.explain import explain_frame

__all__ = ["decode_frame", "decode_item", "decode_stream", "dissect", "dissect_item", "explain_frame"]
