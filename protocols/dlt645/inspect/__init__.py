"""The frame inspector (报文解析) for DL/T 645, both editions.

`dissect` takes a frame, good or bad, apart into fields that cover every byte; `explain_frame` and `rows_of` show
that to people, `decode_frame` and `decode_stream` to programs. None of them raises.
"""

from protocols.dlt645.inspect.decode import decode_frame, decode_item, decode_stream
from protocols.dlt645.inspect.dissect import dissect, dissect_item
from protocols.dlt645.inspect.explain import explain_dissection, explain_frame
from protocols.dlt645.inspect.model import Bit, Dissection, Fault, Field
from protocols.dlt645.inspect.rows import HEADINGS, Kind, Row, rows_of
from protocols.dlt645.inspect.words import Language, Words, counted, listed

__all__ = [
    "HEADINGS",
    "Bit",
    "Dissection",
    "Fault",
    "Field",
    "Kind",
    "Language",
    "Row",
    "Words",
    "counted",
    "decode_frame",
    "decode_item",
    "decode_stream",
    "dissect",
    "dissect_item",
    "explain_dissection",
    "explain_frame",
    "listed",
    "rows_of",
]
