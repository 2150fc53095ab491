"""The table with which each team is inspected at the end: what was asked for, whether it is there, and room to sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.memory import DECISIONS
from pipeline.model import Standing, Status
from pipeline.night import Night
from pipeline.publish.excel.cells import COUNT, Cell, Field, chinese_day
from pipeline.publish.excel.inks import SUBTOTAL
from pipeline.publish.excel.sheetwriter import Book, Page
from pipeline.publish.office.answered_no import fill_answered_no, questions
from pipeline.publish.phrases.complete import COMPLETE, Asked, Delivery, deliveries, rows_in, stood_before
from pipeline.publish.phrases.decided import standing_decisions

ACCEPTANCE = "检查验收.xlsx"
TOLD = ("waive", "extend", "excuse")  # decisions of which an inspector wants to know
NONE, NOTHING = "缺", "无"  # rows of a ledger: none although there should be, none as there is nothing to report
LACKING = f'"{NONE} "#,##0;;"—"'  # how many teams lack something
ROW = 22  # points: room to write by hand


def write_acceptance(night: Night, path: Path) -> None:
    """Write the table, and for each ledger that asks yes or no, where no was said."""
    with Book(path, night, f"{night.campaign.settings.title}检查验收") as book:
        told = list(deliveries(night))
        _fill(book, told)
        for sheet, names in questions(night.campaign.form).items():
            fill_answered_no(book, sheet, names, told)


def _fill(book: Book, told: Sequence[Delivery]) -> None:
    """Write a row per team of the register, in its order: it is a form to be ticked off."""
    night, asked, decided = book.night, Asked(book.night.campaign.form), _decided(book.night)
    page = book.page("验收表", "检查验收表", _fields(book, asked))
    page.sheet.set_default_row(ROW)
    page.freeze(2)
    page.rows([_row(night, asked, each, decided.get(each.standing.team.code, {})) for each in told])
    page.filtered()
    if told:
        _shade(page)
    page.line(_totals(page, asked, told, decided), "total", formats=_lacking_formats(night, asked))
    page.close(_notes(page, asked))


def _fields(book: Book, asked: Asked) -> list[Field]:
    night = book.night
    now, ledgers, still, on_site = "本期报送", "台账行数", "未了事项", "现场验收"
    return [
        Field("编码", 8), Field(book.unit, 27),
        *(Field(title, 11) for title in night.campaign.settings.dimensions.values()),
        Field("审核", 9, align="center", band=now), Field("及时", 10, align="center", band=now),
        Field("份数", 5, COUNT, "center", now),
        *([Field("此前各期", 12)] if night.before else []),
        *(Field(sheet.title(), 6, COUNT, "center", ledgers) for sheet in asked.ledgers.values()),
        *([Field(f"{asked.form.declared.title()}填数", 7, align="center")] if asked.figures else []),
        Field("错误", 5, COUNT, "center", still), Field("核实", 5, COUNT, "center", still),
        Field("处理决定", 8, align="center"), Field("应有尽有", 26),
        Field("现场核对", 10, band=on_site), Field("验收意见", 12, band=on_site), Field("验收人", 8, band=on_site),
    ]  # fmt: skip


def _row(night: Night, asked: Asked, each: Delivery, decided: Mapping[str, int]) -> list[Cell]:
    standing, checked = each.standing, each.checked
    groups = [night.campaign.group(standing.team, name) for name in night.campaign.settings.dimensions]
    rows: list[Cell] = [
        (rows_in(checked, key) or (NONE if sheet in each.blank else NOTHING)) if checked else None
        for key, sheet in asked.ledgers.items()
    ]
    figures = f"{each.filled}/{len(asked.figures)}" if checked else None
    return [
        standing.team.code, standing.team.name, *groups, _status(standing), _in_time(night, standing),
        standing.versions, *([stood_before(night, standing)] if night.before else []), *rows,
        *([figures] if asked.figures else []), standing.errors, standing.queries,
        "、".join(f"{DECISIONS[what]} {count}" for what, count in decided.items()), each.says, None, None, None,
    ]  # fmt: skip


def _status(standing: Standing) -> str:
    return f"{standing.status.title}{'；零报告' if standing.is_nil else ''}"


def _in_time(night: Night, standing: Standing) -> str | None:
    """Say whether the first return came in time; of one that has not come, whether it should have."""
    if standing.status is Status.EXCUSED:
        return None
    if standing.latest is None:
        return f"逾期 {standing.days_late} 天" if standing.days_late else "未到期"
    return f"迟 {standing.days_late} 天" if standing.is_late else "按时"


def _decided(night: Night) -> dict[str, Counter[str]]:
    """Count the decisions in force about each team, by its code and in a fixed order of kinds."""
    by_team: dict[str, Counter[str]] = {}
    told = [each for each in standing_decisions(night) if each.what in TOLD]
    for each in sorted(told, key=lambda each: TOLD.index(each.what)):
        by_team.setdefault(each.team, Counter())[each.what] += 1
    return by_team


def _totals(page: Page, asked: Asked, told: Sequence[Delivery], decided: Mapping[str, Mapping[str, int]]) -> list[Cell]:
    """Give the line that says of how many teams all is there, and how many lack each thing."""
    night, standings = page.book.night, [each.standing for each in told]
    counted, short = night.returns(), sum(bool(each.checked) and each.filled < len(asked.figures) for each in told)
    blank = Counter(sheet.key() for each in told for sheet in each.blank)
    lacking_before = len({each.team.code for each in standings} & {code for b in night.before for code in b.lacking})
    in_force = sum(sum(each.values()) for each in decided.values())
    complete, lacking = sum(each.is_complete for each in told), sum(bool(each.lacking) for each in told)
    return [
        "合　计", f"{len(told)} 个{page.book.unit}", *(None for _ in night.campaign.settings.dimensions),
        f"通过 {counted['accepted']}", f"迟报 {counted['late']}", sum(each.versions for each in standings),
        *([lacking_before] if night.before else []), *(blank[key] for key in asked.ledgers),
        *([short] if asked.figures else []), sum(each.errors for each in standings),
        sum(each.queries for each in standings), f"{in_force} 项" if in_force else None,
        f"{COMPLETE} {complete} 个，不齐 {lacking} 个", None, None, None,
    ]  # fmt: skip


def _lacking_formats(night: Night, asked: Asked) -> dict[int, str]:
    """Give the format of each number of the last line that counts teams which lack something, by column."""
    first = 5 + len(night.campaign.settings.dimensions)
    many = bool(night.before) + len(asked.ledgers) + bool(asked.figures)
    return dict.fromkeys(range(first, first + many), LACKING)


def _shade(page: Page) -> None:
    """Shade the rows in which something is lacking, also when they are sorted or filtered."""
    says = next(place for place, field in enumerate(page.fields) if field.heading == "应有尽有")
    cell = page.address(page.first, says).partition("!")[2]
    column = cell.rstrip("0123456789")
    when = f'=AND(${column}{page.first + 1}<>"{COMPLETE}",${column}{page.first + 1}<>"{Status.EXCUSED.title}")'
    ink = page.book.workbook.add_format({"bg_color": SUBTOTAL})
    shown = {"type": "formula", "criteria": when, "format": ink}
    page.sheet.conditional_format(page.first, 0, page.row - 1, page.last, shown)


def _notes(page: Page, asked: Asked) -> list[str]:
    night, unit = page.book.night, page.book.unit
    card = f"“{asked.form.declared.title()}填数”为已填的指标数／应填的指标数。"
    return [
        f"按截至 {chinese_day(night.as_of)} 收到并审核的报表生成。每个{unit}看计入汇总的那一份：审核通过的一份；"
        "最新一份退改、以前有通过的，看以前通过的那一份。没有报表计入的，各表行数空着。",
        f"台账行数：“{NONE}”是这张表一行也没有；“{NOTHING}”是零报告，本期没有这类情况。{card if asked.figures else ''}",
        "“及时”看第一份报表收到的日期；“未了事项”是最新一份报表中还没有整改的错误、还没有说明的核实；"
        "“处理决定”只数仍然有效的豁免、延期和免报。",
        *(["“此前各期”是本期以前开始、在这里收过报表的各期。"] if night.before else []),
        f"“应有尽有”写明“{COMPLETE}”，或者还缺什么；有底色的行不齐。迟报不影响“{COMPLETE}”。"
        f"合计行中“{NONE}”后面的数是缺这一项的{unit}数。",
        "“现场核对”“验收意见”“验收人”三栏由检查验收组在现场填写。",
    ]
