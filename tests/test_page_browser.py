"""The findings page in the browser that offices have: everything here runs in a real Chromium, from a file on disk."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from browser import Browser, needs_browser
from nights import sample_night

from pipeline.declare import Severity
from pipeline.night import Night
from pipeline.publish.office.page import write_page

pytestmark = needs_browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def night() -> Night:
    """The sample night with a hostile value, and one error 137 times over."""
    night = sample_night()
    nasty = replace(
        night.findings[0], value="=cmd|' /C calc'!A0", says="<img src=x onerror=alert(1)><script>hacked=1</script>"
    )
    repeated = next(finding for finding in night.findings if finding.severity is Severity.ERROR)
    others = [replace(repeated, cell=f"ZZ{number}", subject=f"又{number}") for number in range(1, 137)]
    return replace(night, findings=[nasty, *night.findings[1:], *others])


@pytest.fixture(scope="module")
def address(night: Night, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("workspace") / "outbox" / night.as_of.isoformat()
    folder.mkdir(parents=True)
    write_page(night, folder / "校验报告.html")
    return (folder / "校验报告.html").as_uri()


COUNT = "document.querySelector('#findings output').textContent"
SHOWN = "Array.from(document.querySelectorAll('#findings-table tbody tr'), r => r.hidden ? '' : r.textContent).filter(Boolean)"


def type_in(browser: Browser, key: str, text: str) -> None:
    """Put a text into a filter as if typed or chosen, and wait until the page has followed."""
    field = f"document.querySelector('[data-key={key}]')"
    browser.run(f"{field}.value = {json.dumps(text)}; {field}.dispatchEvent(new Event('input', {{bubbles: true}}))")
    browser.run("new Promise(done => setTimeout(done, 250))")


def test_it_runs_under_its_own_policy_and_asks_the_network_for_nothing(
    browser: Browser, address: str, night: Night
) -> None:
    browser.open(address)
    assert browser.run(COUNT).startswith(f"共 {len(night.findings)} 条")
    assert browser.run("getComputedStyle(document.querySelector('nav')).position") == "sticky"
    assert browser.run("typeof hacked") == "undefined"
    asked = [e["params"]["request"]["url"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    assert asked == [address]
    assert [e for e in browser.events if e["method"] in ("Log.entryAdded", "Runtime.exceptionThrown")] == []


def test_search_finds_all_words_and_stays_in_the_address(browser: Browser, address: str, night: Night) -> None:
    code = next(f.team for f in night.findings if f.severity is Severity.ERROR)
    browser.open(address)
    type_in(browser, "q", f"约３0　{code.lower()}")
    expected = sum(f.team == code and "约30" in f.message for f in night.findings)
    assert f"符合条件 {expected} 条" in browser.run(COUNT)
    assert all(code in row for row in browser.run(SHOWN))
    browser.open(address + browser.run("location.hash"))
    assert f"符合条件 {expected} 条" in browser.run(COUNT)
    browser.run("document.querySelector('#findings [type=reset]').click()")
    browser.run("new Promise(done => setTimeout(done, 50))")
    assert browser.run(COUNT).startswith(f"共 {len(night.findings)} 条，同类合并")
    assert browser.run("location.hash") == ""


@pytest.mark.parametrize("key", ["severity", "state", "rule", "sheet", "team"])
def test_filters(browser: Browser, address: str, night: Night, key: str) -> None:
    said = {
        "severity": lambda f: f.severity.title, "state": lambda f: "供参考" if f.severity is Severity.NOTE else f.state.title, "rule": lambda f: f.rule,
        "sheet": lambda f: f.sheet, "team": lambda f: f.team,
    }[key]  # fmt: skip
    value = said(night.findings[-1])
    browser.open(f"{address}#{key}={value}")
    expected = sum(said(finding) == value for finding in night.findings)
    part = f"，符合条件 {expected} 条" if expected < len(night.findings) else ""
    assert browser.run(COUNT).startswith(f"共 {len(night.findings)} 条{part}，")
    assert browser.run(f"document.querySelector('[data-key={key}]').selectedOptions[0].textContent").endswith(
        f"（{expected}）"
    )


def test_head_figures_lead_to_the_teams_in_that_state(browser: Browser, address: str, night: Night) -> None:
    browser.open(address)
    browser.run("Array.from(document.querySelectorAll('.figures a')).find(a => a.textContent.includes('退改')).click()")
    browser.run("new Promise(done => setTimeout(done, 50))")
    rows = browser.run(
        "Array.from(document.querySelectorAll('#teams-table tbody tr:not([hidden])'), r => r.cells[0].textContent)"
    )
    assert rows == [s.team.code for s in night.standings if s.status.title == "退改"]
    missing = next(s.team.code for s in night.standings if s.status.title == "未报")
    browser.run(f"location.hash = 't-{missing}'; new Promise(done => setTimeout(done, 50))")
    assert not browser.run(f"document.getElementById('t-{missing}').hidden")


def test_columns_sort_by_keyboard_and_say_so(browser: Browser, address: str) -> None:
    browser.open(address)
    head = "document.querySelectorAll('#findings-table thead th')[0]"
    browser.run(f"{head}.querySelector('button').focus()")
    first = "document.querySelector('#findings-table tbody tr').cells[0].textContent"
    browser.press("Enter")
    assert (browser.run(f"{head}.getAttribute('aria-sort')"), browser.run(first)) == ("ascending", "错误")
    browser.press("Enter")
    assert (browser.run(f"{head}.getAttribute('aria-sort')"), browser.run(first)) == ("descending", "提示")
    browser.open(address + browser.run("location.hash"))
    assert browser.run(first) == "提示"


def test_repeated_findings_open_and_close(browser: Browser, address: str) -> None:
    browser.open(f"{address}#q=ZZ")
    button = "document.querySelector('#findings-table td button:not([hidden])')"
    assert len(browser.run(SHOWN)) == 1
    assert browser.run(f"{button}.textContent") == "等 136 处"
    browser.run(f"{button}.focus()")
    browser.press("Enter")
    assert len(browser.run(SHOWN)) == 136
    assert browser.run(f"{button}.getAttribute('aria-expanded')") == "true"
    assert browser.run(f"document.activeElement === {button}")


def test_export_saves_what_is_shown(browser: Browser, address: str, night: Night, tmp_path: Path) -> None:
    browser.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path), eventsEnabled=True)
    nasty = night.findings[0]
    browser.open(f"{address}#team={nasty.team}")
    browser.run("document.querySelector('[data-export]').click()")
    browser.wait_for("Browser.downloadProgress", state="completed")
    (saved,) = tmp_path.iterdir()
    assert saved.name == f"差错_{night.period.key}_{night.as_of.isoformat()}.csv"
    assert saved.read_bytes().startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(saved.read_text("utf-8-sig"), newline=""))
    assert head[:4] == ["级别", "单位", "表", "位置"]
    assert len(rows) == len(night.of_team(nasty.team))
    assert rows[0][3] == nasty.cell
    assert rows[0][5] == "'" + nasty.value


def test_places_open_the_senders_file(browser: Browser, address: str, night: Night) -> None:
    browser.open(address)
    latest = next(s.latest for s in night.standings if s.team.code == night.findings[0].team)
    assert latest is not None
    href = browser.run("document.querySelector('#findings-table tbody tr').cells[3].querySelector('a').href")
    workspace = address.split("/outbox/")[0]
    assert unquote(href) == f"{unquote(workspace)}/{latest.path}"


def test_it_is_whole_without_scripts(browser: Browser, address: str, night: Night) -> None:
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(address)
        assert len(browser.run(SHOWN)) == len(night.findings)
        assert browser.run("Array.from(document.querySelectorAll('form'), form => form.hidden)") == [True, True]
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)


def test_it_fits_the_offices_screen(browser: Browser, address: str) -> None:
    browser.open(address)
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
