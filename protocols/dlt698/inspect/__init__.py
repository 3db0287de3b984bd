"""The frame inspector (报文解析) for DL/T 698.45: what a frame says, as dictionaries and as lines for people."""

from protocols.dlt698.inspect.decode import decode_frame, decode_stream, explain_frame

__all__ = ["decode_frame", "decode_stream", "explain_frame"]
