"""What one would write instead of all this: `python benchmarks/plain_script.py INBOX OUT [--annotate]`.

Every sheet of every return goes through pandas.read_excel and its own Pandera schema; the frames are put together,
summed per team, and written to one workbook. With --annotate each return in error is also written again with its wrong
cells marked. It takes headers to be where the form has them, a file's name to be its team, and every file to open.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pandera.pandas as pa

CATEGORIES = ["基础设施", "医疗卫生", "产业发展", "就业创业", "矛盾纠纷", "社会保障", "教育助学"]
LEVELS = ["省级", "市级", "县级", "乡级"]
DUTIES = ["队长", "第一书记", "队员"]
STATES = ["已办结", "办理中", "未办理"]
HEADER_ROW = 2  # from 0
FIRST_DAY, LAST_DAY = pd.Timestamp(2020, 1, 1), pd.Timestamp(2026, 12, 31)


def is_number(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Tell which cells hold a believable number, or nothing."""
    return pd.to_numeric(cells, errors="coerce").between(0, 10000) | cells.isna()


def is_day(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Tell which cells hold a believable day, or nothing."""
    return pd.to_datetime(cells, errors="coerce").between(FIRST_DAY, LAST_DAY) | cells.isna()


def closed_has_a_day(problems: pd.DataFrame) -> pd.Series[Any]:
    """Tell which problems are open or say when they were closed."""
    return (problems["办理状态"] != STATES[0]) | problems["办结日期"].notna()


def text(*checks: pa.Check, blank: bool = False) -> pa.Column:
    """Declare a column of whatever people type; pandas reads it as objects."""
    return pa.Column(object, list(checks), nullable=blank)


def number() -> pa.Column:
    """Declare a column of numbers."""
    return text(pa.Check(is_number, name="数值"))


def day(*, blank: bool = False) -> pa.Column:
    """Declare a column of days."""
    return text(pa.Check(is_day, name="日期"), blank=blank)


def name() -> pa.Column:
    """Declare a column of persons' names."""
    return text(pa.Check.str_length(2, 4))


def one_of(choices: Sequence[str]) -> pa.Column:
    """Declare a column of choices."""
    return text(pa.Check.isin(choices))


SCHEMAS = {
    "汇总表": pa.DataFrameSchema({"指标名称": text(), "计量单位": text(), "数值": number()}),
    "骨干名册": pa.DataFrameSchema(
        {
            "序号": number(),
            "姓名": name(),
            "性别": one_of(["男", "女"]),
            "派出单位": text(),
            "职务": one_of(DUTIES),
            "层级": one_of(LEVELS),
            "到岗日期": day(),
            "联系电话": text(pa.Check.str_matches(r"^1\d{10}$")),
        }
    ),
    "走访台账": pa.DataFrameSchema(
        {
            "序号": number(),
            "户主姓名": name(),
            "村组": text(),
            "家庭人口": number(),
            "走访日期": day(),
            "走访干部": name(),
            "诉求类别": one_of(CATEGORIES),
            "诉求内容": text(),
        }
    ),
    "问题台账": pa.DataFrameSchema(
        {
            "序号": number(),
            "问题编号": text(pa.Check.str_matches(r"^W\d{3}-\d{3}$")),
            "问题类别": one_of(CATEGORIES),
            "问题描述": text(),
            "提出日期": day(),
            "提出人": text(),
            "责任单位": text(),
            "责任人": text(),
            "办理状态": one_of(STATES),
            "办结日期": day(blank=True),
            "投入资金": number(),
            "备注": text(blank=True),
        },
        checks=pa.Check(closed_has_a_day, name="办结须填日期"),
    ),
}

Engine = Literal["openpyxl", "calamine"]
Failures = dict[str, pd.DataFrame]  # by sheet: Pandera's failure cases, whose index counts the frame's rows


def read(path: Path, engine: Engine) -> dict[str, pd.DataFrame]:
    """Read a return's sheets, one row per record: without the row of units and the row of sums."""
    sheets = {}
    for title in SCHEMAS:
        raw = pd.read_excel(path, sheet_name=title, header=HEADER_ROW, engine=engine, dtype=object)
        records = raw.iloc[1:]
        sheets[title] = records[records.iloc[:, 0].astype(str) != "合计"].astype(object)
    return sheets


def failures_of(sheets: Mapping[str, pd.DataFrame]) -> Failures:
    """Check every sheet of one return."""
    found = {}
    for title, records in sheets.items():
        try:
            SCHEMAS[title].validate(records, lazy=True)
        except pa.errors.SchemaErrors as errors:
            found[title] = errors.failure_cases
    return found


def annotate(source: Path, found: Failures, target: Path) -> None:
    """Write a return again with its wrong cells filled and commented."""
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    red = PatternFill("solid", fgColor="FFFF9999")
    book = openpyxl.load_workbook(source)
    for title, cases in found.items():
        columns = list(SCHEMAS[title].columns)
        for column, index, check in zip(cases["column"], cases["index"], cases["check"], strict=True):
            if index is None or column not in columns:
                continue
            cell = book[title].cell(HEADER_ROW + 2 + int(index), columns.index(column) + 1)
            cell.fill, cell.comment = red, Comment(str(check), "校验")
    book.save(target)


def summarise(sheets: Mapping[str, pd.DataFrame], found: Sequence[pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Sum up all returns per team; what is not a number counts nothing."""
    summary, visits, problems = sheets["汇总表"], sheets["走访台账"], sheets["问题台账"]
    for records, column in ((summary, "数值"), (visits, "家庭人口"), (problems, "投入资金")):
        records[column] = pd.to_numeric(records[column], errors="coerce")
    persons = visits.groupby("工作队").agg(走访户数=("户主姓名", "size"), 人口=("家庭人口", "sum"))
    return {
        "指标汇总": summary.pivot_table(index="工作队", columns="指标名称", values="数值", aggfunc="sum").reset_index(),
        "走访统计": persons.reset_index(),
        "诉求分类": visits.groupby(["工作队", "诉求类别"]).size().unstack(fill_value=0).reset_index(),
        "问题办理": problems.groupby(["工作队", "办理状态"]).size().unstack(fill_value=0).reset_index(),
        "资金": problems.groupby("工作队")["投入资金"].sum().reset_index(),
        "错误清单": pd.concat(found, ignore_index=True).astype(str) if found else pd.DataFrame({"工作队": []}),
    }


def write(tables: Mapping[str, pd.DataFrame], target: Path) -> None:
    """Write one sheet per table."""
    with pd.ExcelWriter(target, engine="xlsxwriter") as book:
        bold = book.book.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1})
        for title, table in tables.items():
            table.to_excel(book, sheet_name=title, index=False)
            sheet = book.sheets[title]
            sheet.write_row(0, 0, [str(column) for column in table.columns], bold)
            sheet.set_column(0, len(table.columns), 14)


def main() -> None:
    """Read the command line and do the night's work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inbox", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--engine", choices=("openpyxl", "calamine"), default="openpyxl")
    parser.add_argument("--annotate", action="store_true", help="also write a marked copy of every return in error")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)  # openpyxl's and pandas's, about cells that are not dates
    args.out.mkdir(parents=True, exist_ok=True)

    frames: dict[str, list[pd.DataFrame]] = {title: [] for title in SCHEMAS}
    errors: list[pd.DataFrame] = []
    for path in sorted(args.inbox.glob("*.xlsx")):
        sheets = read(path, args.engine)
        found = failures_of(sheets)
        if found and args.annotate:
            annotate(path, found, args.out / f"{path.stem}_错误标注.xlsx")
        for title, records in sheets.items():
            records.insert(0, "工作队", path.stem)
            frames[title].append(records)
        for title, cases in found.items():
            cases.insert(0, "表", title)
            cases.insert(0, "工作队", path.stem)
            errors.append(cases)
    together = {title: pd.concat(records, ignore_index=True) for title, records in frames.items()}
    write(summarise(together, errors), args.out / "汇总.xlsx")
    print(f"{len(frames['汇总表'])} files, {len(together['走访台账'])} visits, {sum(map(len, errors))} errors")


if __name__ == "__main__":
    main()
