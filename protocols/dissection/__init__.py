"""A frame taken apart (报文剖析), of whatever protocol: the words, the fields and faults, and how they are shown.

`Dissection` is what an inspector finds; `rows_of` and `explain_dissection` show it to people, `plain` to programs.
"""

from protocols.dissection.model import Bit, Dissection, Fault, Field, Inner, in_order
from protocols.dissection.plain import plain
from protocols.dissection.rows import HEADINGS, Kind, Row, is_masked, rows_of
from protocols.dissection.survey import Place, Survey
from protocols.dissection.text import explain_dissection
from protocols.dissection.words import NOTHING, Language, Words, counted, listed
from protocols.dissection.writer import Writer

__all__ = [
    "HEADINGS",
    "NOTHING",
    "Bit",
    "Dissection",
    "Fault",
    "Field",
    "Inner",
    "Kind",
    "Language",
    "Place",
    "Row",
    "Survey",
    "Words",
    "Writer",
    "counted",
    "explain_dissection",
    "in_order",
    "is_masked",
    "listed",
    "plain",
    "rows_of",
]
