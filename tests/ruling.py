"""Rules of declared campaigns: as a maintainer writes them down, and, in plain Python, in which rows they are broken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from filling_times import Place, Row, Rows

SHARES = ("Percent",)
DAYS = ("Day", "YearMonth")


@dataclass(frozen=True)
class Rule:
    """One rule. key: of the sheet that it blames, owner: its class. fields: what it reads there, of which it blames the first.

    sort: "order" (the first is not above the second, or by `limit` at most), "most" (not above `limit`), "given" (there where the
    second is), "team" (`limit` binds enterprises alone), "count" (not less than there are rows in another sheet), "all" (not
    above the largest in a column of another sheet). limit: as declared; said: as campaign.toml has it, if it has it. other: key
    of the other sheet and its field. headings: how many its fields come again under; it holds under each of them.
    """

    code: str
    severity: str
    sort: str
    key: str
    owner: str
    fields: tuple[str, ...]
    kind: str  # of these fields
    limit: float | None = None
    said: float | None = None
    other: tuple[str, str] = ("", "")
    headings: int = 0

    def under_each(self) -> Sequence[Rule]:
        """Give what it is under each heading: a rule about that one's fields."""
        return [
            replace(self, fields=tuple(f"{name}_{number}" for name in self.fields), headings=0)
            for number in range(1, self.headings + 1)
        ] or [self]

    @property
    def reads_blanks(self) -> bool:
        """Whether it is about blanks."""
        return self.sort == "given"

    @property
    def name(self) -> str:
        """The name of its threshold."""
        return "slack" if self.sort == "order" else "most"

    def __str__(self) -> str:
        first, second = (f'{self.key}["{name}"]' for name in (*self.fields, *self.fields)[:2])
        other, column = self.other
        slack = f" + {self.name}" if self.limit is not None else ""
        by_return = f'{self.key}["submission"].map({other}.groupby("submission")'
        holds = {
            "order": f"{first} <= {second}{slack}",
            "most": f"{first} <= {self.name}",
            "given": f"{first}.notna() | {second}.isna()",
            "team": f'(team["kind"] != "企业") | ({first} <= {self.name})',
            "count": f"{first} >= {by_return}.size()).fillna(0)",
            "all": f'{first} <= {by_return}["{column}"].max()).fillna({first})',
        }[self.sort]
        asked = [self.key, *([other] if other else []), *(["team"] if self.sort == "team" else [])]
        parameters = [f"{name}: Rows" for name in asked]
        parameters += [f"{self.name}: {type(self.limit).__name__} = {self.limit}"] if self.limit is not None else []
        more = "    reads_blanks=True,\n" if self.reads_blanks else ""
        named = [*self.fields, *([self.name] if self.limit is not None else [])]
        says = "“{title}”不对：" + "、".join(f"{{{each}}}" for each in named) + "。请核对。"
        passing, failing = self.examples()
        return (
            f'@rule(\n    "{self.code}",\n    {self.severity},\n    blames={self.owner}.{self.fields[0]},\n{more}'
            f"    says={says!r},\n    passing={passing!r},\n    failing={failing!r},\n)\n"
            f'def rule_{self.code.lower()}({", ".join(parameters)}) -> Truths:\n    """第一栏要合乎规则。"""\n    return {holds}\n'
        )

    def examples(self) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
        """Give rows on both sides of the boundary, as declared."""
        first, second, third = {
            "Percent": ("10%", "20%", "30%"),
            "Day": ("2024-03-01", "2024-03-02", "2024-03-03"),
            "YearMonth": ("2024-03", "2024-04", "2024-05"),
            "Text": ("甲", "乙", "丙"),
            "YesNo": ("是", "否", "是"),
        }.get(self.kind, (1, 2, 3))
        a, b = (*self.fields, *self.fields)[:2]
        step, limit = (0.01 if self.kind in SHARES else 1), self.limit or 0
        match self.sort:
            case "order" if self.limit is not None:
                return [{a: 1 + limit, b: 1}, {a: 0, b: 1}], [{a: 1 + limit + step, b: 1}]
            case "order":
                return [{a: first, b: second}, {a: second, b: second}], [{a: third, b: second}]
            case "most":
                return [{a: limit}], [{a: round(limit + step, 2)}]
            case "given":
                return [{a: first, b: second}, {a: first}, {}], [{b: second}]
            case "team":
                firm, town = {"kind": "企业"}, {"kind": "乡镇"}
                return (
                    [{a: limit, "team": firm}, {a: limit + step, "team": town}],
                    [{a: round(limit + step, 2), "team": firm}],
                )
            case "count":
                return [{self.key: [{a: 2}], self.other[0]: [{}, {}]}], [{self.key: [{a: 1}], self.other[0]: [{}, {}]}]
        other, column = self.other
        return [{self.key: [{a: second}], other: [{column: second}]}], [
            {self.key: [{a: third}], other: [{column: second}]}
        ]

    def holds(self, row: Row, rows: Rows, kind: str) -> bool:
        """Whether a row of the blamed sheet keeps it. kind: of the team. A row that lacks what is asked for does."""
        said = [row.get(name) for name in self.fields]
        others = [each.get(self.other[1]) for each in rows.get(self.other[0], ())] if self.other[1] else []
        if not self.reads_blanks and any(each is None for each in (*said, *others)):
            return True
        limit = self.said if self.said is not None else self.limit
        match self.sort:
            case "order":
                return bool(said[0] <= (said[1] if limit is None else said[1] + limit))  # type: ignore[operator]
            case "most":
                return bool(said[0] <= limit)  # type: ignore[operator]
            case "given":
                return said[0] is not None or said[1] is None
            case "team":
                return kind != "企业" or bool(said[0] <= limit)  # type: ignore[operator]
            case "count":
                return bool(said[0] >= len(rows[self.other[0]]))  # type: ignore[operator]
        return not others or bool(said[0] <= max(others))  # type: ignore[operator, type-var]

    def breaking(self, row: Row, rows: Rows) -> Iterator[tuple[str, Any]]:
        """Give changes of a row with which it may be broken: field and value."""
        first = self.fields[0]
        step: Any = {"Percent": 0.01, "Day": dt.timedelta(1), "YearMonth": dt.timedelta(31)}.get(self.kind, 1)
        limit: Any = self.said if self.said is not None else self.limit
        if row.get(first) is None:
            return
        match self.sort:
            case "order" if row.get(self.fields[1]) is not None:
                yield first, _near(row[self.fields[1]] + (limit or step * 0) + step, self.kind)
                yield self.fields[1], _near(row[first] - (limit or step * 0) - step, self.kind)
            case "most" | "team":
                yield first, _near(limit + step, self.kind)
            case "given":
                yield first, None
            case "count":
                yield first, len(rows[self.other[0]]) - 1
            case "all":
                listed = [each[self.other[1]] for each in rows[self.other[0]] if each[self.other[1]] is not None]
                yield from [(first, _near(max(listed) + step, self.kind))] if listed else []


