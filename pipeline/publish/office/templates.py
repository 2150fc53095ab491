"""What the office's pages are made with: one environment for all of them, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from pickle import UnpicklingError
from urllib.parse import quote

import jinja2
from jinja2.bccache import Bucket

from pipeline.model import Number
from pipeline.publish.excel.cells import chinese_day
from pipeline.publish.masking import masked, visible
from pipeline.publish.office.page_rows import kept_at
from pipeline.publish.phrases.decided import about
from pipeline.publish.phrases.remarks import remarks
from pipeline.publish.phrases.tallies import still_open, teams_in

_HERE = Path(__file__).parent
PAGE_FILE, OVERVIEW, SIGNS = "校验报告.html", "总览.html", "数据疑点.html"
MOST_FILES = 200  # listed of one sort: more would make a page slow, and nobody reads them there


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates, kept beside those of our modules, which takes a twentieth of compiling them. Where Python may not
    write there, or is told not to, each process compiles them."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError, EOFError, ValueError, UnpicklingError):  # none there, or no longer whole
            bucket.bytecode_from_string(self._place(bucket).read_bytes())

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not sys.dont_write_bytecode:
            place = self._place(bucket)
            part = place.with_suffix(f".{os.getpid()}")
            with suppress(OSError):
                place.parent.mkdir(exist_ok=True)
                part.write_bytes(bucket.bytecode_to_string())
                os.replace(part, place)

    def _place(self, bucket: Bucket) -> Path:
        return _HERE / "__pycache__" / f"{bucket.key}.{sys.implementation.cache_tag}.jinja"


@cache
def environment() -> jinja2.Environment:
    """Give the environment of all pages, in which each template is compiled once."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE), autoescape=True, undefined=jinja2.StrictUndefined, auto_reload=False,
        bytecode_cache=_Compiled(), trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters |= {
        "day": chinese_day, "number": number, "change": change, "kept": kept_at, "seen": visible, "share": _share,
        "hidden": _hidden, "about": about, "base": lambda name: name.rpartition("/")[2], "remarks": remarks, "open": still_open,
        "teams": teams_in, "fragment": lambda text: quote(str(text), safe=""),
    }  # fmt: skip
    made.globals |= {
        "most_files": MOST_FILES,
        "findings_page": PAGE_FILE,
        "overview_page": OVERVIEW,
        "signs_page": SIGNS,
    }
    return made


def text_of(*names: str) -> tuple[str, str]:
    """Give a style or script that a page holds, out of one or more files, and the hash by which its policy lets it in."""
    text = "".join((_HERE / name).read_text("utf-8") for name in names)
    return text, "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def number(value: Number) -> str:
    """Write a number in groups of three digits."""
    return f"{value:,f}" if not isinstance(value, int) else f"{value:,}"


def change(value: Number, shown: Callable[[Number], str] = number) -> str:
    """Write a difference with its sign."""
    size = value if value > 0 else -value
    return f"{'+' if value > 0 else '−'}{shown(size)}" if value else "持平"


def _hidden(text: str) -> str:
    return visible(masked(text))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "—"
