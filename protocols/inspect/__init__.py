"""The frame inspector (报文解析): bytes of either dialect as one object, or in words.

`decode` gives one JSON-able object per frame, `explain` the same for people, `decode_stream` every frame in
a stretch of line. None of them raises: what is wrong with the bytes is part of the answer.
"""

from protocols.inspect.decode import decode, decode_stream
from protocols.inspect.dialect import Dialect, recognise
from protocols.inspect.explain import explain

__all__ = ["Dialect", "decode", "decode_stream", "explain", "recognise"]
