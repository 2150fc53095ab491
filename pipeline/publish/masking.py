"""Texts that others typed, made fit for a page that travels: personal numbers masked, invisible characters shown."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.declare import Form, Phone
from pipeline.readable import visible

__all__ = ["masked", "masked_number", "phone_columns", "visible"]

# \d also means full-width digits, which people type and which give a number away just as well.
_MOBILE = re.compile(r"(?<!\d)([1１][3-9３-９]\d)([ -]?)\d{4}([ -]?)(\d{4})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?![\dXx])")
_ANY_NUMBER = re.compile(r"(?<!\d)(\d{3})(\d+)(\d{3})(?!\d)")


@lru_cache(maxsize=10_000)  # page and list show the same
def masked(text: str) -> str:
    """Hide the middle of mobile and identity numbers; the ends still tell the office which one is meant."""
    return _MOBILE.sub(r"\1\2****\3\4", _IDENTITY.sub(r"\1********\2", text))


def masked_number(text: str) -> str:
    """Hide the middle of every number of seven digits or more, well formed or not: for columns of telephone numbers."""
    return _ANY_NUMBER.sub(lambda found: found[1] + "*" * len(found[2]) + found[3], masked(text))


def phone_columns(form: Form) -> set[tuple[str, str]]:
    """Name the columns of telephone numbers: (sheet key, field)."""
    return {(col.sheet.key(), col.field) for col in form.columns() if issubclass(col.kind, Phone)}
