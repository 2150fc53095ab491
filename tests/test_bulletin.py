"""The bulletin and the brief: what they say of a night, how the page is laid out, and what happens to edited templates."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from nights import REPO, sample_night

from pipeline.campaign import load
from pipeline.model import Standing, Status
from pipeline.night import Night
from pipeline.publish.word.account import account
from pipeline.publish.word.bulletin import DraftTemplateError, render
from pipeline.publish.word.docx_parts import new_document, paragraphs, save
from pipeline.publish.word.drafter import draft_of
from pipeline.publish.word.figures import number, percent
from pipeline.publish.word.letterhead import TEMPLATES, lay_out


@pytest.fixture(scope="module")
def night() -> Night:
    return sample_night()


@pytest.fixture(scope="module")
def bulletin(night: Night, tmp_path_factory: pytest.TempPathFactory) -> Document:
    return _written(night, tmp_path_factory.mktemp("bulletin") / "督查通报(草稿).docx")


def write_bulletin(night: Night, path: Path) -> None:
    path.write_bytes(render(draft_of(night, "bulletin.docx")))


def write_brief(night: Night, path: Path) -> None:
    path.write_bytes(render(draft_of(night, "brief.docx")))


def _written(night: Night, path: Path, write: Callable[[Night, Path], None] = write_bulletin) -> Document:
    write(night, path)
    return docx.Document(str(path))


def _body(document: Document) -> str:
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def _tables(document: Document) -> dict[str, list[list[str]]]:
    """Give each table's rows by the head of its second column."""
    return {
        table.cell(0, 1).text: [[cell.text for cell in row.cells] for row in table.rows[1:]]
        for table in document.tables
    }


def _clean(night: Night) -> Night:
    """Make the same night with every return in time, accepted at once, and nothing to ask."""
    sent = next(s.latest for s in night.standings if s.latest)
    good = {"status": Status.ACCEPTED, "versions": 1, "days_late": 0, "errors": 0, "queries": 0, "is_nil": False}
    standings = [replace(s, latest=s.latest or sent, counted=s.latest or sent, **good) for s in night.standings]
    return replace(night, standings=standings, findings=(), closed=(), unplaced=(), left=())


def _workspace(night: Night, folder: Path) -> Night:
    """Give the night a campaign folder of its own, whose templates may be spoilt."""
    (folder / "schemas").mkdir()
    return replace(night, campaign=replace(night.campaign, root=folder))


def test_the_bulletin_says_in_order_what_a_bulletin_says(bulletin: Document) -> None:
    text = _body(bulletin)
    expected = (
        "区作风建设领导小组办公室文件", "区作风办〔2011〕×号", "督查通报", "各工作队：", "现将有关情况通报如下：", "一、总体情况",
        "二、主要成效", "三、存在的问题", "（一）未报。", "（二）迟报。", "（三）退改。", "（四）待核实。", "四、下步要求", "联系方式：",
        "附件：1. ", "2011年4月3日", "附件1", "附件2", "点名单位核对表",
    )  # fmt: skip
    places = [text.find(words) for words in expected]
    assert -1 not in places
    assert places == sorted(places)


def test_the_opening_and_the_problems_read_as_official_sentences(bulletin: Document) -> None:
    text = _body(bulletin)
    assert (
        "本期应报工作队8个（名录内9个，经批准免报1个），实报7个，报送率87.5%；其中按时报送5个，及时率62.5%，迟报2个；未报1个。"
        "实报单位中有1个为零报告。"
    ) in text
    assert (
        "审核通过5个，合格率71.4%，其中1个尚有待核实问题；退回改正2个，其中1个此前已有审核通过的报表，暂按原报表计入。"
        in text
    )
    assert "报送期限为3月31日，截至4月3日已逾期3天，仍有1个工作队没有报送报表：" in text
    assert "（差错2处，已报送2次）。主要差错：不是数字6处。" in text
    assert "于4月8日前重新报送" in text
    assert re.search(r"[，。：、；（]{2}|）（|。，", text.replace("》", "")) is None


def test_every_team_is_named_in_the_lists_it_belongs_to(night: Night, bulletin: Document) -> None:
    text = _body(bulletin)
    lists = {"未报": lambda s: s.latest is None, "迟报": lambda s: s.is_late, "退改": lambda s: s.status is Status.HELD}
    for title, belongs in lists.items():
        section = re.search(rf"）{title}。(.*)", text)
        assert section is not None
        due = [s for s in night.standings if s.status is not Status.EXCUSED]
        assert [s.team.name in section[1] for s in due] == [belongs(s) for s in due]


