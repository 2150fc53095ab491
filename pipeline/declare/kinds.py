"""All kinds of column."""

from pipeline.declare.days import Day
from pipeline.declare.kind import BLANK, Bound, Kind, Parsed, Raw, folded, show, tidy
from pipeline.declare.numbers import Count, Money, Number
from pipeline.declare.texts import Choice, Code, Name, Phone, Serial, Text, YesNo

__all__ = [
    "BLANK", "Bound", "Choice", "Code", "Count", "Day", "Kind", "Money", "Name", "Number", "Parsed", "Phone", "Raw",
    "Serial", "Text", "YesNo", "folded", "show", "tidy",
]  # fmt: skip
