"""What was issued stays as it was; a later issue says what changed and what became of it; and all of it can be verified."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from builders import damage
from click.testing import CliRunner, Result
from test_crash import PowerCutError, stop_at

from pipeline.behind import BehindError, Numbered
from pipeline.campaign import load
from pipeline.cli import huizong
from pipeline.decide import DecisionError, annul_night, withdraw
from pipeline.demo import make_district, make_second_day
from pipeline.issued import HELD, MISSING, Named, Outcome, Since
from pipeline.issuing import Fixed, IssueError, Order
from pipeline.issuing import publish_bulletin as issue
from pipeline.issuing.number import chain
from pipeline.ledger import NAME, Ledger, reading
from pipeline.ledger.audit import rebuild
from pipeline.model import FindingState
from pipeline.run import run
from pipeline.trace import trace
from pipeline.verify import verify
from pipeline.workspace import create

TEAMS, HELD_BACK = 10, "ZF001"
FIRST, SECOND, THIRD = (dt.date(2011, 4, day) for day in (1, 3, 5))
ONE, TWO = Path("published", "2011-03", "第1期"), Path("published", "2011-03", "第2期")
NO_PDF = ("pipeline.issuing.fix.write_pdfs", lambda folder, last: None)
DOCUMENT, SUMMARY = "督查通报.docx", "汇总表.xlsx"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign after one night with mistakes, of which nothing is issued yet; most teams have sent nothing."""
    root = tmp_path_factory.mktemp("first") / "campaign"
    create(root)
    campaign = load(root)
    make_district(campaign, campaign.periods[0], root / "inbox", clean=False, teams=TEAMS)
    run(root, FIRST, workers=1)
    return root


@pytest.fixture(scope="module")
def second(first: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That campaign after its first issue, a second day on which teams mended what was wrong, and a second issue."""
    root = Path(shutil.copytree(first, tmp_path_factory.mktemp("second") / "campaign"))
    issue(root, Order(1, "张主任", FIRST), workers=1)
    (root.parent / "issued").mkdir()
    shutil.copytree(root / ONE, root.parent / "issued" / "1")
    campaign = load(root)
    sent = make_second_day(campaign, campaign.periods[0], root, teams=TEAMS)
    for each in sent:
        if each.team == HELD_BACK:
            each.file.unlink()
    run(root, SECOND, workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*NO_PDF)
        issue(root, Order(2, "李主任", SECOND), workers=1)
    return root


@pytest.fixture(autouse=True)
def no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test wait for LibreOffice; the first issue has its PDF."""
    monkeypatch.setattr(*NO_PDF)


@pytest.fixture
def root(first: Path, tmp_path: Path) -> Path:
    """A copy of the campaign of which nothing is issued."""
    return Path(shutil.copytree(first, tmp_path / "before"))


@pytest.fixture
def after(second: Path, tmp_path: Path) -> Path:
    """A copy of the campaign after two issues."""
    return Path(shutil.copytree(second, tmp_path / "campaign"))


def call(root: Path, *words: object) -> Result:
    return CliRunner().invoke(huizong, [*map(str, words), "-C", str(root)])


def published(root: Path, number: int = 1, on: dt.date = FIRST, **said: Any) -> Fixed:
    return issue(root, Order(number, "张主任", on, **said), workers=1)


def contents(folder: Path) -> Mapping[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(each.relative_to(folder)): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}


def text_of(path: Path) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)


def rows_of(path: Path, head: str) -> list[list[str]]:
    """Give the rows of the table whose first row has a head."""
    for table in docx.Document(str(path)).tables:
        if head in [cell.text for cell in table.rows[0].cells]:
            return [[cell.text for cell in row.cells] for row in table.rows[1:]]
    return []


# What is issued.


def test_an_issue_has_number_and_day_and_nothing_of_a_draft(second: Path) -> None:
    text = text_of(second / ONE / DOCUMENT)
    assert "区作风办〔2011〕1号" in text and "2011年4月1日印发" in text
    whole = "".join(paragraph.text for s in docx.Document(str(second / ONE / DOCUMENT)).sections for paragraph in s.header.paragraphs)  # fmt: skip
    for words in ("草", "×", "审签", "未经签发", "核对人"):
        assert words not in text + whole


