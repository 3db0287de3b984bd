"""The frame inspector (报文解析) for DL/T 645-2007."""

from protocols.dlt645.inspect.decode import decode_frame, decode_stream
from protocols.dlt645.inspect.explain import explain_frame

__all__ = ["decode_frame", "decode_stream", "explain_frame"]
