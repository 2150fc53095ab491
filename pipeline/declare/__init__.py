"""The vocabulary in which a campaign's `schemas/` is written; the only part of the pipeline that it imports."""

from pipeline.declare.catalogue import BUILTIN, Builtin
from pipeline.declare.column_words import column
from pipeline.declare.columns import Column
from pipeline.declare.form import Form
from pipeline.declare.kinds import (
    Choice,
    Code,
    Count,
    Day,
    Email,
    Money,
    Name,
    Percent,
    Phone,
    Quantity,
    Serial,
    Text,
    YearMonth,
    YesNo,
)
from pipeline.declare.measures import ColumnRef, Measure
from pipeline.declare.rules import ERROR, NOTE, QUERY, Rows, Rule, Severity, Truths, rule
from pipeline.declare.sheet import Sheet

__all__ = [
    "BUILTIN", "ERROR", "NOTE", "QUERY", "Builtin", "Choice", "Code", "Column", "ColumnRef", "Count", "Day", "Email", "Form",
    "Measure", "Money", "Name", "Percent", "Phone", "Quantity", "Rows", "Rule", "Serial", "Severity", "Sheet", "Text",
    "Truths", "YearMonth", "YesNo", "column", "rule",
]  # fmt: skip