def test_the_text_tells_each_total_with_its_unit_as_the_annex_does(night: Night, bulletin: Document) -> None:
    text, rows = _body(bulletin), _tables(bulletin)["指　标"]
    for total, row in zip(night.consolidation.totals.values(), rows, strict=True):
        assert row[1:] == [total.title, total.unit, number(total.value), str(total.reported), str(total.expected)]
        assert f"{total.title.removeprefix('其中：')}{number(total.value)}{total.unit}" in text


def test_a_total_of_fewer_returns_says_of_how_many(night: Night, tmp_path: Path) -> None:
    key, total = next(iter(night.consolidation.totals.items()))
    totals = {**night.consolidation.totals, key: replace(total, reported=total.reported - 1)}
    night = replace(night, consolidation=replace(night.consolidation, totals=totals))
    assert f"{total.unit}（{total.reported - 1}个工作队填报）" in _body(_written(night, tmp_path / "a.docx"))


def test_the_tables_count_every_team_once_per_dimension(night: Night, bulletin: Document) -> None:
    whole = ["8", "7", "87.5%", "5", "62.5%", "5", "71.4%", "2", "6"]
    for table in bulletin.tables[1:3]:
        rows = [[cell.text for cell in row.cells] for row in table.rows[1:]]
        assert rows[-1] == ["合　计", *whole]
        assert sum(int(row[1]) for row in rows[:-1]) == 8
    assert len(bulletin.tables[3].rows) == 1 + len(night.standings)


def test_whoever_is_named_for_a_fault_is_listed_with_evidence(bulletin: Document) -> None:
    rows = [[cell.text for cell in row.cells] for row in bulletin.tables[-1].rows[1:]]
    assert [row[2] for row in rows] == ["未报", "迟报", "迟报", "退改", "退改", "待核实"]
    assert "没有收到报表" in rows[0][3]
    assert re.search(r"文件：微信/\S+\.xlsx，2011年3月30日收到\n\S+ [A-Z]+\d+：\S+“约30”，不是数字", rows[3][3])


def test_unclaimed_files_are_shown_before_anybody_is_blamed(bulletin: Document) -> None:
    assert "以免误点名：最终版(1).xlsx；" in _body(bulletin)


def test_a_night_without_problems_reads_well(night: Night, tmp_path: Path) -> None:
    text = _body(_written(_clean(night), tmp_path / "a.docx"))
    assert "各工作队均按时报送，报表全部通过审核，无未报、迟报、退改单位，无待核实问题。" in text
    assert "本期没有因未报、迟报、退改或者待核实被点名的单位。" in text
    assert "补报" not in text
    assert "（一）保持报送质量。" in text


def test_one_kind_of_problem_leaves_the_others_as_none(night: Night, tmp_path: Path) -> None:
    clean = _clean(night)
    missing = Standing(clean.standings[0].team, Status.MISSING, days_late=3)
    text = _body(_written(replace(clean, standings=[missing, *clean.standings[1:]]), tmp_path / "a.docx"))
    assert f"没有报送报表：{missing.team.name}。" in text
    assert "无迟报单位。" in text and "无退改单位。" in text and "无待核实问题。" in text


def test_before_the_deadline_nobody_is_overdue(night: Night, tmp_path: Path) -> None:
    early = replace(night, as_of=night.period.due - dt.timedelta(1))
    text = _body(_written(early, tmp_path / "a.docx"))
    assert "报送期限（3月31日）未到，尚有1个工作队没有报送报表：" in text
    assert "逾期" not in text
    assert "未报的工作队要于3月31日前补报。" in text


def test_the_last_period_asks_for_no_next_one(night: Night, tmp_path: Path) -> None:
    last = replace(night, campaign=replace(night.campaign, periods=night.campaign.periods[:1]))
    assert "（三）按时报送报表。确有特殊情况" in _body(_written(last, tmp_path / "a.docx"))


def test_more_teams_than_the_text_has_room_for_are_listed_in_the_annex(tmp_path: Path) -> None:
    night = sample_night(teams=60, rows=1)
    missing = [Standing(s.team, Status.MISSING, days_late=3) for s in night.standings[:50]]
    document = _written(replace(night, standings=[*missing, *night.standings[50:]]), tmp_path / "a.docx")
    assert "仍有50个工作队没有报送报表，名单见附件2。" in _body(document)
    told = [row[2] for row in _tables(document)["工作队"] if row[2] == "未报"]
    assert len(told) == 50


