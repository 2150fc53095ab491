"""A return on a ministry's form, as its own drawer made it: drop-downs, colours, guarded sheets, lists, notes; filled in by hand."""

from __future__ import annotations

import datetime as dt
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Border, Font, PatternFill, Protection, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

EXAMPLE = Path(__file__).parent.parent / "examples" / "progress"
DUE = dt.date(2024, 4, 10)
UNIT = "东风镇人民政府"
PROJECTS = [
    ["2024-001", "县道改造", "交通", "在建", "2023-03", 900, 300, 100, 90, 100, 80, 0.4, None],
    ["2024-002", "水库加固", "水利", "在建", "2024-01", 500, 200, 50, 55, 50, 40, 0.3, "按期"],
    ["2024-003", "农网升级", "能源", "未开工", None, 400, 100, 20, 0, 30, 0, 0, None],
    ["2024-004", "标准厂房", "产业", "在建", "2023-09", 700, 250, 60, 60, 60, 66, 0.5, None],
]
FIRST = 6  # row of the first project


def campaign(root: Path) -> Path:
    """Make a campaign folder of the example whose form is the ministry's."""
    shutil.copytree(EXAMPLE / "schemas", root / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "inbox").mkdir(parents=True)
    return root


def return_of(unit: str = UNIT) -> Workbook:
    """Fill in the ministry's form, all right."""
    book = Workbook()
    guide = book.active
    assert guide is not None
    guide.title, guide["A1"] = "填报说明", "请逐项如实填写。"
    _overview(book.create_sheet("综合情况"), unit)
    _projects(book.create_sheet("项目进度"))
    units = book.create_sheet("单位名单")
    for name in ("东风镇人民政府", "红旗镇人民政府", "长岭乡人民政府"):
        units.append([name])
    units.sheet_state = "hidden"
    book.defined_names["states"] = DefinedName("states", attr_text="'项目进度'!$P$1:$P$3")
    book.active = 2
    return book


def _overview(tab: Worksheet, unit: str) -> None:
    tab["A1"], tab["A2"] = "重点项目投资进度季报", f"填报单位：{unit}　2024年1-3月"
    tab.append(["指标", "数量"])
    done = [sum(project[at] for project in PROJECTS) for at in (6, 8, 10)]  # type: ignore[misc]
    figures = [len(PROJECTS), 3, *done]
    titles = ["项目数", "其中：已开工", "年度计划投资", "一季度完成投资", "二季度完成投资"]
    for title, figure in zip(titles, figures, strict=True):
        tab.append([title, figure])
    for (cell,) in tab["B4:B8"]:
        cell.protection, cell.number_format = Protection(locked=False), "#,##0.00"
    tab.protection.sheet, tab.protection.password = True, "secret"
    tab.column_dimensions["A"].width = 28.5


def _projects(tab: Worksheet) -> None:
    tab["A1"] = "项目进度表"
    tab.merge_cells("A1:N1")
    for column, title in enumerate(
        ["序号", "项目编码", "项目名称", "项目类别", "建设状态", "开工年月", "总投资", "年度计划"], 1
    ):
        tab.cell(3, column, title)
        tab.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column)
    for column, quarter in ((9, "一季度"), (11, "二季度")):
        tab.cell(3, column, quarter)
        tab.merge_cells(start_row=3, end_row=3, start_column=column, end_column=column + 1)
        tab.cell(4, column, "计划")
        tab.cell(4, column + 1, "完成")
    for column, title in ((13, "形象进度"), (14, "备注")):
        tab.cell(3, column, title)
        tab.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column)
    tab["A5"] = "合计"
    for column in range(7, 13):
        letter = tab.cell(1, column).coordinate[:-1]
        tab.cell(5, column, sum(project[column - 2] for project in PROJECTS))  # type: ignore[misc]
        tab.cell(5, column).number_format = f'"{letter}"0.00'
    for number, project in enumerate(PROJECTS, 1):
        tab.append([number, *project])
    for row in tab.iter_rows(min_row=FIRST, max_row=FIRST + 3, min_col=7, max_col=12):
        for cell in row:
            cell.number_format, cell.font = "#,##0.00", Font(name="仿宋", size=12, color="FF1F4E79")
            cell.border = Border(left=Side("hair"), right=Side("hair"))
    for row in (FIRST, FIRST + 2):
        for cell in tab[row]:
            cell.fill = PatternFill("solid", fgColor="FFF2F2F2")
    for row in range(FIRST, FIRST + 4):
        tab.cell(row, 13).number_format = "0%"
    states = DataValidation(type="list", formula1="states", allow_blank=True)
    states.add(f"E{FIRST}:E60")
    sorts = DataValidation(type="list", formula1='"交通,水利,能源,产业,市政"')
    sorts.add(f"D{FIRST}:D60")
    tab.add_data_validation(states)
    tab.add_data_validation(sorts)
    for number, state in enumerate(("在建", "未开工", "已完工"), 1):
        tab.cell(number, 16, state)
    tab.column_dimensions["P"].hidden = True
    tab.column_dimensions["C"].width = 31.25
    tab.row_dimensions[3].height = 33
    tab.freeze_panes = "D6"
    tab.conditional_formatting.add(
        "G6:L60", CellIsRule(operator="lessThan", formula=["0"], font=Font(color="FFFF0000"))
    )
    tab.conditional_formatting.add("A6:N60", FormulaRule(formula=["LEN($C6)>50"], fill=PatternFill(bgColor="FFFFFF00")))
    tab[f"C{FIRST}"].comment = Comment("本项目跨两镇", "张三", width=200, height=60)
    tab[f"H{FIRST + 1}"].comment = Comment("县里已核", "张三", width=200, height=60)
    tab.auto_filter.ref = "A4:N9"
    tab.print_title_rows = "3:4"


def spoilt(book: Workbook, cells: Mapping[str, object], tab: str = "项目进度") -> Workbook:
    """Write other values into cells."""
    for cell, value in cells.items():
        book[tab][cell] = value
    return book


def parts(path: Path) -> dict[str, bytes]:
    """Read the parts of a package."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(path: Path, change: Callable[[dict[str, bytes]], object], to: Path | None = None) -> Path:
    """Change the parts of a package."""
    content = parts(path)
    change(content)
    with zipfile.ZipFile(to or path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return to or path
