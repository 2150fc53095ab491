"""The command line: what it prints, what it exits with, and that it never shows a traceback for an operator's mistake."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from builders import damage
from click.testing import CliRunner, Result
from conftest import REPO
from filelock import FileLock

from pipeline.cli import huizong
from pipeline.run import run
from pipeline.verify import verify


def call(*words: object) -> Result:
    return CliRunner().invoke(huizong, [str(word) for word in words], catch_exceptions=True)


def process(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *map(str, words)]
    return subprocess.run(command, cwd=REPO, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign folder with six right returns waiting."""
    root = tmp_path_factory.mktemp("cli") / "small"
    made = call("demo", root, "--clean", "--teams", 6)
    assert made.exit_code == 0, made.output
    return root


@pytest.fixture
def workspace(small: Path, tmp_path: Path) -> Path:
    shutil.copytree(small, tmp_path / "w")
    return tmp_path / "w"


def test_nightly_says_what_came_in_and_what_to_open(workspace: Path) -> None:
    said = call("nightly", "-C", workspace, "--as-of", "2011-03-31")
    assert said.exit_code == 0
    assert "应报 187，已报 6：审核通过 6" in said.output
    assert "（计入 6 / 应报 187）" in said.output
    assert str(workspace / "outbox" / "2011-03-31" / "校验报告.html") in said.output
    assert (workspace / "outbox" / "2011-03-31" / "校验报告.html").exists()


def test_nightly_json_is_the_contract_and_nothing_else(workspace: Path) -> None:
    said = call("-C", workspace, "nightly", "--as-of", "2011-03-31", "--json")
    record = json.loads(said.stdout)
    assert record["returns"]["accepted"] == 6 and record["register"] == 187
    assert set(record) >= {"schema_version", "period", "as_of", "unidentified", "left_in_inbox", "findings", "by_rule",
                           "totals", "outputs", "seconds"}  # fmt: skip


def test_check_records_nothing(workspace: Path) -> None:
    path = sorted((workspace / "inbox").glob("*.xlsx"))[0]
    right = call("check", path, "-C", workspace, "--as-of", "2011-03-31")
    assert right.exit_code == 0 and "没有发现问题" in right.output

    def spoil(book: openpyxl.Workbook) -> None:
        sheet = book["走访台账"]
        sheet["D6"] = "约30"

    damage(path, spoil)
    wrong = call("check", path, "-C", workspace, "--as-of", "2011-03-31")
    assert "走访台账 D6：“走访人数”填写的“约30”不是数字" in wrong.output
    assert path.exists() and not (workspace / "archive").exists() and not any((workspace / "outbox").iterdir())


def test_check_says_one_line_of_what_is_no_return(workspace: Path) -> None:
    call("nightly", "-C", workspace, "--as-of", "2011-03-31")
    summary = workspace / "outbox" / "2011-03-31" / "汇总表.xlsx"
    said = call("check", summary, "-C", workspace, "--as-of", "2011-03-31")
    (line,) = said.output.splitlines()
    assert line.startswith("汇总表.xlsx　无法识别：")


def test_check_as_json_says_the_same(workspace: Path) -> None:
    right, wrong = sorted((workspace / "inbox").glob("*.xlsx"))[:2]
    damage(wrong, lambda book: book["走访台账"].__setitem__("D6", "约30"))
    (workspace / "other.xlsx").write_bytes(b"no workbook")
    said = call("check", right, wrong, workspace / "other.xlsx", "--json", "-C", workspace, "--as-of", "2011-03-31")
    first, second, third = json.loads(said.output)
    assert (first["file"], first["period"], first["findings"]) == (right.name, "2011-03", [])
    assert first["team"] in right.name and (first["rule"], first["reason"]) == ("", "")
    assert {"cell": "D6", "rule": "N01", "value": "约30"}.items() <= second["findings"][0].items()
    assert (third["team"], third["period"], third["rule"]) == (None, None, "F01") and "电子表格" in third["reason"]