def test_the_text_is_the_drafts_but_for_its_marks(second: Path) -> None:
    draft = text_of(second / "outbox" / FIRST.isoformat() / "督查通报(草稿).docx").split("随稿审签")[0]
    assert text_of(second / ONE / DOCUMENT).rstrip() == draft.replace("〕×号", "〕1号").rstrip()


def test_what_the_night_gave_out_lies_beside_it(second: Path) -> None:
    night = second / "outbox" / FIRST.isoformat()
    for name in (SUMMARY, "数据来源.xlsx", "run.json"):
        assert (second / ONE / name).read_bytes() == (night / name).read_bytes()
    assert not any(path.stat().st_mode & 0o222 for path in (second / ONE).rglob("*"))
    assert (second / ONE / "督查通报.pdf").exists() == bool(shutil.which("soffice"))
    said = json.loads((second / ONE / "issue.json").read_text("utf-8"))
    totals = json.loads((second / ONE / "run.json").read_text("utf-8"))["totals"]
    assert {key: Decimal(value) for key, (value, _) in said["totals"].items()} == {
        key: Decimal(str(each["value"])) for key, each in totals.items()
    }


def test_a_later_night_and_a_later_issue_leave_it_alone_to_the_byte(second: Path) -> None:
    assert contents(second / ONE) == contents(second.parent / "issued" / "1")
    assert verify(second).faults == []


def test_the_same_night_gives_the_same_document(first: Path, second: Path, root: Path) -> None:
    published(root)
    with zipfile.ZipFile(root / ONE / DOCUMENT) as one, zipfile.ZipFile(second / ONE / DOCUMENT) as other:
        assert one.namelist() == other.namelist()
        assert [name for name in one.namelist() if one.read(name) != other.read(name)] == []
    assert (root / ONE / "issue.json").read_bytes() == (second / ONE / "issue.json").read_bytes()


def test_a_dry_run_says_what_would_be_issued_and_leaves_no_trace(root: Path) -> None:
    before = contents(root)
    said = call(root, "publish-bulletin", "--issue", 3, "--by", "张主任", "--as-of", FIRST, "--dry-run")
    assert said.exit_code == 0 and "会印发2011年3月督查通报第3期（区作风办〔2011〕3号）" in said.output
    assert contents(root) == before


# What the next one says of it.


def test_the_next_issue_says_what_changed_and_what_became_of_whom_the_last_named(second: Path) -> None:
    with reading(second / "archive" / NAME) as ledger:
        one, two = ledger.issues()
        now = ledger.states("2011-03")
    text = text_of(second / TWO / DOCUMENT)
    assert f"计入统计的工作队由{one.rates.counted}个变为{two.rates.counted}个" in text
    missing = [each for each in one.named if each.what == MISSING]
    keys = [key for each in one.named for key in each.findings]
    closed, still = (sum(now[key].value == state for key in keys) for state in ("CLOSED", "OPEN"))
    assert (bool(missing), len(keys), closed, still) == (True, 3, 2, 1)
    (open_one,) = [each.name for each in one.named if each.team == HELD_BACK]
    assert f"当时未报的{len(missing)}个，已补报" in text
    assert f"所指问题3处，已整改2处，未整改1处，涉及1个工作队：{open_one}（1处）。" in text
    rows = rows_of(second / TWO / DOCUMENT, "通报事项")
    assert [(row[1], row[2]) for row in rows] == [(each.name, each.what) for each in one.named]
    for row, each in zip(rows, one.named, strict=True):
        said = [int(cell.replace("—", "0")) for cell in row[3:8]]
        assert said[0] == len(each.findings) == sum(said[1:])
    compared = {row[0]: row for row in rows_of(second / TWO / DOCUMENT, "第1期")}
    titles = load(second).form.declared.indicators()
    for key, (value, _) in one.values.items():
        row = compared[str(titles[key].title)]
        assert (Decimal(row[2]), Decimal(row[3])) == (value, two.values[key][0])


