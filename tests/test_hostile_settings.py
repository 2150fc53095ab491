"""Settings, templates, disks and streams as they should not be: one sentence that says what to do, and never a traceback."""

from __future__ import annotations

import datetime as dt
import errno
import io
import json
import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from click.testing import CliRunner
from hostile import Place, place_with
from nights import sample_night

from pipeline.cli import huizong
from pipeline.cli.nightly import MOST_LISTED, _listed
from pipeline.cli.troubles import sentence
from pipeline.errors import HuizongError
from pipeline.model import Unplaced
from pipeline.night import Night
from pipeline.publish.office.page import render as render_page
from pipeline.publish.word.account import account
from pipeline.publish.word.draft import Draft, DraftTemplateError
from pipeline.publish.word.drafter import Drafter, Limits

IS_ROOT = hasattr(os, "getuid") and os.getuid() == 0
CAPS = "-dac_override,-dac_read_search"
BOUND = (
    ["setpriv", f"--bounding-set={CAPS}", f"--inh-caps={CAPS}"] if IS_ROOT else []
)  # root, but rights mean something


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign folder with two right returns in its inbox."""
    root = tmp_path_factory.mktemp("few") / "few"
    made = CliRunner().invoke(huizong, ["demo", str(root), "--clean", "--teams", "2"])
    assert made.exit_code == 0, made.output
    return root


rights = pytest.mark.skipif(bool(BOUND) and shutil.which("setpriv") is None, reason="root may do everything here")


@pytest.fixture
def place(few: Path) -> Iterator[Place]:
    with place_with(few) as place:
        yield place


# ------------------------------------------------------------------------------------------------------------ settings


def toml(change: Callable[[str], str], encoding: str = "utf-8") -> Callable[[Path], None]:
    def spoil(schemas: Path) -> None:
        path = schemas / "campaign.toml"
        path.write_bytes(change(path.read_text("utf-8")).encode(encoding))

    return spoil


def replaced(old: str, new: str) -> Callable[[Path], None]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return toml(change)


def register(change: Callable[[str], str], encoding: str = "utf-8") -> Callable[[Path], None]:
    def spoil(schemas: Path) -> None:
        path = schemas / "teams.csv"
        path.write_bytes(change(path.read_text("utf-8-sig")).encode(encoding))

    return spoil


def same(text: str) -> str:
    return text


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "full-width quotes": (replaced('"作风建设主题活动"', "“作风建设主题活动”"), "第 3 行写法有误"),
    "full-width equals": (replaced("title =", "title ＝"), "第 3 行写法有误"),
    "a day that no month has": (replaced("2011-03-08", "2011-02-30"), "写法有误"),
    "the year 1": (replaced("starts = 2011-03-08", "starts = 0001-01-01"), "不能早于 1980-01-01"),
    "the year 9999": (replaced("due = 2011-05-03", "due = 9999-12-31"), "不能晚于 2107-12-31"),
    "a day in quotes of words": (replaced("starts = 2011-03-08", 'starts = "三月八日"'), "应是日期"),
    "a period that ends before it starts": (replaced("ends = 2011-03-31", "ends = 2011-03-01"), "ends 不能早于 starts"),
    "a period whose key climbs out": (replaced('key = "2011-03"', 'key = ".."'), "key 有误"),
    "two periods of one key": (replaced('key = "2011-04"', 'key = "2011-03"'), "key 相同"),
    "a number of documents that reads attributes": (replaced("{number}", "{number.__class__}"), "只能用 {year} 和 {number}"),
    "a number of documents a gigabyte wide": (replaced("{year}", "{year:>1000000000}"), "只能用 {year} 和 {number}"),
    "an order of days that is none": (replaced("theme =", 'day_order = "ymd"\ntheme ='), "先日后月"),
    "a lonely brace": (replaced("{number}号", "{number号"), "document_number 有误"),
    "a dimension that no team has": (replaced("township =", "county ="), "没有“county”这一栏"),
    "a threshold in words": (replaced("usual = 60", 'usual = "六十"'), "规则 V12 的界限“usual”"),
    "a threshold of yes": (replaced("usual = 60", "usual = true"), "规则 V12 的界限“usual”"),
    "a misspelt setting": (replaced("theme =", "thema ="), "没有这样的设置"),
    "a title that is a number": (replaced('title = "作风建设主题活动"', "title = 5"), "引号"),
    "a total that is a word": (replaced("leaflets = 54000", 'leaflets = "许多"'), "应是数字"),
    "brackets without end": (toml(lambda text: text + "\nx = " + "[" * 5000), "写法有误"),
    "a number without end": (toml(lambda text: "x = " + "9" * 5000 + "\n" + text), "写法有误"),
    "no text at all": (lambda schemas: (schemas / "campaign.toml").write_bytes(bytes(range(256)) * 9) and None, "不是文本"),
    "a register that is no text": (lambda s: (s / "teams.csv").write_bytes(b"PK\x03\x04\0\0" * 50) and None, "不是文本"),
    "no register": (lambda schemas: (schemas / "teams.csv").unlink(), "缺少 schemas/teams.csv"),
    "a team whose code climbs out": (register(lambda text: text.replace("ZF001", "../../outside/ZF001", 1)), "不能用作文件名"),
    "a team whose code is a folder above": (register(lambda text: text.replace("ZF001", "..", 1)), "不能用作文件名"),
    "a cell without end": (register(lambda text: text + 'X1,"' + "长" * 200_000), "少了一个引号"),
    "a day of February 30": (register(lambda t: "code,name,kind,post,township,valid_from\nA,甲,k,p,t,2011-02-30\n"), "第 2 行的日期"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_setting_is_one_sentence(workspace: Path, case: str) -> None:
    spoil, says = REFUSED[case]
    spoil(workspace / "schemas")
    done = CliRunner().invoke(huizong, ["nightly", "-C", str(workspace), "--as-of", "2011-03-31"])
    assert isinstance(done.exception, HuizongError), done.exception
    assert done.exception.exit_code == 3
    assert says in str(done.exception) and "\n" not in str(done.exception)
    assert not (workspace / "archive").exists()


@pytest.mark.parametrize(
    "save",
    [toml(same, "gb18030"), toml(same, "utf-16"), toml(same, "utf-8-sig"), register(same, "utf-16"),
     register(same, "gb18030"), register(lambda text: text.replace(",", "\t"), "utf-16")],
    ids=["settings GBK", "settings UTF-16", "settings with a mark", "register UTF-16", "register GBK", "Unicode text of Excel"],
)  # fmt: skip
def test_settings_are_read_as_notepad_or_excel_saved_them(workspace: Path, save: Callable[[Path], None]) -> None:
    save(workspace / "schemas")
    done = CliRunner().invoke(huizong, ["status", "-C", str(workspace)])
    assert done.exit_code == 0 and "作风建设主题活动：" in done.output and "应报 187 个单位" in done.output


@pytest.mark.parametrize(
    "day", ["1975-01-01", "2111-03-31", "0001-01-01", "9999-12-31", "31.3.2011", "2011-02-30", "昨天", ""]
)
def test_a_day_that_cannot_be_is_one_sentence(workspace: Path, day: str) -> None:
    done = CliRunner().invoke(huizong, ["nightly", "-C", str(workspace), "--as-of", day])
    assert isinstance(done.exception, HuizongError), done.exception
    assert done.exception.exit_code == 2 and "。" in str(done.exception)


@pytest.mark.parametrize("day", ["1980-01-01", "2107-12-31"])
def test_the_first_and_the_last_day_that_can_be_have_their_night(workspace: Path, day: str) -> None:
    done = CliRunner().invoke(huizong, ["nightly", "-C", str(workspace), "--as-of", day, "--yes"])
    assert done.exception is None, done.exception


# ----------------------------------------------------------------------------------------------------------- templates

TOO_MUCH = {
    "a loop without end": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "a range of a billion": "{% for i in range(10**9) %}x{% endfor %}",
    "a text of ten gigabytes": '{{ "x" * 10**10 }}',
    "a width of ten gigabytes": '{{ "x".center(10**10) }}',
    "a filter's width of ten gigabytes": '{{ "x"|center(10**10) }}',
    "a number of a billion digits": "{{ 10**(10**9) }}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a list that doubles": "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
}
WRONG = {
    "a division by zero": ("{{ 1/0 }}", "除数是 0"),
    "a sum of words and numbers": ('{{ "x" + 1 }}', "算不出来"),
    "a call of a word": ("{{ 本期() }}", "算不出来"),
    "a file from elsewhere": ('{% include "/etc/passwd" %}', "算不出来"),
    "the way to the system": ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "不能使用"),
    "the way through a function": ("{{ lipsum.__globals__['os'].popen('touch executed') }}", "不能使用"),
    "a format that reads attributes": ("{{ '{0.__class__}'.format(本期) }}", "不能使用"),
}


def template(text: str) -> bytes:
    document, saved = docx.Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(saved)
    return saved.getvalue()


def filled_in(text: str, limits: Limits) -> bytes:
    drafter = Drafter(limits)
    try:
        draft = Draft("bulletin.docx", template(text), {"本期": "三月"}, "", "", dt.date(2011, 3, 31))
        return next(iter(drafter.drafts([draft])))[1]
    finally:
        drafter.close()


@pytest.mark.parametrize("case", TOO_MUCH)
def test_a_template_that_wants_too_much_is_named(case: str) -> None:
    with pytest.raises(DraftTemplateError, match="中有标记要算得太多"):
        filled_in(TOO_MUCH[case], Limits(seconds=1.5, memory_mb=300))


@pytest.mark.parametrize("case", WRONG)
def test_a_template_that_cannot_be_worked_out_is_named(case: str) -> None:
    text, says = WRONG[case]
    with pytest.raises(DraftTemplateError, match="模板 schemas") as refused:
        filled_in(text, Limits())
    assert says in str(refused.value)


def test_a_sound_template_is_filled_in() -> None:
    document = docx.Document(io.BytesIO(filled_in("{{ 本期 }}通报", Limits())))
    assert [paragraph.text for paragraph in document.paragraphs] == ["三月通报"]


def test_a_night_with_a_wrong_template_keeps_what_it_received(place: Place) -> None:
    path = place.root / "schemas" / "bulletin.docx"
    sound = path.read_bytes()
    path.write_bytes(template("{{ 1/0 }}"))
    assert place.nightly().is_one_sentence(3, "schemas/bulletin.docx", "除数是 0")
    assert not list(place.inbox.iterdir())
    path.write_bytes(sound)
    assert "审核通过 2" in place.nightly().out


# ------------------------------------------------------------------------------------------------- disk, rights, ledger


@pytest.mark.parametrize(
    "number", ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "EMFILE", "ENFILE", "ENAMETOOLONG"]
)
def test_a_trouble_of_the_system_names_the_path_and_says_what_to_do(number: str) -> None:
    said = sentence(OSError(getattr(errno, number), "in English", "/某处/outbox"))
    assert said is not None and "“/某处/outbox”" in said and said.endswith("。") and "请" in said


def test_other_errors_stay_bugs() -> None:
    assert sentence(FileNotFoundError(errno.ENOENT, "no such file", "x")) is None
    assert sentence(ValueError("x")) is None
    assert sentence(sqlite3.IntegrityError("UNIQUE constraint failed")) is None


def spoilt(spoil: Callable[[Place], object], *words: str) -> tuple[Callable[[Place], object], tuple[str, ...]]:
    return spoil, words


def as_file(name: str) -> Callable[[Place], object]:
    def spoil(place: Place) -> None:
        shutil.rmtree(place.root / name, ignore_errors=True)
        (place.root / name).write_text("x")

    return spoil


def ledger_of(content: bytes) -> Callable[[Place], object]:
    def spoil(place: Place) -> None:
        (place.root / "archive").mkdir()
        (place.root / "archive" / "ledger.db").write_bytes(content)

    return spoil


def closed(name: str, mode: int) -> Callable[[Place], object]:
    def spoil(place: Place) -> None:
        (place.root / name).mkdir(exist_ok=True)
        (place.root / name).chmod(mode)

    return spoil


BROKEN = {
    "an archive that is a file": spoilt(as_file("archive"), "archive", "文件夹"),
    "an outbox that is a file": spoilt(as_file("outbox"), "outbox", "文件夹"),
    "a ledger that is no database": spoilt(ledger_of(b"no database " * 999), "ledger.db", "huizong rebuild"),
    "a ledger that is a folder": spoilt(lambda p: (p.root / "archive" / "ledger.db").mkdir(parents=True), "ledger.db", "权限"),
    "an outbox that is forbidden": spoilt(closed("outbox", 0o555), "outbox", "权限"),
    "an inbox that is closed": spoilt(closed("inbox", 0o300), "inbox", "权限"),
}  # fmt: skip


@rights
@pytest.mark.parametrize("case", BROKEN)
def test_what_the_operator_must_mend_is_one_sentence(place: Place, case: str) -> None:
    spoil, words = BROKEN[case]
    spoil(place)
    assert place.nightly(wrap=BOUND).is_one_sentence(1, *words)
    (place.root / "inbox").chmod(0o755)
    received = [path for path in (place.root / "archive").rglob("*.xlsx")] if (place.root / "archive").is_dir() else []
    assert len(list(place.inbox.glob("*.xlsx"))) + len(received) == 2


@rights
def test_what_may_not_be_read_is_named_and_the_others_count(place: Place) -> None:
    (place.inbox / "closed.xlsx").write_bytes(b"x")
    (place.inbox / "closed.xlsx").chmod(0)
    for name, mode in (("closed", 0), ("no way in", 0o400)):
        (place.inbox / name).mkdir()
        (place.inbox / name / "a.xlsx").write_bytes(b"x")
        (place.inbox / name).chmod(mode)
    said = place.nightly("--json", wrap=BOUND)
    for name in ("closed", "no way in"):
        (place.inbox / name).chmod(0o755)
    record = json.loads(said.out)
    assert (said.code, record["returns"]["accepted"]) == (0, 2)
    reasons = {each["file"]: each["reason"] for each in record["left_in_inbox"]}
    assert list(reasons) == ["closed", "closed.xlsx", "no way in/a.xlsx"]
    assert (
        "权限" in reasons["closed.xlsx"] and "打不开" in reasons["closed"] and "打不开" in reasons["no way in/a.xlsx"]
    )


@rights
def test_an_inbox_from_which_nothing_can_be_taken_away_is_read_all_the_same(place: Place) -> None:
    place.inbox.chmod(0o555)
    said = place.nightly(wrap=BOUND)
    place.inbox.chmod(0o755)
    assert said.code == 0 and "审核通过 2" in said.out and "没能移走" in said.out


def test_a_file_that_may_grow_no_more_is_a_full_disk(place: Place) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    assert place.nightly(preexec_fn=limit).is_one_sentence(1, "磁盘")
    assert "审核通过 2" in place.nightly().out


@pytest.mark.parametrize(("folder", "size", "words"), [("outbox", "100k", "磁盘已满"), ("archive", "60k", "磁盘已满")])
def test_a_full_disk_is_one_sentence_and_nothing_is_lost(place: Place, folder: str, size: str, words: str) -> None:
    (place.root / folder).mkdir(exist_ok=True)
    mount = f"mount -t tmpfs -o size={size} tmpfs '{place.root / folder}'"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    assert place.nightly(wrap=["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "-"]).is_one_sentence(1, words)


# ------------------------------------------------------------------------------------------------------------- streams


def test_a_closed_or_full_output_is_said_after_the_work_is_done(place: Place) -> None:
    with open("/dev/full", "w") as full:
        said = place.nightly(stdout=full)
    assert said.is_one_sentence(1, "结果没能显示")
    assert (place.root / "outbox" / "2011-03-31" / "校验报告.html").exists()
    said = place.call("status", "-C", place.root, wrap=["sh", "-c", 'exec "$@" >&-', "-"])
    assert said.is_one_sentence(1, "结果没能显示")


def test_a_reader_that_has_gone_is_no_trouble(place: Place) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    said = place.call("rules", "-C", place.root, stdout=theirs)
    os.close(theirs)
    assert (said.code, said.err) == (0, "")


def test_nobody_listening_at_all_is_no_traceback(place: Place) -> None:
    said = place.nightly(wrap=["sh", "-c", 'exec "$@" <&- >&- 2>&-', "-"])
    assert said.code == 1
    with open("/dev/full", "w") as full:
        assert place.call("status", "-C", place.root, stdout=full, stderr=full).code == 1


def test_a_bare_environment_is_enough(place: Place) -> None:
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "TERM": "\x1b[2J", "HOME": ""}
    said = place.nightly(env=bare)
    assert said.code == 0 and said.err == "" and "187" in said.out
    assert (place.root / "outbox" / "2011-03-31" / "校验报告.html").exists()
    names = {path.name for path in (place.root / "archive").rglob("*.xlsx")}
    assert names and all(name.isprintable() for name in names)
    no_home = {key: value for key, value in place.environment().items() if key not in ("HOME", "TERM", "LANG")}
    done = subprocess.run(place.command("status", "-C", place.root), env=no_home, capture_output=True, check=True)
    assert "已报 2" in done.stdout.decode()


def test_a_wrong_word_on_the_command_line_is_not_obeyed(place: Place) -> None:
    said = place.call("nightly", "--\x1b[2J", "-C", place.root)
    assert said.code == 2 and "没有“--" in said.err and "\x1b" not in said.err


# ------------------------------------------------------------------------------------------------ thousands of strangers


def test_thousands_of_unknown_files_are_counted_not_listed(tmp_path: Path) -> None:
    night: Night = sample_night()
    strangers = [
        Unplaced(f"微信来件/不知是谁的报表{n:05}.xlsx", "I01", "看不出是谁的。" * 9, f"archive/{n}")
        for n in range(5000)
    ]
    many = replace(night, unplaced=strangers, left=())
    named = account(many)["待认领"]
    assert len(named) == 20 and "等 5000 个文件" in named[-1]
    page = render_page(many)
    assert len(page.encode()) < 1_000_000
    assert "等 5,000 个" in page and page.count("不知是谁的报表") == 200
    assert len(_listed(strangers)) == MOST_LISTED + 1
    assert account(replace(many, unplaced=strangers[:20]))["待认领"] == [each.file for each in strangers[:20]]