def test_issue_writes_blank_returns_that_name_their_team(workspace: Path) -> None:
    said = call("issue", "ZF001", "ZF002", "-C", workspace, "--as-of", "2011-03-31")
    assert said.exit_code == 0 and "2 份" in said.output
    files = sorted((workspace / "outbox").rglob("*.xlsx"))
    assert len(files) == 2
    cells = [cell for row in openpyxl.load_workbook(files[0])["封面"].iter_rows(values_only=True) for cell in row]
    assert {"ZF001", "2011年3月", "作风表01"} <= set(cells)


def test_status_and_rules(workspace: Path) -> None:
    before = call("status", "-C", workspace, "--as-of", "2011-03-31")
    assert before.exit_code == 0 and "inbox 中有 6 个文件" in before.output and "还没有运行过" in before.output
    call("nightly", "-C", workspace, "--as-of", "2011-03-31")
    after = call("status", "-C", workspace, "--as-of", "2011-03-31")
    assert "已报 6，上次处理到 2011-03-31" in after.output
    listed = call("rules", "-C", workspace)
    assert "N01　错误　通用　不是数字" in listed.output and "V12　核实　走访台账" in listed.output


@pytest.mark.parametrize(("words", "sheets"), [([], 1), (["--shipped"], 10)])
def test_init_makes_a_folder_that_works_and_overwrites_none(tmp_path: Path, words: list[str], sheets: int) -> None:
    assert call("init", tmp_path / "new", *words).exit_code == 0
    assert f"{sheets} 张表" in call("status", "-C", tmp_path / "new").output
    assert call("lint", "-C", tmp_path / "new").output == "没有发现问题。\n"
    again = process("init", tmp_path / "new")
    assert again.returncode == 2 and "已有 schemas" in again.stderr and "Traceback" not in again.stderr


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda root: (root / "schemas" / "campaign.toml").unlink(), "缺少 schemas/campaign.toml"),
        (lambda root: (root / "schemas" / "campaign.toml").write_text("x = [", "utf-8"), "写法有误"),
        (lambda root: (root / "schemas" / "teams.csv").write_text("code,name\nA,甲\n", "utf-8"), "teams.csv 缺少"),
    ],
)
def test_a_wrong_campaign_folder_is_one_sentence_and_exit_3(workspace: Path, spoil, says: str) -> None:  # type: ignore[no-untyped-def]
    spoil(workspace)
    said = process("nightly", "-C", workspace, "--as-of", "2011-03-31")
    assert said.returncode == 3
    assert says in said.stderr and len(said.stderr.strip().splitlines()) == 1
    assert len(list((workspace / "inbox").glob("*.xlsx"))) == 6


def test_a_campaign_file_from_notepad_begins_with_a_mark(workspace: Path) -> None:
    path = workspace / "schemas" / "campaign.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert call("status", "-C", workspace).exit_code == 0


def test_a_second_run_is_kept_out(workspace: Path) -> None:
    (workspace / "archive").mkdir()
    with FileLock(workspace / "archive" / ".lock"):
        said = process("nightly", "-C", workspace, "--as-of", "2011-03-31")
    assert said.returncode == 5 and "另一个 huizong" in said.stderr
    assert len(list((workspace / "inbox").glob("*.xlsx"))) == 6


def test_a_night_before_the_last_one_is_refused(workspace: Path) -> None:
    assert process("nightly", "-C", workspace, "--as-of", "2011-04-02").returncode == 0
    said = process("nightly", "-C", workspace, "--as-of", "2011-04-01")
    assert said.returncode == 2 and "不能再按更早的日期" in said.stderr


def test_wrong_usage_is_exit_2(workspace: Path) -> None:
    assert process("nightly", "--as-of", "31.3.2011").returncode == 2
    assert process("nightly", "-C", workspace, "--period", "1999").returncode == 2


