"""All kinds of column, registered as Pandera dtypes."""

from pandera import dtypes
from pandera.engines import pandas_engine

from pipeline.declare.days import Day
from pipeline.declare.kind import BLANK, Kind, Parsed, Raw, folded, show, tidy
from pipeline.declare.numbers import Count, Money, Number
from pipeline.declare.texts import Choice, Code, Name, Phone, Serial, Text, YesNo

for _kind in (Text, Name, Code, Phone, Serial, Choice, YesNo, Count, Money, Day):
    pandas_engine.Engine.register_dtype(dtypes.immutable(_kind, init=_kind is Day))

__all__ = [
    "BLANK", "Choice", "Code", "Count", "Day", "Kind", "Money", "Name", "Number", "Parsed", "Phone", "Raw", "Serial",
    "Text", "YesNo", "folded", "show", "tidy",
]  # fmt: skip
