"""`schemas/*.py` -> a form and its rules, or, where they do not run, a sentence with file and line."""

from __future__ import annotations

import importlib.util
import itertools
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pipeline.declare
from pipeline.declare import Form, Rule, Sheet
from pipeline.declare.columns import MisdeclaredError
from pipeline.errors import CampaignError

OF_CAMPAIGN = (Exception, SystemExit)  # whatever the campaign's own code raises is its maintainer's to put right
_serial = itertools.count()
_FULL_WIDTH = re.compile(r"[“”‘’，：（）【】＝]")
_WORDS = ("column", "rule", "Form")  # of the vocabulary, that take words of their own
_UNEXPECTED = re.compile(r"(?:\w+\.)*?(\w+?)(?:\.__init__)?\(\) got an unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"(?:\w+\.)*?(\w+?)(?:\.__init__)?\(\) missing \d+ required .*?argument[s]?: (.+)")


def read_form(folder: Path) -> tuple[Form | None, list[Rule], list[CampaignError]]:
    """Run the declarations of a folder. Gives the form, None if there is none; its rules; and what could not be run."""
    if not (folder / "__init__.py").is_file():
        return None, [], [CampaignError("缺少 schemas/__init__.py。请从发布包中恢复该文件。")]
    package = _package(folder)
    wrong: dict[str, CampaignError] = {}
    for name in (package.__name__, *_modules(package, folder)):
        try:
            _run(package, name)
        except OF_CAMPAIGN as raised:
            mistake = failure(raised, folder)
            wrong.setdefault(str(mistake), mistake)
    form = getattr(package, "FORM", None)
    if not isinstance(form, Form):
        form = None
        if not wrong:
            says = "其中没有 FORM = Form(…)。请在其中声明表式。"
            return None, [], [CampaignError.at("__init__.py", 0, says)]
    return form, _rules(package), list(wrong.values())


def near(word: str, known: Sequence[str]) -> str:
    """Suggest what a word may have been meant for, in words; "" if none is near."""
    best = nearest(word, known)
    return f"，是否为“{best}”" if best else ""


def nearest(word: str, known: Sequence[str]) -> str:
    """Give the word that another may have been meant for; "" if none is near."""
    from rapidfuzz import fuzz, process

    best = process.extractOne(str(word), known, scorer=fuzz.ratio, score_cutoff=60)
    return str(best[0]) if best else ""


def _package(folder: Path) -> ModuleType:
    name = f"huizong_campaign_{next(_serial)}"  # fresh each time: there may be many campaigns, and they may change
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    return package


def _modules(package: ModuleType, folder: Path) -> Iterator[str]:
    return (f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules([str(folder)]))


def _run(package: ModuleType, name: str) -> None:
    if name == package.__name__:
        assert package.__spec__ is not None and package.__spec__.loader is not None
        package.__spec__.loader.exec_module(package)
    else:
        importlib.import_module(name)


def _rules(package: ModuleType) -> list[Rule]:
    """Give every rule that the campaign has, once, in whichever of its modules."""
    modules = [package, *(each for name, each in sys.modules.items() if name.startswith(package.__name__ + "."))]
    found = {id(value): value for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    return list(found.values())


# What came of running them, in words.


def failure(raised: BaseException, folder: Path) -> CampaignError:
    """Say where in a folder of declarations something was raised, and why."""
    if isinstance(raised, SyntaxError):
        text = (raised.text or "").strip()
        wide = "这一行有全角的引号、括号、逗号或等号，请改成半角的。" if _FULL_WIDTH.search(_unquoted(text)) else ""
        line = _line_of_unclosed(raised) or raised.lineno or 0
        return CampaignError.at(
            Path(raised.filename or "").name, line, f"写法有误。{wide or '请检查引号、括号、冒号和缩进。'}"
        )
    if isinstance(raised, UnicodeDecodeError):
        return CampaignError("schemas 中有 .py 文件不是 UTF-8 编码。请用记事本打开，另存为 UTF-8 编码后再运行。")
    frames = [frame for frame in traceback.extract_tb(raised.__traceback__) if Path(frame.filename).parent == folder]
    file, line = (Path(frames[-1].filename).name, frames[-1].lineno or 0) if frames else ("__init__.py", 0)
    return CampaignError.at(file, line, f"{_reason(raised)}。请改正后再运行。")


def _reason(raised: BaseException) -> str:
    says = str(raised)
    if isinstance(raised, MisdeclaredError):
        return says
    if isinstance(raised, AttributeError) and isinstance(raised.obj, type) and issubclass(raised.obj, Sheet):
        return f"“{raised.obj.__name__}”中没有“{raised.name}”这一栏{near(str(raised.name), [*raised.obj.columns()])}"
    if isinstance(raised, NameError) and raised.name in pipeline.declare.__all__:
        return f"用到了没有引入的“{raised.name}”。请在文件开头的 from pipeline.declare import 一行加上它"
    if isinstance(raised, NameError):
        return f"用到了没有定义或没有引入的“{raised.name}”{near(str(raised.name), pipeline.declare.__all__)}"
    if isinstance(raised, ModuleNotFoundError):
        return f"引入的文件“{str(raised.name).rpartition('.')[2]}”不存在"
    if isinstance(raised, ImportError) and (found := re.match(r"cannot import name '(\w+)' from '([\w.]+)'", says)):
        known = pipeline.declare.__all__ if found[2] == "pipeline.declare" else []
        return f"要引入的“{found[1]}”不存在{near(found[1], known)}"
    if isinstance(raised, TypeError) and (found := _UNEXPECTED.match(says)):
        return f"{found[1]}(…) 没有“{found[2]}”这个词{near(found[2], _words_of(found[1]))}"
    if isinstance(raised, TypeError) and (found := _MISSING.match(says)):
        return f"{found[1]}(…) 中缺少 {found[2].replace(' and ', '、')}"
    return f"这一行运行不了（{type(raised).__name__}：{says}）"


def _words_of(name: str) -> list[str]:
    word: Any = getattr(pipeline.declare, name, None) if name in _WORDS else None
    code = getattr(word, "__code__", None) or getattr(getattr(word, "__init__", None), "__code__", None)
    return list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]) if code else []


def _unquoted(text: str) -> str:
    return re.sub(r"\"[^\"]*\"|'[^']*'", "", text)


def _line_of_unclosed(raised: SyntaxError) -> int:
    """Python tells of a bracket that is not closed where the file ends, or names the line where it was opened."""
    found = re.search(r"on line (\d+)", raised.msg)
    return int(found[1]) if found else 0
