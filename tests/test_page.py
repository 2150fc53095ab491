"""The findings page as text: complete, closed to the network, and safe to show what strangers typed."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from nights import sample_night

from pipeline.declare import Phone, Severity
from pipeline.memory import Assessed, Course, Decision, Verdict
from pipeline.model import Finding, FindingState, Standing, Status
from pipeline.night import Night
from pipeline.publish.filenames import correction_file, safe_name
from pipeline.publish.masking import masked, masked_number, visible
from pipeline.publish.office.page import render, write_page

PAGE = Path(render.__code__.co_filename).parent


@pytest.fixture(scope="module")
def night() -> Night:
    return sample_night()


@pytest.fixture(scope="module")
def page(night: Night) -> Page:
    return Page(render(night))


class Page(HTMLParser):
    """What a browser without scripts sees: rows of every table by the table's id, links, tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.rows: dict[str, list[list[str]]] = {}
        self.links: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self._table, self._is_cell = "", False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags[tag] += 1
        self.attributes |= set(given)
        if tag == "table":
            self._table = given.get("id") or ""
        elif tag == "tr":
            self.rows.setdefault(self._table, []).append([])
        elif tag in ("td", "th"):
            self.rows[self._table][-1].append("")
            self._is_cell = True
        elif tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))

    def handle_endtag(self, tag: str) -> None:
        self._is_cell = self._is_cell and tag not in ("td", "th", "tr", "table")

    def handle_data(self, data: str) -> None:
        if self._is_cell:
            self.rows[self._table][-1][-1] += data

    def body(self, table: str) -> list[list[str]]:
        """Give the rows below a table's header."""
        return [[cell.strip() for cell in row] for row in self.rows[table][1:]]

    def text(self) -> str:
        """Give the page's words without tags, white space closed up."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", self.html))


def crowded(night: Night, count: int) -> Night:
    """Give the night `count` findings, worded as the pipeline words them, over the teams that sent something."""
    patterns = itertools.cycle(night.findings)
    found = [in_cell(next(patterns), number) for number in range(count)]
    return replace(night, findings=found)


def in_cell(finding: Finding, number: int) -> Finding:
    says = f"“{finding.column}”填写的“约30”不是数字。请填写阿拉伯数字，如 30；如属估计数，请向当事的同志逐项核实后再填写准确的数字。"
    state = FindingState.OPEN if number % 3 else FindingState.REOPENED
    return replace(finding, cell=f"D{number}", row=number, subject=str(number), says=says, state=state)


def test_every_finding_and_every_team_is_a_row(night: Night, page: Page) -> None:
    assert len(page.body("findings-table")) == len(night.findings)
    assert [row[0] for row in page.body("teams-table")] == [s.team.code for s in night.standings]


def test_a_finding_says_where_what_and_what_to_do(night: Night) -> None:
    finding = in_cell(night.findings[0], 17)
    (row,) = Page(render(replace(night, findings=[finding]))).body("findings-table")
    team = night.campaign.by_code[finding.team]
    assert row[:6] == [
        finding.severity.title,
        f"{team.code} {team.name}",
        finding.sheet,
        "D17",
        finding.column,
        finding.value,
    ]
    assert row[6].startswith(f"“{finding.column}”填写的“约30”不是数字。") and "〔" not in row[6]
    assert row[7] == finding.rule
    assert row[8].startswith("未整改")


def test_head_figures_count_the_register(night: Night, page: Page) -> None:
    text = page.text()
    counts = night.returns()
    for word, key in (
        ("审核通过", "accepted"),
        ("退改", "held"),
        ("未报", "missing"),
        ("迟报", "late"),
        ("零报告", "nil"),
    ):
        assert f" {counts[key]} {word} " in text
    assert f" {len(night.closed)} 已销号 " in text
    due = len(night.standings) - counts["excused"]
    assert f" {due} 应报 另有免报 {counts['excused']} " in text


def test_totals_stand_beside_their_coverage_and_name_who_is_not_in_them(night: Night, page: Page) -> None:
    text = page.text()
    for total in night.consolidation.totals.values():
        assert f"{total.reported} / {total.expected}（" in text
    for standing in night.standings:
        if standing.status is Status.MISSING:
            assert re.search(rf"没有计入，未报 \d+ 个：[^。]*{standing.team.name}", text)
        if standing.counts_earlier:
            assert re.search(rf"暂按上一份计入 \d+ 个：[^。]*{standing.team.name}", text)


def test_a_team_opens_into_what_it_sent_and_what_was_decided_about_it(night: Night) -> None:
    held = next(s for s in night.standings if s.counts_earlier and s.latest)
    assert held.latest and held.counted
    day = held.counted.arrived
    verdict = Assessed(day, held.team.code, Verdict(held.counted.sha256, "ACCEPTED", 0, 1))
    reason = "电话 13812345678 说明"
    decision = Decision(9, "extend", day, "王主任", reason, night.period.key, held.team.code, until=night.as_of)
    told = Page(render(replace(night, course=Course((day,), [verdict]), decisions=[decision])))
    (row,) = (row for row in told.body("teams-table") if row[0] == held.team.code)
    first, second = held.counted, held.latest
    assert re.search(
        rf"收到第 1 份：{re.escape(first.file.rpartition('/')[2])}.*指纹 {first.sha256[:12]}.*审核通过，1 处核实，计入汇总",
        row[-1],
    )
    assert re.search(rf"收到第 2 份：{re.escape(second.file.rpartition('/')[2])}.*退改，{held.errors} 处错误", row[-1])
    assert "第 9 号决定：延期，截止日延到" in row[-1] and "138****5678" in row[-1]
    assert "逐日走势" in told.text() and "逐日走势" not in Page(render(night)).text()


def test_unplaced_and_left_files_are_listed_with_their_reasons(night: Night, page: Page) -> None:
    cells = [cell for row in page.rows[""] for cell in row]
    for item in (*night.unplaced, *night.left):
        assert item.file in cells and item.reason in cells


def test_repeated_findings_are_grouped_and_all_still_there(night: Night) -> None:
    one = next(finding for finding in night.findings if finding.severity is Severity.ERROR)
    found = [in_cell(one, number) for number in range(137)]
    other = replace(in_cell(one, 1), rule="N02")
    rows = Page(render(replace(night, findings=[found[0], other, *found[1:]]))).body("findings-table")
    assert rows[0][3] == "D0 等 137 处"
    assert [row[3] for row in rows[1:137]] == [f"D{number}" for number in range(1, 137)]
    assert rows[137][7] == "N02"


def test_links_lead_to_the_senders_file_and_the_correction_workbook(night: Night, page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "outbox" / night.as_of.isoformat()
    targets = {(folder / unquote(link)).resolve() for link in page.links if not link.startswith("#")}
    for standing in night.standings:
        if standing.latest:
            assert tmp_path / standing.latest.path in targets
        assert (folder / correction_file(standing.team) in targets) == bool(standing.errors or standing.queries)


def test_places_linked_to_exist_on_the_page_without_scripts(page: Page) -> None:
    names = set(re.findall(r' id="([^"]+)"', page.html))
    for link in page.links:
        key, _, value = link.lstrip("#").partition("=")
        if (link.startswith("#") and key in ("team", "status") and "&" not in value) or link.startswith("#t-"):
            assert unquote(link[1:]) in names


def test_policy_lets_nothing_in_but_the_pages_own_style_and_script(page: Page) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page.html)
    assert policy and policy[1].startswith("default-src 'none'; ") and "unsafe" not in policy[1]
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page.html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert not [name for name in page.attributes if name.startswith("on") or name in ("style", "src")]
    assert not [link for link in page.links if ":" in link or link.startswith("/")]
    assert "http:" not in page.html and "https:" not in page.html


def test_hostile_text_is_shown_not_obeyed(night: Night) -> None:
    nasty = "<script>alert(1)</script>\u202egnp.exe\u0007\ud800"
    finding = replace(night.findings[0], value=nasty, says=nasty, column=nasty, sheet=nasty)
    unplaced = replace(
        night.unplaced[0], file=nasty, reason=nasty, path="archive/" + nasty.encode("utf-8", "replace").decode()
    )
    hostile = Page(render(replace(night, findings=[finding], unplaced=[unplaced])))
    assert hostile.tags["script"] == 1
    assert "⟨U+202E⟩gnp.exe⟨U+0007⟩⟨U+D800⟩" in hostile.text()
    assert "\u202e" not in hostile.html
    hostile.html.encode()


def test_long_texts_are_cut(night: Night) -> None:
    finding = replace(night.findings[0], value="长" * 30_000, says="长" * 30_000)
    assert (
        len(render(replace(night, findings=[finding])))
        < len(render(replace(night, findings=night.findings[:1]))) + 1_000
    )


def test_telephone_numbers_are_masked(night: Night) -> None:
    phone = next(col for col in night.campaign.form.columns() if issubclass(col.kind, Phone))
    mobile = replace(night.findings[0], value="13812345678", says="与 138 1234 5678、１３９１２３４５６７８ 重复")
    wrong = replace(
        night.findings[1],
        sheet_key=phone.sheet.key(),
        field=phone.field,
        value="138123456789",
        says="“138123456789”有误",
    )
    standings = [replace(s, team=replace(s.team, phone="13700001234", leader="李某")) for s in night.standings]
    text = Page(render(replace(night, findings=[mobile, wrong], standings=standings))).text()
    assert "138****5678" in text and "138 **** 5678" in text and "137****1234" in text
    said = re.sub(r"指纹 [0-9a-f]{12}", "", text[text.index("校验报告") : text.index('"use strict"')])
    assert not re.search(r"\d{7,}", said.replace(str(night.as_of.year), ""))


def test_two_thousand_findings_fit_in_a_megabyte_and_the_same_night_gives_the_same_bytes(
    night: Night, tmp_path: Path
) -> None:
    full = crowded(night, 2_000)
    first = full.standings[0]
    register = [first] + [replace(first, team=replace(first.team, code=f"XX{number:03d}")) for number in range(186)]
    full = replace(full, standings=[*night.standings, *register[len(night.standings) :]])
    for name in "ab":
        write_page(full, tmp_path / name)
    assert (tmp_path / "a").stat().st_size < 1_000_000
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_night_without_faults_says_so(night: Night) -> None:
    standings = [
        Standing(s.team, Status.ACCEPTED, s.latest or night.submissions[0], s.latest or night.submissions[0])
        for s in night.standings
    ]
    calm = replace(night, findings=[], closed=[], standings=standings, unplaced=[], left=[])
    text = Page(render(calm)).text()
    assert "没有需要催报、退改或认领的" in text and "没有发现差错。" in text and "应报单位全部计入。" in text


def test_nothing_newer_than_the_offices_browsers() -> None:
    script, style = ((PAGE / name).read_text("utf-8") for name in ("page.js", "page.css"))
    assert not re.findall(r"\?\.\w|\?\?|replaceAll|\.at\(|\|\|=|structuredClone|#\w+\s*=\s*\(|replaceChildren", script)
    assert not re.findall(
        r":has\(|:is\(|:where\(|focus-visible|aspect-ratio|\binset\b|(?<!grid-)\bgap\b|clamp\(|min\(", style
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ZF001_甲队", "ZF001_甲队"),
        ('a<b>:"/\\|?*c', "a_b________c"),
        ("尾. . ", "尾"),
        ("con", "_con"),
        ("LPT1.队", "_LPT1.队"),
        ("", "_"),
        ("行\n\u202e", "行__"),
        ("队" * 200, "队" * 72),
    ],
)
def test_file_names_are_safe_everywhere(text: str, name: str) -> None:
    assert safe_name(text) == name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13812345678", "138****5678"),
        ("电话138-1234-5678。", "电话138-****-5678。"),
        ("430102199001011234", "430102********1234"),
        ("共 12345678901 份", "共 12345678901 份"),
        ("2011-03-31", "2011-03-31"),
    ],
)
def test_masking(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_any_number_in_a_telephone_column_is_masked() -> None:
    assert masked_number("0746-8000000，1381234567") == "0746-800*000，138****567"
    assert masked_number("13812345678") == "138****5678"


def test_visible() -> None:
    assert visible("一\n二\u200b\ue000𠮷") == "一 二⟨U+200B⟩\ue000𠮷"


def test_a_note_asks_for_nothing(night: Night) -> None:
    note = next(finding for finding in night.findings if finding.severity is Severity.NOTE)
    (row,) = Page(render(replace(night, findings=[note]))).body("findings-table")
    assert row[8].startswith("供参考")
