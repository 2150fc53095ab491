"""What returns declare, and what their ledgers add up to: the two routes to a total, exactly and per return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.declare import Column, Form, kinds
from pipeline.model import Number, Stack, Submission


def figures_of(
    stacks: Mapping[str, Stack], submissions: Sequence[Submission], form: Form
) -> dict[str, dict[str, dict[str, Number]]]:
    """Give the declared figures of every return: hash -> record -> indicator -> value. What could not be read is absent."""
    stack, indicators = stacks[form.declared.key()], form.declared.indicators()
    figures: dict[str, dict[str, dict[str, Number]]] = {}
    for record in form.declared.options().records or {}:
        rows = stack.frame[stack.frame["record"] == record]
        for key, col in indicators.items():
            filled = rows[key].notna()
            for number, stored in zip(rows["submission"][filled].tolist(), rows[key][filled].tolist(), strict=True):
                declared = figures.setdefault(submissions[number].sha256, {}).setdefault(record, {})
                declared[key] = kind_of(col).value(stored)
    return figures


def ledger_sums(stacks: Mapping[str, Stack], form: Form) -> dict[int, dict[str, Number]]:
    """Add up the ledgers' rows of every return: submission -> indicator -> sum; absent where the return lacks the ledger."""
    sums: dict[int, dict[str, Number]] = {}
    for key, col in form.declared.indicators().items():
        if col.equals is not None:
            stack = stacks[col.equals.sheet.key()]
            added = kind_of(col).totals(col.equals.amounts(stack.frame), stack.frame["submission"])
            for number in stack.present:
                sums.setdefault(number, {})[key] = added.get(number, 0)
    return sums


def column_sums(stack: Stack) -> dict[str, dict[int, Number]]:
    """Add up every column of numbers per return: field -> submission -> sum."""
    by = stack.frame["submission"]
    return {name: kind_of(col).totals(stack.frame[name], by) for name, col in stack.sheet.indicators().items()}


def kind_of(col: Column) -> type[kinds.Number]:
    """Give the kind of a column of numbers, which knows its exact values."""
    assert issubclass(col.kind, kinds.Number)
    return col.kind