def test_what_is_let_pass_is_told_apart_and_what_nothing_is_known_of_is_open(second: Path) -> None:
    with reading(second / "archive" / NAME) as ledger:
        one = ledger.issues()[0]
    term = load(second).periods[0]
    named = [
        Named("A", "甲", HELD, ("k1", "k2", "k3", "k4", "k5")),
        Named("B", "乙", MISSING),
        Named("C", "丙", MISSING),
    ]
    states = dict(zip(("k1", "k2", "k3", "k4"), (FindingState(each) for each in ("CLOSED", "EXPLAINED", "WAIVED", "REOPENED")), strict=True))  # fmt: skip
    since = Since(replace(one, named=named), term, states, reported=frozenset("B"))
    assert since.findings == Outcome(closed=1, explained=1, waived=1, open=2)
    assert [since.is_open(each) for each in named] == [True, False, True]


def test_the_draft_of_another_period_tells_of_the_last_issue_too_and_the_first_can_still_be_revised(
    after: Path, root: Path
) -> None:
    april = dt.date(2011, 5, 4)
    run(after, april, workers=1)
    text = text_of(after / "outbox" / april.isoformat() / "督查通报(草稿).docx")
    assert "与第2期通报（2011年3月，4月3日印发）相比" in text and "第2期通报点名" in text
    assert (
        "更正" not in openpyxl.load_workbook(after / "outbox" / april.isoformat() / SUMMARY, read_only=True).sheetnames
    )
    run(root, april, workers=1)
    order = Order(1, "张主任", FIRST)
    assert issue(root, order, "2011-03", workers=1).issue.night_as_of == FIRST
    assert verify(root).faults == []


def test_the_draft_before_any_issue_compares_with_none_and_has_no_page_of_revisions(first: Path) -> None:
    night = first / "outbox" / FIRST.isoformat()
    assert "上次通报" not in text_of(night / "督查通报(草稿).docx")
    assert "更正" not in openpyxl.load_workbook(night / SUMMARY, read_only=True).sheetnames
    assert json.loads((night / "run.json").read_text("utf-8"))["last_issue"] is None


def test_the_page_of_revisions_sets_each_total_beside_what_was_published_and_says_why(second: Path) -> None:
    page = openpyxl.load_workbook(second / "outbox" / SECOND.isoformat() / SUMMARY, data_only=True)["更正"]
    with reading(second / "archive" / NAME) as ledger:
        one, two = ledger.issues()
    found = 0
    titles = {str(col.title): key for key, col in load(second).form.declared.indicators().items()}
    for row in page.iter_rows(min_row=8, values_only=True):
        if row[0] not in titles or not isinstance(row[2], int | float):
            continue
        found += 1
        key = titles[row[0]]
        assert (Decimal(str(row[2])), Decimal(str(row[4]))) == (one.values[key][0], two.values[key][0])
        assert round(row[7] + row[8] + row[9] - row[6], 6) == 0 == round(row[4] - row[2] - row[6], 6)
        assert re.search("新计入|数字更正|不再计入", row[10])
    assert found


def test_every_number_of_the_text_is_a_value_of_the_record_or_of_a_table_and_the_workbook_says_the_same(
    second: Path,
) -> None:
    document = docx.Document(str(second / TWO / DOCUMENT))
    record = json.loads((second / TWO / "run.json").read_text("utf-8"))
    known = set(_numbers(record)) | {
        number for table in document.tables for row in table.rows for cell in row.cells for number in _in(cell.text)
    }
    told = 0
    for paragraph in document.paragraphs:
        text = re.sub(
            r"〔\d+〕\d+号|第\d+期|附件\d*|：?\d\. |\d+年|\d+月|\d+日|[\d-]+$|（[一二三四五]）",
            "",
            re.sub(r"电话 [\d-]+", "", paragraph.text),
        )
        for number in _in(text):
            told += 1
            assert number in known, (number, paragraph.text)
    assert told > 30
    district = openpyxl.load_workbook(second / TWO / SUMMARY, data_only=True)["全区汇总"]
    rows = {row[0]: row for row in district.iter_rows(values_only=True) if row[0]}
    for total in record["totals"].values():
        assert (rows[total["title"]][2], rows[total["title"]][3]) == (total["value"], total["reported"])