def test_the_draft_says_so_on_every_page(night: Night, bulletin: Document, tmp_path: Path) -> None:
    for document in (bulletin, _written(night, tmp_path / "b.docx", write_brief)):
        section = document.sections[0]
        for header in (section.header, section.even_page_header):
            assert header.paragraphs[0].text.startswith("草　稿（2011年4月3日生成")


def test_telephone_numbers_are_masked(night: Night, tmp_path: Path) -> None:
    spoilt = [replace(finding, value="13812345678") for finding in night.findings]
    document = _written(replace(night, findings=spoilt), tmp_path / "a.docx")
    everything = "".join(paragraphs(document))
    assert "13812345678" not in everything
    assert "138****5678" in everything


def test_what_teams_type_is_shown_and_obeyed_nowhere(night: Night, tmp_path: Path) -> None:
    typed = "{{ 办公室 }}<w:p>&\x07"
    standings = [replace(s, team=replace(s.team, name=typed)) for s in night.standings]
    spoilt = [replace(finding, value=typed) for finding in night.findings]
    document = _written(replace(night, standings=standings, findings=spoilt), tmp_path / "a.docx")
    assert "{{ 办公室 }}<w:p>&⟨U+0007⟩" in _body(document)


def test_the_page_is_that_of_the_standard(bulletin: Document) -> None:
    section = bulletin.sections[0]
    sizes = (section.page_width, section.page_height, section.top_margin, section.left_margin, section.bottom_margin)
    assert [round(size.mm) for size in (*sizes, section.right_margin)] == [210, 297, 37, 28, 35, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")
    body = bulletin.styles["正文段落"]
    assert (body.font.size, body.paragraph_format.line_spacing) == (Pt(16), Pt(28.95))
    fonts = body.element.rPr.find(qn("w:rFonts"))
    assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "eastAsia", "cs")} == {"仿宋"}
    assert bulletin.paragraphs[0].paragraph_format.space_before == Pt(99.2)  # 35 mm
    assert bulletin.paragraphs[0].runs[0].font.size == Pt(31.5)  # 442 pt for 14 characters
    assert (section.footer.paragraphs[0].alignment, section.even_page_footer.paragraphs[0].alignment) == (2, 0)


def test_table_heads_repeat_and_rows_do_not_split(bulletin: Document) -> None:
    for table in bulletin.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        assert sum(column.width for column in table.columns) <= Mm(156) + 10 * 635  # each width is rounded to 1/20 pt


def test_the_brief_blames_nobody_by_name(night: Night, tmp_path: Path) -> None:
    document = _written(night, tmp_path / "a.docx", write_brief)
    text = "\n".join(paragraphs(document))
    assert (
        text.index("工 作 简 报") < text.index("第 × 期") < text.index("一、工作进展。") < text.index("四、下步安排。")
    )
    assert not [s.team.name for s in night.standings if s.team.name in text]


def test_the_same_night_gives_the_same_bytes(night: Night, tmp_path: Path) -> None:
    for write in (write_bulletin, write_brief):
        write(night, tmp_path / "a.docx")
        write(night, tmp_path / "b.docx")
        assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.docx") as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(2011, 4, 3, 0, 0, 0)}


def test_its_properties_name_it(night: Night, bulletin: Document) -> None:
    about = bulletin.core_properties
    assert (about.title, about.author) == ("2011年3月督查通报（草稿）", night.campaign.settings.office)
    assert about.created is not None and about.created.date() == about.modified.date() == night.as_of


