"""The frame inspector (报文解析): bytes of either dialect as one object, or in words.

`dissect` takes a frame apart byte by byte, with the frames that it carries; `explain` shows that to people. `decode`
gives one JSON-able object per frame, `decode_stream` every frame in a stretch of line. `read_line` finds the bytes in a
line of text, `Cutter` the frames in bytes, `Conversation` which frame answers which and what several make up. Nothing
but `read_line` and `read_hex` raises: what is wrong with the bytes is part of the answer.
"""

from protocols.inspect.conversation import Conversation, Turn, Whole
from protocols.inspect.cut import Cutter, Piece, cut
from protocols.inspect.decode import decode, decode_piece, decode_stream, decode_whole
from protocols.inspect.dialect import Dialect, recognise
from protocols.inspect.dissect import dissect, dissect_piece, dissect_whole
from protocols.inspect.explain import Section, explain, explain_piece, section_lines, sections
from protocols.inspect.hextext import HexLine, NotHexError, read_hex, read_line

__all__ = [
    "Conversation",
    "Cutter",
    "Dialect",
    "HexLine",
    "NotHexError",
    "Piece",
    "Section",
    "Turn",
    "Whole",
    "cut",
    "decode",
    "decode_piece",
    "decode_stream",
    "decode_whole",
    "dissect",
    "dissect_piece",
    "dissect_whole",
    "explain",
    "explain_piece",
    "read_hex",
    "read_line",
    "recognise",
    "section_lines",
    "sections",
]
