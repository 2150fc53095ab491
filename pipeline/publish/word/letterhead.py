"""Lay out fresh Word templates for a campaign that has none: the bulletin as a document, the brief as a newsletter.

The office edits them in Word or WPS afterwards; a template that is there is never overwritten.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

from docx.document import Document
from docx.shared import Mm, Pt

from pipeline.publish.word import first_wording as wording
from pipeline.publish.word.docx_parts import (
    LINE,
    Field,
    add_table,
    between,
    imprint,
    letterhead,
    mark_pages,
    new_document,
    red_rule,
    save,
)
from pipeline.settings import Settings

_TOTALS = (
    Field("序号", 12, "{{ loop.index }}"),
    Field("指　标", 60, "{{ 项.全称 }}", "表中文字"),
    Field("计量单位", 20, "{{ 项.单位 }}"),
    Field("累计数", 26, "{{ 项.数 }}"),
    Field("计入单位（个）", 19, "{{ 项.已报 }}"),
    Field("应报单位（个）", 19, "{{ 项.应报 }}"),
)
_GROUPS = (
    Field("{{ 组.名称 }}", 34, "{{ 行.名称 }}", "表中文字"),
    Field("应报", 12, "{{ 行.应报 }}"),
    Field("实报", 12, "{{ 行.实报 }}"),
    Field("报送率", 16, "{{ 行.报送率 }}"),
    Field("按时报", 16, "{{ 行.按时报 }}"),
    Field("及时率", 16, "{{ 行.及时率 }}"),
    Field("通过", 12, "{{ 行.通过 }}"),
    Field("合格率", 16, "{{ 行.合格率 }}"),
    Field("退改", 11, "{{ 行.退改数 }}"),
    Field("计入", 11, "{{ 行.计入 }}"),
)
_RETURNS = (
    Field("序号", 10, "{{ 队.序 }}"),
    Field("{{ 单位 }}", 59, "{{ 队.名称 }}", "表中文字"),
    Field("报送", 17, "{{ 队.报送 }}{% if 队.表扬 %} ☆{% endif %}"),
    Field("最近收到", 19, "{{ 队.收到 }}"),
    Field("次数", 10, "{{ 队.次数 }}"),
    Field("审核", 17, "{{ 队.审核 }}{% if 队.沿用 %}*{% endif %}"),
    Field("差错", 10, "{{ 队.差错 or '—' }}"),
    Field("待核实", 14, "{{ 队.待核实 or '—' }}"),
)
_COMPARED = (
    Field("项　目", 62, "{{ 行.名称 }}", "表中文字"),
    Field("计量单位", 20, "{{ 行.单位 }}"),
    Field("{{ 上次.称 }}", 26, "{{ 行.上次 }}"),
    Field("本　次", 26, "{{ 行.本次 }}"),
    Field("增　减", 22, "{{ 行.增减 }}"),
)
_BECAME = (
    Field("序号", 10, "{{ 行.序 }}"),
    Field("{{ 单位 }}", 56, "{{ 行.名称 }}", "表中文字"),
    Field("通报事项", 18, "{{ 行.事项 }}"),
    Field("所指问题", 12, "{{ 行.处 or '—' }}"),
    Field("整改", 12, "{{ 行.整改 or '—' }}"),
    Field("说明", 12, "{{ 行.说明 or '—' }}"),
    Field("豁免", 10, "{{ 行.豁免 or '—' }}"),
    Field("未改", 10, "{{ 行.未改 or '—' }}"),
    Field("现　状", 16, "{{ 行.现状 }}"),
)
_REVISED = (
    Field("指　标", 40, "{{ 行.名称 }}", "表中文字"),
    Field("计量单位", 18, "{{ 行.单位 }}"),
    Field("已公布", 20, "{{ 行.已公布 }}"),
    Field("现　在", 20, "{{ 行.现在 }}"),
    Field("增　减", 18, "{{ 行.增减 }}"),
    Field("原　因", 40, "{{ 行.原因 }}", "表中文字"),
)
_EVIDENCE = (
    Field("序号", 10, "{{ 行.序 }}"),
    Field("{{ 单位 }}", 32, "{{ 行.名称 }}", "表中文字"),
    Field("事项", 14, "{{ 行.事项 }}"),
    Field("依　据", 80, r"{{ 行.凭据|join('\n') }}", "表中文字"),
    Field("核对意见", 20, ""),
)


def lay_out(folder: Path, settings: Settings) -> list[Path]:
    """Write the templates that a campaign's schemas folder lacks. Give the paths written."""
    missing = [folder / name for name in TEMPLATES if not (folder / name).exists()]
    for path in missing:
        document = TEMPLATES[path.name](settings)
        save(document, path, title="文稿模板", author=settings.office, day=settings.starts)
    return missing


