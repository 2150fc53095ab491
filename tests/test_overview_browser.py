"""The leaders' page in a real Chromium: one screen, one sheet, keys alone, and nothing asked of the network."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browser import Browser, needs_browser
from conftest import need
from nights import sample_night

from pipeline.memory import Assessed, Course, Verdict
from pipeline.night import GivenOut, Night
from pipeline.publish.office.overview import write_overview

pytestmark = needs_browser
SHOWN = "Array.from(document.querySelectorAll('.panel'), p => getComputedStyle(p).display == 'none' ? '' : p.id).filter(Boolean)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def night() -> Night:
    """The whole register with twenty nights before, and a period before it: all columns are there."""
    night = sample_night(teams=187, rows=1)
    days = [night.as_of.replace(day=1).replace(month=night.as_of.month - 1, day=day) for day in range(1, 21)]
    assessed = [
        Assessed(days[place % 20], s.team.code, Verdict(s.latest.sha256, "ACCEPTED", 0, 0))
        for place, s in enumerate(night.standings)
        if s.latest
    ]
    assessed.sort(key=lambda each: each.on)
    values = {name: (total.value * 2, total.reported - 1) for name, total in night.consolidation.totals.items()}
    given = GivenOut(night.period, days[-1], values)
    return replace(night, course=Course(days, assessed), last_night=given, last_period=given)


@pytest.fixture(scope="module")
def address(night: Night, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("outbox") / "总览.html"
    write_overview(night, path)
    return path.as_uri()


def test_it_asks_the_network_for_nothing_and_nothing_fails(browser: Browser, address: str) -> None:
    browser.open(address)
    asked = [e["params"]["request"]["url"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    assert asked == [address]
    assert [e for e in browser.events if e["method"] in ("Log.entryAdded", "Runtime.exceptionThrown")] == []
    assert browser.run("getComputedStyle(document.querySelector('.map')).display") == "grid"


def test_the_district_stands_on_one_screen(browser: Browser, address: str) -> None:
    browser.open(address)
    assert browser.run(
        "document.documentElement.scrollHeight <= 768 && document.documentElement.scrollWidth <= innerWidth"
    )
    assert browser.run("document.querySelector('footer').getBoundingClientRect().bottom") <= 700  # a window's own bars
    cut = (
        "Array.from(document.querySelectorAll('.map a'), a => a.scrollWidth > a.clientWidth + 1).filter(Boolean).length"
    )
    assert browser.run(cut) == 0
    assert browser.run("Array.from(document.querySelectorAll('.scroll')).every(s => s.scrollWidth <= s.clientWidth)")


def test_it_prints_on_one_sheet(browser: Browser, address: str, tmp_path: Path) -> None:
    need("pdfinfo", "it counts printed sheets")
    browser.open(address)
    printed = browser.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"]
    (tmp_path / "a.pdf").write_bytes(base64.b64decode(printed))
    said = subprocess.run(["pdfinfo", tmp_path / "a.pdf"], capture_output=True, text=True, check=True).stdout
    assert "Pages:           1\n" in said
    assert "(A4)" in said
    text = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "报送质量" in text and "排在后面" in text


def test_keys_alone_open_a_figure_and_come_back(browser: Browser, address: str) -> None:
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(address)
        assert browser.run(SHOWN) == []
        browser.run("document.querySelector('.map a').focus()")
        browser.press("Enter")
        browser.wait_for("Page.navigatedWithinDocument")
        assert browser.run(SHOWN) == ["g1"]
        assert browser.run("document.activeElement.id") == "g1"
        browser.press("Tab")
        assert browser.run("document.activeElement.className") == "close"
        browser.events.clear()
        browser.press("Enter")
        browser.wait_for("Page.navigatedWithinDocument")
        assert browser.run(SHOWN) == []
        assert browser.run("document.activeElement.id") == "o-g1"
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)


def test_everything_has_a_name_to_be_read_out(browser: Browser, address: str) -> None:
    browser.open(address)
    tree = browser.ask("Accessibility.getFullAXTree")["nodes"]
    named = {
        (n["role"]["value"], bool(n.get("name", {}).get("value"))) for n in tree if not n["ignored"] and "role" in n
    }
    assert ("link", False) not in named and ("img", False) not in named and ("region", False) not in named
    drawing = next(n["name"]["value"] for n in tree if n.get("role", {}).get("value") in ("img", "image"))
    assert "共 21 次处理" in drawing and "已报" in drawing
