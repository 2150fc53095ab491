"""The Pandera side of a sheet: made from what its columns declare, where frames are checked and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandera.pandas as pa

if TYPE_CHECKING:
    from pipeline.declare.columns import Column
    from pipeline.declare.kinds import Bound
    from pipeline.declare.sheet import Sheet


def schema_of(sheet: type[Sheet], checks: Sequence[pa.Check] = ()) -> pa.DataFrameSchema:
    """Make the schema of a sheet's frame: dtypes, what may be null, and the bounds, each with our code as its error.

    checks: what must hold beyond that, of whole rows.
    """
    columns = {name: _column(name, col) for name, col in sheet.columns().items()}
    return pa.DataFrameSchema(
        columns, list(checks), name=sheet.__name__, title=sheet.title(), description=sheet.__doc__
    )


def _column(name: str, col: Column) -> pa.Column:
    checks = [_check(bound) for bound in col.kind.bounds(col)]
    return pa.Column(
        col.kind.dtype, checks, nullable=not col.is_required, name=name, title=col.title, description=col.note or None
    )


def _check(bound: Bound) -> pa.Check:
    check: pa.Check = getattr(pa.Check, bound.check)(**bound.words, error=bound.code)
    return check
