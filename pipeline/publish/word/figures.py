"""How numbers stand in documents: exact, and shares to one decimal."""

from __future__ import annotations

from pipeline.model import Number

PART_OF = "其中："  # how a form prefixes the indicators that are parts of the one above them


def number(value: Number) -> str:
    """Write a number exactly, without separators and without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(part: int, whole: int) -> str:
    """Write a share to one decimal; only all is 100%, and a share of nothing is a dash."""
    if not whole:
        return "—"
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{(tenths if part == whole else min(tenths, 999)) / 10:g}%"
