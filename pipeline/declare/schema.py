"""The Pandera side of a sheet: made from what its columns declare, where frames are checked and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from pipeline.declare.reading import Reading

if TYPE_CHECKING:
    from pipeline.declare.columns import Column
    from pipeline.declare.kinds import Bound
    from pipeline.declare.rules import Rule
    from pipeline.declare.sheet import Sheet


def schema_of(sheet: type[Sheet], checks: Sequence[pa.Check] = ()) -> pa.DataFrameSchema:
    """Make the schema of a sheet's frame: dtypes, what may be null, and the bounds, each with our code as its error.

    checks: what must hold beyond that, of whole rows.
    """
    columns = {name: _column(name, col) for name, col in sheet.columns().items()}
    return pa.DataFrameSchema(
        columns, list(checks), name=sheet.__name__, title=sheet.title(), description=sheet.__doc__
    )


def rule_check(rule: Rule) -> pa.Check:
    """Make the check of a rule that reads nothing but the rows of its sheet. It holds where the rule cannot be evaluated."""

    def holds(rows: pd.DataFrame) -> pd.Series[Any]:
        reading = Reading(rows if "submission" in rows else rows.assign(submission=0))
        truth = rule.holds(reading, **rule.thresholds).fillna(True).astype(bool)
        return truth if rule.reads_blanks else truth | ~reading.filled(rows.columns)

    return pa.Check(holds, name=rule.code, error=rule.code, ignore_na=False)


def _column(name: str, col: Column) -> pa.Column:
    checks = [] if col.is_computed else [_check(bound) for bound in col.kind.bounds(col)]
    return pa.Column(
        col.kind.dtype, checks, nullable=not col.is_required, name=name, title=col.title, description=col.note or None
    )


def _check(bound: Bound) -> pa.Check:
    if bound.check in _OF_TEXTS:
        return pa.Check(partial(_OF_TEXTS[bound.check], **bound.words), name=bound.check, error=bound.code)
    check: pa.Check = getattr(pa.Check, bound.check)(**bound.words, error=bound.code)
    return check


# Pandera's own checks of texts go through pandas' accessor, which takes five times as long for each.


def _str_length(texts: pd.Series[Any], max_value: int) -> pd.Series[Any]:
    lengths = np.fromiter(map(len, texts.to_numpy()), dtype=np.int64, count=len(texts))
    return pd.Series(lengths <= max_value, index=texts.index)


def _str_matches(texts: pd.Series[Any], pattern: str) -> pd.Series[Any]:
    match, said = re.compile(pattern).match, texts.to_numpy()
    right = {text: match(text) is not None for text in {*said}}  # names and codes come again and again
    return pd.Series([right[text] for text in said], index=texts.index, dtype=bool)


_OF_TEXTS: dict[str, Callable[..., pd.Series[Any]]] = {"str_length": _str_length, "str_matches": _str_matches}