def test_the_shipped_templates_are_what_the_script_lays_out(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    for path in lay_out(tmp_path / "schemas", load(REPO).settings):
        with zipfile.ZipFile(path) as fresh, zipfile.ZipFile(REPO / "schemas" / path.name) as shipped:
            assert fresh.namelist() == shipped.namelist()
            assert [name for name in fresh.namelist() if fresh.read(name) != shipped.read(name)] == []


def test_an_edited_template_is_never_overwritten(night: Night, tmp_path: Path) -> None:
    (tmp_path / "brief.docx").write_bytes(b"edited")
    assert lay_out(tmp_path, night.campaign.settings) == [tmp_path / "bulletin.docx"]
    assert (tmp_path / "brief.docx").read_bytes() == b"edited"


def test_a_campaign_without_templates_gets_fresh_ones(night: Night, bulletin: Document, tmp_path: Path) -> None:
    assert list(paragraphs(_written(_workspace(night, tmp_path), tmp_path / "a.docx"))) == list(paragraphs(bulletin))


def test_the_wording_is_the_offices_own(night: Night, tmp_path: Path) -> None:
    mine = _workspace(night, tmp_path)
    _template(mine, "{% for 队 in 退改 %}{{ 队.名称 }}；{% endfor %}共{{ 退改|length }}个")
    held = [s.team.name for s in night.standings if s.status is Status.HELD]
    assert _body(_written(mine, tmp_path / "a.docx")) == "；".join([*held, f"共{len(held)}个"])


def _template(night: Night, text: str) -> None:
    document = new_document()
    document.add_paragraph(text, style="正文段落")
    path = night.campaign.root / "schemas" / "bulletin.docx"
    save(document, path, title="", author="", day=night.as_of)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("实报｛｛ 实报 ｝｝个", "“实报｛｛ 实报 ｝｝个”一段有多余的、全角的或者不成对的花括号"),
        ("实报{ 实报 }个", "“实报{ 实报 }个”一段有多余的、全角的或者不成对的花括号"),
        ("实报{{ 实报 个", "不成对的花括号"),
        ("实报{{ 实报数 }}个", "中的“实报数”没有对应的数值"),
        ("{% for 队 in 退改 %}{{ 队.名字 }}{% endfor %}", "中的“名字”没有对应的数值"),
        ("{% if 退改 %}有退改", "的标记写法有误"),
        ("{{ 实报 实报 }}个", "“{{ 实报 实报 }}个”一段附近"),
        ("{{ 本期.__class__.__mro__ }}", "中的标记不能使用"),
    ],
)
def test_a_spoilt_template_is_refused_by_name(night: Night, tmp_path: Path, text: str, says: str) -> None:
    mine = _workspace(night, tmp_path)
    _template(mine, text)
    with pytest.raises(DraftTemplateError) as refused:
        write_bulletin(mine, tmp_path / "a.docx")
    assert str(refused.value).startswith("模板 schemas/bulletin.docx ")
    assert says in str(refused.value)
    assert not (tmp_path / "a.docx").exists()


@pytest.mark.parametrize("content", [b"", b"\xd0\xcf\x11\xe0 old Word", b"PK\x03\x04 torn"])
def test_a_template_that_is_no_document_is_refused(night: Night, tmp_path: Path, content: bytes) -> None:
    mine = _workspace(night, tmp_path)
    (tmp_path / "schemas" / "bulletin.docx").write_bytes(content)
    with pytest.raises(DraftTemplateError, match="不是 Word 文档或者已损坏"):
        write_bulletin(mine, tmp_path / "a.docx")


def test_a_workbook_is_no_template(night: Night, tmp_path: Path) -> None:
    mine = _workspace(night, tmp_path)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as parts:
        parts.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
    (tmp_path / "schemas" / "bulletin.docx").write_bytes(stream.getvalue())
    with pytest.raises(DraftTemplateError, match="不是 Word 文档或者已损坏"):
        write_bulletin(mine, tmp_path / "a.docx")


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 0, "—"),
        (0, 8, "0%"),
        (7, 8, "87.5%"),
        (186, 187, "99.5%"),
        (1999, 2000, "99.9%"),
        (3, 3, "100%"),
        (1, 16, "6.3%"),
    ],
)
def test_only_all_is_a_hundred_percent(part: int, whole: int, said: str) -> None:
    assert percent(part, whole) == said


def test_a_template_may_use_every_name_that_is_given(night: Night) -> None:
    wording = " ".join(" ".join(paragraphs(make(night.campaign.settings))) for make in TEMPLATES.values())
    assert {name for name in account(night) if not re.search(rf"\b{name}\b", wording)} <= {"简称"}


@pytest.mark.skipif(not (shutil.which("soffice") and shutil.which("pdftotext")), reason="needs LibreOffice and poppler")
def test_a_page_holds_22_lines_of_28_characters(tmp_path: Path) -> None:
    document = new_document()
    document.add_paragraph("汉" * 1500, style="正文段落")
    save(document, tmp_path / "a.docx", title="", author="", day=dt.date(2011, 4, 3))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    convert = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "a.docx"),
    ]
    subprocess.run(convert, check=True, capture_output=True, timeout=120)
    shown = subprocess.run(
        ["pdftotext", "-l", "2", tmp_path / "a.pdf", "-"], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    for page, number_line in zip(shown.split("\f"), ("—1—", "—2—"), strict=False):
        lines = [line for line in page.splitlines() if line.startswith("汉")]
        assert number_line in page.replace(" ", "")
        assert len(lines) == 22
        assert {len(line) for line in lines[1:]} == {28}