def test_what_people_changed_in_the_outbox_is_kept(workspace: Path) -> None:
    call("nightly", "-C", workspace, "--as-of", "2011-03-31")
    folder = workspace / "outbox" / "2011-03-31"
    (folder / "汇总表.xlsx").write_bytes(b"changed by hand")
    (folder / "批示.txt").write_text("同意", "utf-8")
    (workspace / "inbox" / "x.txt").write_text("not a return", "utf-8")
    call("nightly", "-C", workspace, "--as-of", "2011-03-31")
    assert (folder / "汇总表(人工修改).xlsx").read_bytes() == b"changed by hand"
    assert (folder / "批示.txt").read_text("utf-8") == "同意"
    assert openpyxl.load_workbook(folder / "汇总表.xlsx").sheetnames

    (folder / "汇总表.xlsx").write_bytes(b"changed once more")
    (workspace / "inbox" / "y.txt").write_text("nor is this", "utf-8")
    folder.rename(folder.with_name(f".{folder.name}.old"))  # as if the machine had stopped while folders were swapped
    call("nightly", "-C", workspace, "--as-of", "2011-03-31")
    assert (folder / "汇总表(人工修改).xlsx").read_bytes() == b"changed by hand"
    assert (folder / "汇总表(人工修改2).xlsx").read_bytes() == b"changed once more"
    assert (folder / "批示.txt").exists() and openpyxl.load_workbook(folder / "汇总表.xlsx").sheetnames


def test_asking_how_far_things_are_while_a_night_records_changes_nothing(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks between the database and the record beside it must not write there what the night is about to."""
    from pipeline.ledger import journal

    path, append, asked = sorted((workspace / "inbox").glob("*.xlsx"))[0], journal.append, []

    def append_late(*arguments: Any) -> None:
        kept = shutil.copy2(path, workspace / "asked.xlsx") if path.exists() else workspace / "asked.xlsx"
        before = {each: each.read_bytes() for each in (workspace / "archive").iterdir() if each.is_file()}
        if (workspace / "archive" / "record.jsonl").exists():
            asked.append(call("status", "-C", workspace).exit_code)
            asked.append(call("check", kept, "-C", workspace, "--as-of", "2011-03-31").exit_code)
            assert {each: each.read_bytes() for each in before} == before
        append(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(journal, "append", append_late)
        run(workspace, dt.date(2011, 3, 31), workers=1)
    assert len(asked) >= 4 and set(asked) == {0}
    assert verify(workspace).faults == []


VERBS = (
    "nightly", "check", "issue", "status", "rules", "lint", "waive", "extend", "excuse", "place", "withdraw", "revoke",
    "annul-night", "publish-bulletin", "verify", "rebuild", "trace", "export", "init", "adopt", "demo", "schedule",
)  # fmt: skip
WRONG_USE = (
    ["nigthly"], ["nightly", "--wrong"], ["nightly", "--workers", "x"], ["nightly", "--workers", "0"], ["nightly", "--as-of"],
    ["check"], ["check", "/none.xlsx"], ["check", str(REPO)], ["status", "extra"], ["withdraw", "A", "--by", "x"],
    ["nightly", "--as-of", "2011-4-31"], *([verb, "--help"] for verb in VERBS), ["--help"], [],
)  # fmt: skip


@pytest.mark.parametrize("words", WRONG_USE, ids=" ".join)
def test_what_is_said_of_the_command_itself_is_chinese(words: list[str]) -> None:
    said = process(*words)
    text = said.stdout + said.stderr
    assert said.returncode == (0 if "--help" in words else 2)
    own = (
        "huizong",
        "Word",
        "JSON",
        "Excel",
        "Parquet",
        "duckdb",
        "HOST:PORT",
        "dask",
        "inbox",
        "outbox",
        "schemas",
        *VERBS,
    )
    for named in sorted((*words, *own), key=len, reverse=True):
        text = text.replace(named, "")
    english = [word for word in re.findall(r"(?<![-\w.])[A-Za-z]{2,}", text) if word not in ("tcp", "none")]
    assert re.search("[\u4e00-\u9fff]", text) and not english, english


def test_what_click_says_in_chinese_is_compiled_from_what_is_written() -> None:
    folder = REPO / "pipeline" / "cli" / "locale" / "zh_CN" / "LC_MESSAGES"
    with (folder / "messages.mo").open("rb") as compiled:
        said = GNUTranslations(compiled)
    pairs = re.findall(
        r'^msgid "(.+)"\n(?:msgid_plural ".+"\n)?msgstr(?:\[0\])? "(.+)"$',
        (folder / "messages.po").read_text("utf-8"),
        re.M,
    )
    assert len(pairs) > 30
    for text, chinese in pairs:
        assert chinese in (said.gettext(text), said.ngettext(text, text, 1))
