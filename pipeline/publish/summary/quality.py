"""Pages that say how far the figures can be trusted and what they mean: what was found, indicators, and rules."""

from __future__ import annotations

from collections import Counter

from pipeline.declare import BUILTIN
from pipeline.model import Finding
from pipeline.night import Night
from pipeline.publish.excel.cells import COUNT, Field
from pipeline.publish.excel.sheetwriter import Book, Page
from pipeline.publish.phrases.tallies import SEVERITIES, by_rule, rule_titles, still_open, teams_in

ON_ONE_SHEET = 62  # rows that are still read easily when they are made to fit on one sheet


def rule_fields(book: Book) -> tuple[Field, ...]:
    """Give the columns of a list of broken rules."""
    return (
        Field("规则", 8, align="center"), Field("检查内容", 44), Field("级别", 8, align="center"),
        Field("件数", 9, COUNT, "right"), Field("未整改", 9, COUNT, "right"),
        Field(f"涉及{book.unit}", 12, COUNT, "right"),
    )  # fmt: skip


def quality_page(book: Book) -> Page:
    """Add the page of what was found, by rule and by sheet."""
    return book.page("数据质量", "数据质量情况", rule_fields(book), about="审核发现的问题，按规则和按表统计")


def fill_quality(page: Page, night: Night) -> None:
    """Count the findings of each team's latest return by rule, and by sheet of the form."""
    first = page.row
    list_rules(page, night)
    counts = (len(night.findings), still_open(night.findings))
    sums = [page.added(column, first, page.row, count) for column, count in enumerate(counts, 3)]
    page.line(["合　计", None, None, *sums, teams_in(night.findings)], "total")
    by_sheet: dict[str, list[Finding]] = {sheet.key(): [] for sheet in night.campaign.form.sheets}
    for finding in night.findings:
        by_sheet.setdefault(finding.sheet_key, []).append(finding)
    names = {sheet.key(): sheet.title() for sheet in night.campaign.form.sheets}
    page.block(
        "按表统计", ("表", 0, 1), ("错误", 2, 2), ("核实", 3, 3), ("提示", 4, 4), (f"涉及{page.book.unit}", 5, 5)
    )
    for key, found in by_sheet.items():
        of = Counter(finding.severity for finding in found)
        cells = [(of[severity], column, column) for column, severity in enumerate(SEVERITIES, 2)]
        page.spanned((names.get(key, "整个文件"), 0, 1), *cells, (teams_in(found), 5, 5))
    if page.row <= ON_ONE_SHEET:
        page.sheet.fit_to_pages(1, 1)
    page.close(
        (
            f"统计各{page.book.unit}最新一份报表中的全部差错，含已说明和豁免的；“未整改”含反弹。",
            f"“提示”只说明读法，不须改正。涉及{page.book.unit}的合计不重复计算。",
        )
    )


def list_rules(page: Page, night: Night) -> None:
    """Write the broken rules, the gravest and commonest first, with counts of findings and teams."""
    titles = rule_titles(night.campaign)
    for severity, code, found in by_rule(night.findings):
        page.line([code, titles.get(code, ""), severity.title, len(found), still_open(found), teams_in(found)])


def definition_page(book: Book) -> Page:
    """Add the page of what indicators mean."""
    fields = (
        Field("指标", 22), Field("计量单位", 10, align="center"), Field("应等于", 44), Field("填报要求", 36),
        Field("说明", 24),
    )  # fmt: skip
    return book.page("指标说明", "指标说明", fields, about="指标的口径和填报要求")


def fill_definitions(page: Page, night: Night) -> None:
    """List the indicators as the campaign declares them."""
    form = night.campaign.form
    record = (form.declared.options().records or {}).get(form.total_record, "")
    for col in form.declared.indicators().values():
        equal = col.equals.title if col.equals else None
        page.line([str(col.title), col.unit, equal, col.kind.expectation(col), col.note])
    page.close((f"合计取各{page.book.unit}填报的“{record}”。",) if record else ())


def rules_page(book: Book) -> Page:
    """Add the page of the rules that returns are checked by."""
    fields = (
        Field("规则", 8, align="center"), Field("级别", 8, align="center"), Field("检查内容", 46),
        Field("涉及栏目", 32),
    )  # fmt: skip
    return book.page("审核规则", "审核规则", fields, about="报表按哪些规则审核")


def fill_rules(page: Page, night: Night) -> None:
    """List the campaign's own rules, then those that every campaign has."""
    for rule in night.campaign.form.rules:
        blamed = "、".join(f"{ref.owner.title()}“{ref.declared().title}”" for ref in rule.blames)
        page.line([rule.code, rule.severity.title, rule.title, blamed])
    for builtin in BUILTIN.values():
        page.line([builtin.code, builtin.severity.title, builtin.title, "各表通用"])
    page.filtered()
    page.close(("错误必须改正；核实须改正或说明原因；提示只说明读法，不须改正。",))