def _in(text: str) -> list[str]:
    return [f"{Decimal(each).normalize():f}" for each in re.findall(r"\d+(?:\.\d+)?", text)]


def _numbers(said: Any) -> list[str]:
    if isinstance(said, dict):
        return [number for value in said.values() for number in _numbers(value)]
    if isinstance(said, list):
        return [str(len(said)), *(number for value in said for number in _numbers(value))]
    return (
        [f"{Decimal(str(said)).normalize():f}"] if isinstance(said, int | float) and not isinstance(said, bool) else []
    )


# What is refused.


def test_a_number_is_given_once(after: Path) -> None:
    before = contents(after / "published")
    said = call(after, "publish-bulletin", "--issue", 1, "--by", "王", "--as-of", THIRD)
    assert isinstance(said.exception, IssueError)
    for words in ("第1期", "张主任于 2011-04-01 印发", "--revise"):
        assert words in str(said.exception)
    assert contents(after / "published") == before


def _waiting(root: Path) -> None:
    (root / "inbox" / "新来的.xlsx").write_bytes(b"new")


def _decided(root: Path) -> None:
    withdraw(root, _counted(root), FIRST, "王", "数字有疑问")


def _lost(root: Path) -> None:
    with reading(root / "archive" / NAME) as ledger:
        sha256 = next(iter(ledger.accepted("2011-03").values())).sha256
        path = next(each.path for each in ledger.receipts() if each.sha256 == sha256)
    (root / path).unlink()


def _counted(root: Path) -> str:
    with reading(root / "archive" / NAME) as ledger:
        return next(iter(ledger.accepted("2011-03")))


def _edited(root: Path) -> None:
    path = root / "outbox" / FIRST.isoformat() / "督查通报(草稿).docx"
    document = docx.Document(str(path))
    document.paragraphs[5].add_run("经研究，")
    document.save(str(path))


def _recounted(root: Path) -> None:
    path = root / "outbox" / FIRST.isoformat() / SUMMARY
    damage(path, lambda book: book["全区汇总"].__setitem__("C8", 1))


def _renamed(root: Path) -> None:
    path = root / "schemas" / "teams.csv"
    path.write_text(path.read_text("utf-8").replace("驻永恒机械有限公司", "驻永兴机械有限公司"), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_waiting, "inbox 中还有 1 个文件没有处理（“新来的.xlsx”）"),
        (_decided, "又有报表收到或者决定登记"),
        (_lost, "不在了，或与收到时不同，而它计入了合计"),
        (_edited, "督查通报(草稿).docx 生成后被改动过。印发稿由模板生成，不会带上这些改动"),
        (_recounted, "汇总表.xlsx 生成后被改动过"),
        (_renamed, "与 outbox/2011-04-01 中的草稿不同"),
    ],
)
def test_what_is_stale_or_was_changed_is_not_issued(root: Path, spoil: Callable[[Path], None], says: str) -> None:
    spoil(root)
    with pytest.raises(IssueError, match=re.escape(says)) as refused:
        published(root)
    assert "huizong" in str(refused.value) and not (root / "published").exists()


def _failing(root: Path) -> None:
    path = root / "schemas" / "problems.py"
    text = path.read_text("utf-8")
    holds = 'return problems["due_on"] >= problems["found_on"]'
    assert holds in text
    path.write_text(text.replace(holds, "return 1 / 0"), "utf-8")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_failing, "规则 P04 自己出错，没有检查"),
        (_lost, "有 1 份归档文件丢失或损坏，没有计入合计"),
        (lambda root: (root / "schemas" / "bulletin.docx").unlink(), "没有通报草稿：活动没有模板"),
    ],
    ids=["a rule that was not evaluated", "an archived file that is lost", "no template"],
)
def test_what_a_night_could_not_do_whole_is_not_issued(root: Path, spoil: Callable[[Path], None], says: str) -> None:
    spoil(root)
    shutil.rmtree(root / "cache")
    run(root, FIRST, workers=1)
    with pytest.raises(IssueError, match=says):
        published(root)