def _near(value: Any, kind: str) -> Any:
    """Give the value of that kind: shares have four decimals, amounts so many as they had, months their first day."""
    if kind == "YearMonth":
        return value.replace(day=1)
    return value if kind in DAYS or isinstance(value, int) else round(value, 6 if kind != "Percent" else 4)


@dataclass(frozen=True)
class Rules:
    """The rules of a campaign that its form has in a period. columns: fields of that form, by sheet key. kind: of the team."""

    rules: Sequence[Rule]
    columns: Mapping[str, Sequence[str]]
    kind: str

    def applying(self) -> Iterator[Rule]:
        """Give the rules that have all that they read; another says nothing."""
        for each in (one for rule in self.rules for one in rule.under_each()):
            asked = [(each.key, name) for name in each.fields] + ([each.other] if each.other[0] else [])
            if all(key in self.columns and (not name or name in self.columns[key]) for key, name in asked):
                yield each

    def keeps(self, key: str, row: Row, rows: Rows) -> bool:
        """Whether a row of a sheet keeps all rules. rows: of the sheets that are filled in already."""
        return all(
            rule.holds(row, rows, self.kind)
            for rule in self.applying()
            if rule.key == key and (not rule.other[0] or rule.other[0] in rows)
        )

    def broken(self, rows: Rows, unreadable: Collection[Place] = ()) -> set[tuple[str, Place]]:
        """Give the codes of broken rules, each with the place that is blamed. What read an unreadable cell says nothing."""
        return {
            (rule.code, (rule.key, number, rule.fields[0]))
            for rule in self.applying()
            for number, row in enumerate(rows[rule.key])
            if not rule.holds(row, rows, self.kind)
            and not {*unreadable} & {(rule.key, number, name) for name in rule.fields}
            and not (rule.other[1] and any((key, name) == rule.other for key, _, name in unreadable))
        }
