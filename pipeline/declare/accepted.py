"""What each kind of column accepts, as tables for the manual; when they are tested, the kinds themselves read every line."""

from collections.abc import Iterator

from pipeline.declare.catalogue import BUILTIN
from pipeline.declare.column_words import column
from pipeline.declare.columns import Column
from pipeline.declare.kind import Example, Kind, show
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
    Text,
    YearMonth,
    YesNo,
)
from pipeline.declare.sheet import Sheet

KINDS: tuple[type[Kind], ...] = (
    Count, Money, Quantity, Percent, Day, YearMonth, Text, Name, Code, Phone, Email, Choice, YesNo,
)  # fmt: skip


class Plain(Sheet):
    """One column of each kind, with nothing said of it but what the kind must know."""

    whole: Count = column("整数", unit="人")
    amount: Money = column("金额", unit="万元")
    quantity: Quantity = column("数量", unit="公顷")
    share: Percent = column("百分数")
    day: Day = column("日期")
    month: YearMonth = column("年月")
    text: Text = column("文字")
    name: Name = column("姓名")
    code: Code = column("编码")
    phone: Phone = column("电话号码")
    email: Email = column("电子邮箱")
    choice: Choice = column("选项", choices=("已解决", "未解决"), synonyms={"解决": "已解决"})
    yes_no: YesNo = column("是/否")


for _name in ("day", "month"):
    Plain.columns()[_name].year = 2011


def plain_column(kind: type[Kind]) -> Column:
    """Give a column of a kind with nothing else declared."""
    return next(col for col in Plain.columns().values() if col.kind is kind)


def markdown() -> str:
    """Write the tables, one per kind."""
    return "\n\n".join("\n".join(_table(kind)) for kind in KINDS)


def _table(kind: type[Kind]) -> Iterator[str]:
    col = plain_column(kind)
    unit = f"（单位：{col.unit}）" if col.unit else ""
    named = f"（选项为{'、'.join(col.choices)}）" if kind is Choice else ""
    yield f"**{kind.label}**{unit}{named}"
    yield ""
    yield "| 填写 | 读作 | 结果 |"
    yield "|---|---|---|"
    for example in kind.cases:
        yield f"| {_typed(example)} | {_read(example)} | {_outcome(example)} |"


def _typed(example: Example) -> str:
    shown = show(example.typed).replace("|", "\\|").replace("\n", "↵")
    return f"`{shown}`" + (f"（{example.remark}）" if example.remark else "")


def _read(example: Example) -> str:
    return "" if example.fault else show(example.value).replace("|", "\\|")


def _outcome(example: Example) -> str:
    if example.fault:
        return f"退回：{BUILTIN[example.fault].title}〔{example.fault}〕"
    return "照收，并提示" if example.is_noted else "照收"
