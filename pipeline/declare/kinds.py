"""All kinds of column."""

from pipeline.declare.days import Day, YearMonth
from pipeline.declare.kind import BLANK, Bound, Kind, Parsed, Raw, folded, show, tidy
from pipeline.declare.numbers import Count, Money, Number, Percent, Quantity
from pipeline.declare.texts import Choice, Code, Email, Name, Phone, Serial, Text, YesNo

__all__ = [
    "BLANK", "Bound", "Choice", "Code", "Count", "Day", "Email", "Kind", "Money", "Name", "Number", "Parsed", "Percent",
    "Phone", "Quantity", "Raw", "Serial", "Text", "YearMonth", "YesNo", "folded", "show", "tidy",
]  # fmt: skip