def bulletin(settings: Settings) -> Document:
    """Lay out the inspection bulletin's template (文件式)."""
    document = new_document()
    mark_pages(document, wording.DRAFT)
    letterhead(document, "{{ 办公室 }}文件", len(settings.office) + 2, Mm(35), Pt(2 * LINE))
    red_rule(document.add_paragraph("{{ 文号 }}", style="居中行"), Mm(4), Pt(2 * LINE))
    _write(document, wording.BULLETIN)
    _annex(document, "附件1", wording.ANNEX_1)
    add_table(document, _TOTALS, "项 in 指标")
    _write(document, (("表注", wording.TOTALS_NOTE), _if("上次"), ("表题", wording.COMPARED)))
    add_table(document, _COMPARED, "行 in 上次.行")
    _write(document, (_END,))
    _annex(document, "附件2", wording.ANNEX_2)
    _groups(document, "分组")
    _write(document, (("表题", "分队情况"),))
    add_table(document, _RETURNS, "队 in 名单")
    _write(document, (("表注", wording.RETURNS_NOTE), _if("上次")))
    _annex(document, "附件3", wording.ANNEX_3)
    add_table(document, _BECAME, "行 in 上次.名单")
    _write(document, (("表注", wording.BECAME_NOTE), _END, _if("更正")))
    _annex(document, f"附件{wording.REVISED_NUMBER}", wording.ANNEX_REVISED)
    add_table(document, _REVISED, "行 in 更正.行")
    _write(document, (("表注", wording.REVISED_NOTE), _END))
    imprint(document, "抄送：{{ 抄送 }}。", "{{ 办公室 }}", "{{ 成文日期 }}印发")
    _check_slip(document)
    return document


def brief(settings: Settings) -> Document:
    """Lay out the progress brief's template (简报式)."""
    document = new_document()
    mark_pages(document, wording.DRAFT)
    letterhead(document, "工 作 简 报", 7, Mm(12), Pt(LINE / 2))
    document.add_paragraph("{{ 期号 }}", style="居中行")
    issued = document.add_paragraph(style="正文段落")
    between(issued, "{{ 办公室 }}", "{{ 成文日期 }}")
    red_rule(issued, Mm(2), Pt(LINE))
    _write(document, wording.BRIEF)
    _write(document, (("表题", "各指标累计数和填报范围"),))
    add_table(document, _TOTALS, "项 in 指标")
    _groups(document, "分组[:1]")
    imprint(document, "报：{{ 抄送 }}。", "{{ 办公室 }}", "{{ 成文日期 }}印发")
    return document


TEMPLATES: Mapping[str, Callable[[Settings], Document]] = {"bulletin.docx": bulletin, "brief.docx": brief}


def fresh(name: str, settings: Settings) -> bytes:
    """Lay out one template, without leaving it anywhere."""
    document = io.BytesIO()
    TEMPLATES[name](settings).save(document)
    return document.getvalue()


_END = ("正文段落", "{%p endif %}")


def _if(name: str) -> tuple[str, str]:
    """Begin what is there only if a value says something."""
    return "正文段落", f"{{%p if {name} %}}"


def _write(document: Document, texts: wording.Wording) -> None:
    for style, text in texts:
        lead, bar, rest = text.partition("|") if "。|" in text else ("", "", text)
        paragraph = document.add_paragraph(style=style)
        if bar:
            paragraph.add_run(lead, style="二级标题字")
        paragraph.add_run(rest)


def _annex(document: Document, number: str, title: str) -> None:
    _write(document, (("附件序号", number), ("附件标题", title)))


def _groups(document: Document, groups: str) -> None:
    """Add one table of coverage per dimension."""
    _write(document, (("正文段落", f"{{%p for 组 in {groups} %}}"), ("表题", "按{{ 组.名称 }}统计")))
    add_table(document, _GROUPS, "行 in 组.行")
    _write(document, (("正文段落", "{%p endfor %}"),))


def _check_slip(document: Document) -> None:
    """Add the list that whoever signs checks: every named team with its evidence. It is taken off before printing."""
    _write(
        document,
        (_if("草稿"), ("附件序号", "随稿审签，印发时撤去"), ("附件标题", wording.CHECK_SLIP), _if("依据")),
    )
    add_table(document, _EVIDENCE, "行 in 依据")
    _write(
        document,
        (
            ("正文段落", "{%p else %}"),
            ("正文段落", "本期没有因未报、迟报、退改或者待核实被点名的单位。"),
            ("正文段落", "{%p endif %}"),
            ("正文段落", "{%p if 待认领 %}"),
            ("表注", wording.UNCLAIMED_NOTE),
            ("正文段落", "{%p endif %}"),
            ("表注", "核对人（签名）：　　　　　　　　　　　　　　　　日期：　　　　年　　月　　日"),
            _END,
        ),
    )