@pytest.mark.parametrize(
    ("on", "said", "says"),
    [
        (dt.date(2011, 3, 31), {}, "不能按更早的日期 2011-03-31 印发"),
        (dt.date(2011, 4, 20), {}, "请先运行 huizong nightly --as-of 2011-04-20"),
        (dt.date(2999, 1, 1), {}, "晚于今天"),
        (FIRST, {"is_revision": True}, "请用 --reason"),
        (FIRST, {"is_revision": True, "reason": "改"}, "还没有印发过第1期，不能更正"),
    ],
)
def test_an_order_that_cannot_be_right_is_refused(root: Path, on: dt.date, said: Any, says: str) -> None:
    with pytest.raises(IssueError, match=re.escape(says)):
        published(root, on=on, **said)


def test_what_was_edited_is_issued_as_it_was_once_that_is_moved_away(root: Path) -> None:
    _edited(root)
    (root / "outbox" / FIRST.isoformat() / "督查通报(草稿).docx").rename(root / "改过的.docx")
    with pytest.raises(
        IssueError, match=r"督查通报\(草稿\).docx 不在了。请再运行一次 huizong nightly --as-of 2011-04-01"
    ):
        published(root)
    run(root, FIRST, workers=1)
    published(root)
    assert verify(root).faults == []


def test_numbers_begin_anew_every_year_and_stand_once_in_a_period(second: Path) -> None:
    with reading(second / "archive" / NAME) as ledger:
        issues = ledger.issues()
    for on, period, found in (
        (SECOND, "2011-04", 1), (dt.date(2012, 1, 5), "2011-12", 0), (dt.date(2012, 1, 5), "2011-03", 1),
    ):  # fmt: skip
        assert len(chain(issues, Order(1, "张主任", on), period)) == found


def test_without_a_night_there_is_nothing_to_issue(workspace: Path) -> None:
    with pytest.raises(IssueError, match="还没有运行过 huizong nightly"):
        published(workspace)


def test_a_night_that_a_bulletin_stands_on_is_not_taken_back(after: Path) -> None:
    with pytest.raises(
        DecisionError, match=r"第2期通报（区作风办〔2011〕2号，李主任于 2011-04-03 印发）以这次运行为据"
    ):
        annul_night(after, "王", "日期写错")


def test_a_template_that_does_not_know_of_issuing_is_named(root: Path) -> None:
    path = root / "schemas" / "bulletin.docx"
    document = docx.Document(str(path))
    document.paragraphs[0].insert_paragraph_before("草　稿")
    document.save(str(path))
    run(root, FIRST, workers=1)
    said = call(root, "publish-bulletin", "--issue", 1, "--by", "张主任", "--as-of", FIRST)
    assert "只该出现在草稿上" in str(said.exception) and "{%p if 草稿 %}" in str(said.exception)


# What is looked after.


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda place: _write(place / DOCUMENT, b"other"), f"published/2011-03/第1期/{DOCUMENT} 与印发时不同"),
        (lambda place: _removed(place / SUMMARY), f"published/2011-03/第1期/{SUMMARY} 不在了"),
        (lambda place: _write(place / "补充.docx", b"new"), "published/2011-03/第1期/补充.docx 不是程序印发的"),
        (lambda place: _removed(place), "published/2011-03/第1期 不在了"),
    ],
    ids=["edited", "missing", "added", "gone"],
)
def test_verify_finds_what_is_not_as_it_was_issued(after: Path, change: Callable[[Path], None], says: str) -> None:
    (after / ONE).chmod(0o755)
    change(after / ONE)
    assert [fault.startswith(says) for fault in verify(after).faults] == [True]


def _write(path: Path, content: bytes) -> None:
    if path.exists():
        path.chmod(0o644)
    path.write_bytes(content)


