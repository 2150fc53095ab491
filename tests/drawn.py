"""A form as offices draw it: a cover, indicators that formulas add up, tables under merged headers, lists on a tab of their own."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.styles import Border, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

UNITS = ("东风镇政府", "红旗镇政府", "县交通局")
SORTS = ("公路", "水利", "能源")
STATES = ("在建", "已完工")
LINE = Side(style="thin")
FRAME = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)
FIRST, LAST = 6, 15  # rows of the projects


def ask(tab: Worksheet, cells: str, **said: object) -> None:
    """Let Excel demand something of cells."""
    demand = DataValidation(**said)
    tab.add_data_validation(demand)
    demand.add(cells)


def frame(tab: Worksheet, cells: str) -> None:
    for row in tab[cells]:
        for cell in row if isinstance(row, tuple) else (row,):
            cell.border = FRAME


def a_form() -> Workbook:
    """Draw the blank."""
    book = Workbook()
    _cover(book)
    _figures(book)
    _projects(book)
    _staff(book)
    lists = book.create_sheet("字典")
    for r in range(3):
        lists.cell(r + 1, 1, SORTS[r])
        lists.cell(r + 1, 2, STATES[r] if r < 2 else None)
    book.defined_names["states"] = DefinedName("states", attr_text="字典!$B$1:$B$2")
    units = book.create_sheet("单位名单")
    for row in (["序号", "单位名称"], *([n, unit] for n, unit in enumerate(UNITS, 1))):
        units.append(row)
    guidance = book.create_sheet("填报说明")
    guidance["A1"] = "一、本表由各单位填报，每季度一次。"
    guidance["A2"] = "二、金额以万元为单位，保留两位小数。"
    return book


def _cover(book: Workbook) -> None:
    tab = book.active
    assert isinstance(tab, Worksheet)
    tab.title = "封面"
    tab["A1"], tab["A2"] = "重大项目建设情况季报", "表号：重点03表　制定机关：省发展改革委"
    tab.merge_cells("A1:B1")
    for r, title in enumerate(("单位名称", "报告期", "填报日期", "填表人", "联系电话"), 4):
        tab.cell(r, 1, title)
    frame(tab, "A4:B8")
    tab["B6"].number_format = "yyyy/m/d"


def _figures(book: Workbook) -> None:
    tab = book.create_sheet("主要指标")
    tab["A1"] = "主要指标（2024年一季度）"
    rows = (
        ("指标", "计量单位", "数量"), ("项目个数", "个", f"=COUNTA(项目!$B${FIRST}:$B${LAST})"),
        ("其中：在建", "个", f'=COUNTIF(项目!$D${FIRST}:$D${LAST},"在建")'), ("年度计划投资", "万元", f"=SUM(项目!E{FIRST}:E{LAST})"),
        ("安置人数", "人", "=C7+C8"), ("男", "人", None), ("女", "人", None), ("按期率", "", None),
    )  # fmt: skip
    for r, row in enumerate(rows, 2):
        for c, value in enumerate(row, 1):
            tab.cell(r, c, value)
    frame(tab, "A2:C9")
    ask(tab, "C7:C8", type="whole", operator="between", formula1="0", formula2="5000")
    tab["C9"].number_format = "0.0%"


def _projects(book: Workbook) -> None:
    tab = book.create_sheet("项目")
    tab["A1"] = "项目进度"
    tab.merge_cells("A1:I1")
    tab["I2"] = "单位：万元"
    heads = {"A": "序号", "B": "项目名称", "C": "项目类别", "D": "建设状态", "E": "年度计划\n（万元）", "I": "备注"}
    for letter, head in heads.items():
        tab[f"{letter}3"] = head
        tab.merge_cells(f"{letter}3:{letter}4")
    tab["F3"], tab["F4"], tab["G4"], tab["H4"] = "累计完成（万元）", "中央", "地方", "小计"
    tab.merge_cells("F3:H3")
    tab["A5"] = "合计"
    for letter in "EFGH":
        tab[f"{letter}5"] = f"=SUM({letter}{FIRST}:{letter}{LAST})"
    for r in range(FIRST, LAST + 1):
        tab[f"A{r}"], tab[f"C{r}"], tab[f"H{r}"] = r - FIRST + 1, "请选择", f"=F{r}+G{r}"
    frame(tab, f"A3:I{LAST}")
    ask(tab, f"C{FIRST}:C{LAST}", type="list", formula1="字典!$A$1:$A$3")
    ask(tab, f"D{FIRST}:D{LAST}", type="list", formula1="=states")
    ask(tab, f"E{FIRST}:G{LAST}", type="decimal", operator="greaterThanOrEqual", formula1="0")


def _staff(book: Workbook) -> None:
    tab = book.create_sheet("人员与设备")
    tab["A1"] = "人员与设备情况"
    tab["A3"], tab["A14"] = "一、人员情况", "二、设备情况"
    for top, heads in (
        (4, ("姓名", "手机号码", "到岗日期", "是否党员")),
        (15, ("设备名称", "数量（台）", "状况", "备注")),
    ):
        for c, head in enumerate(heads, 1):
            tab.cell(top, c, head)
        frame(tab, f"A{top}:D{top + 8}")
    ask(tab, "C5:C12", type="date", operator="between", formula1="45292", formula2="45657")
    ask(tab, "D5:D12", type="list", formula1='"是,否"')
    ask(tab, "B16:B23", type="whole", operator="between", formula1="1", formula2="99")
    ask(tab, "C16:C23", type="list", formula1='"请选择,完好,损坏"')


def filled_in(unit: str) -> Workbook:
    """Fill the form in as a careful clerk does, who leaves the formulas' results as Excel does."""
    import datetime as dt

    book = a_form()
    said: dict[str, dict[str, object]] = {
        "封面": {"B4": unit, "B5": "2024年一季度", "B6": dt.datetime(2024, 4, 2), "B7": "王五", "B8": "13800000003"},
        "主要指标": {"C3": 2, "C4": 1, "C5": 30.5, "C6": 12, "C7": 7, "C8": 5, "C9": 0.875},
        "项目": {
            "B6": "县道改造", "C6": "公路", "D6": "在建", "E6": 20, "F6": 3, "G6": 2.5, "H6": 5.5,
            "B7": "水库加固", "C7": "水利", "D7": "已完工", "E7": 10.5, "F7": 10, "G7": 0.5, "H7": 10.5, "I7": "已验收",
            "E5": 30.5, "F5": 13, "G5": 3, "H5": 16,
        },
        "人员与设备": {
            "A5": "张三", "B5": "13800000001", "C5": dt.datetime(2024, 1, 8), "D5": "是",
            "A6": "李四", "B6": "13800000002", "C6": dt.datetime(2024, 2, 1), "D6": "否",
            "A16": "电脑", "B16": 5, "C16": "完好", "A17": "打印机", "B17": 2, "C17": "损坏", "D17": "待修",
        },
    }  # fmt: skip
    for tab, cells in said.items():
        for cell, value in cells.items():
            book[tab][cell] = value
    for r in range(8, LAST + 1):
        book["项目"][f"H{r}"] = 0  # what the formula gives in a row that nobody has filled in
    return book