def _removed(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_a_total_of_an_issue_is_traced_though_it_is_another_now(second: Path) -> None:
    with reading(second / "archive" / NAME) as ledger:
        one, two = ledger.issues()
    changed = [key for key in one.values if one.values[key] != two.values[key]]
    assert changed
    for each in (one, two):
        for key in changed[:2]:
            traced = trace(second, key, SECOND, issue=Numbered(each.number))
            assert (sum(part.value for part in traced.parts), len(traced.parts)) == each.values[key]
    said = call(second, "trace", changed[0], "--issue", 1, "--as-of", SECOND)
    assert said.exit_code == 0 and "published/2011-03/第1期" in said.output.splitlines()[0]
    with pytest.raises(BehindError, match="没有印发过第3期。已印发的有：第1期、第2期"):
        trace(second, changed[0], SECOND, issue=Numbered(3))


def test_status_tells_of_the_last_issue(second: Path) -> None:
    said = call(second, "status", "--as-of", SECOND)
    assert "最近印发的督查通报：第2期（区作风办〔2011〕2号），李主任于 2011-04-03 印发" in said.output


def test_a_rebuilt_ledger_has_the_issues(after: Path) -> None:
    with reading(after / "archive" / NAME) as ledger:
        before = ledger.issues()
    (after / "archive" / NAME).unlink()
    rebuild(after / "archive" / NAME)
    with reading(after / "archive" / NAME) as ledger:
        assert ledger.issues() == before
    assert verify(after).faults == []


# Revisions.


def test_a_revision_stands_beside_what_it_revises(after: Path) -> None:
    before = contents(after / TWO)
    team = _counted(after)
    withdraw(after, team, SECOND, "王主任", "数字有疑问")
    run(after, THIRD, workers=1)
    fixed = published(after, 2, THIRD, is_revision=True, reason="一个单位的数字有误")
    place = after / "published" / "2011-03" / "第2期 更正1"
    assert contents(after / TWO) == before and place.is_dir()
    text = text_of(place / DOCUMENT)
    assert "（更正）" in text and "因一个单位的数字有误，现予更正" in text and "第1期通报" in text
    rows = rows_of(place / DOCUMENT, "已公布")
    assert fixed.revised and len(rows) == len(fixed.revised)
    for row, each in zip(rows, fixed.revised, strict=True):
        assert (Decimal(row[2]), Decimal(row[3])) == (each.then, each.now)
        assert {part.team for part in each.teams} == {team}
        assert each.then + sum(part.change for part in each.teams) == each.now
        assert row[5].startswith("不再计入 1 个工作队")
    page = openpyxl.load_workbook(place / "更正对照表.xlsx")["更正"]
    assert fixed.revised[0].title in {cell.value for cell in page["A"]}
    assert verify(after).faults == []
    key = fixed.revised[0].indicator
    for revision, value in ((0, fixed.revised[0].then), (1, fixed.revised[0].now)):
        traced = trace(after, key, THIRD, issue=Numbered(2, revision))
        assert sum(part.value for part in traced.parts) == value
    with pytest.raises(IssueError, match="第2期更正1依据的就是 2011-04-05 的结果"):
        published(after, 2, THIRD, is_revision=True, reason="再改")


# Cut off.

STEPS: Mapping[str, tuple[Any, str, int]] = {
    "copying": (shutil, "copyfile", 2),
    "writing": (Path, "write_bytes", 1),
    "flushing": (__import__("os"), "fsync", 3),
    "recording": (Ledger, "record", 1),
    "renaming": (__import__("os"), "replace", 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_cut_off_anywhere_it_leaves_nothing_or_all(
    root: Path, monkeypatch: pytest.MonkeyPatch, step: str, is_after: bool
) -> None:
    owner, name, number = STEPS[step]
    with monkeypatch.context() as patch:
        stop_at(patch, (owner, name), number, is_after)
        with pytest.raises(PowerCutError):
            published(root)
    with reading(root / "archive" / NAME) as ledger:
        issued = ledger.issues()
    visible = [path for path in (root / "published").glob("*/*") if not path.name.startswith(".")]
    assert len(visible) <= len(issued) <= 1
    run(root, FIRST, workers=1)
    faults = verify(root).faults
    assert faults == []
    left = [path.name for path in (root / "published").glob("*/*")]
    assert left == ["第1期"] * len(issued)
    if not issued:
        published(root)
        assert verify(root).faults == []
