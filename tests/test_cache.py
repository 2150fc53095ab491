"""The cache changes time and nothing else: kept, deleted, half deleted, damaged or of an older version, the same comes out."""

from __future__ import annotations

import datetime as dt
import pickle
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import pytest
from builders import damage
from conftest import DUE
from remains import difference, remains

from pipeline import prints
from pipeline.aside import FOLDER
from pipeline.cache import Cache, LookedInto
from pipeline.campaign import reading_print
from pipeline.frames import ParsedReturn
from pipeline.rawbook import RawBook
from pipeline.run import run
from pipeline.workspace import create

NEXT = DUE + dt.timedelta(1)


def entries(root: Path) -> list[Path]:
    """The files of parsed returns."""
    return sorted(path for path in (root / FOLDER).glob("*/*/*") if path.is_file())


def of_checked(root: Path) -> Path:
    """The file of all checked returns."""
    (path,) = (root / FOLDER).glob("*/checked.db")
    return path


def changed(root: Path, *statements: str) -> None:
    """Change what is kept of checked returns."""
    with closing(sqlite3.connect(of_checked(root))) as db, db:
        for statement in statements:
            assert db.execute(statement).rowcount > 0


@pytest.fixture(scope="module")
def first(clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after its first night: twelve returns, two of them wrong, one of them unknown."""

    root = tmp_path_factory.mktemp("cache") / "w"
    create(root)
    for number, path in enumerate(sorted(clean_district.glob("*.xlsx"))[:12]):
        shutil.copy2(path, root / "inbox" / path.name)
        if number < 2:
            damage(root / "inbox" / path.name, lambda book: book["走访台账"].__setitem__("D6", "约30"))
    run(root, DUE, workers=1)
    return root


def half(root: Path) -> None:
    for path in entries(root)[::2]:
        path.unlink()
    changed(root, "DELETE FROM kept WHERE rowid % 2")


def damaged(root: Path) -> None:
    for number, path in enumerate(entries(root)):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] if number % 2 else bytes([content[0] ^ 1]) + content[1:])
    changed(
        root,
        "UPDATE kept SET said = substr(said, 1, length(said) / 2) WHERE rowid % 3 = 0",
        "UPDATE kept SET said = zeroblob(16) || substr(said, 17) WHERE rowid % 3 = 1",
        "UPDATE kept SET said = '' WHERE rowid % 3 = 2",
    )


def swapped(root: Path) -> None:
    changed(root, "UPDATE kept SET said = (SELECT said FROM kept AS other WHERE other.rowid <> kept.rowid LIMIT 1)")


def torn(root: Path) -> None:
    content = of_checked(root).read_bytes()
    of_checked(root).write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def cut(root: Path) -> None:
    content = of_checked(root).read_bytes()
    of_checked(root).write_bytes(content[: len(content) // 2])


def no_database(root: Path) -> None:
    of_checked(root).write_bytes(b"x" * 9000)


def of_other_columns(root: Path) -> None:
    of_checked(root).unlink()
    with closing(sqlite3.connect(next((root / FOLDER).glob("*/")) / "checked.db")) as db, db:
        db.execute("CREATE TABLE kept (name TEXT)")


def of_another_version(root: Path) -> None:
    (folder,) = [path for path in (root / FOLDER).iterdir() if path.is_dir()]
    folder.rename(folder.with_name("0" * 16))


def gone(root: Path) -> None:
    shutil.rmtree(root / FOLDER)


def a_file(root: Path) -> None:
    gone(root)
    (root / FOLDER).write_text("in the way")


@pytest.mark.parametrize(
    "change",
    [gone, half, damaged, swapped, torn, cut, no_database, of_other_columns, of_another_version, a_file],
)
def test_whatever_happens_to_the_cache_the_same_comes_out(
    first: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    with_it, without = tmp_path / "with", tmp_path / "without"
    for root in (with_it, without):
        shutil.copytree(first, root)
        shutil.copy2(next((root / "archive").glob("2011-03/*/*.xlsx")), root / "inbox" / "又一份.xlsx")
        damage(root / "inbox" / "又一份.xlsx", lambda book: book["走访台账"].__setitem__("D7", "约40"))
    shutil.copy2(with_it / "inbox" / "又一份.xlsx", without / "inbox" / "又一份.xlsx")
    change(without)
    for root in (with_it, without):
        run(root, NEXT, workers=1)
    assert difference(remains(without), remains(with_it)) == []


def test_a_night_that_was_killed_and_runs_again_uses_what_was_read(first: Path, tmp_path: Path) -> None:
    root = tmp_path / "again"
    shutil.copytree(first, root)
    shutil.rmtree(root / "archive")  # as if it had been killed before it recorded anything
    for path in sorted((first / "archive").rglob("*.xlsx")):
        shutil.copy2(path, root / "inbox" / path.name)
    before = {path.name: path.stat().st_mtime_ns for path in entries(root)}
    assert len(before) == 12
    run(root, DUE, workers=1)
    assert {path.name: path.stat().st_mtime_ns for path in entries(root)} == before


def test_a_telephone_number_or_a_template_empties_no_cache(workspace: Path) -> None:
    before = reading_print(workspace)
    teams = workspace / "schemas" / "teams.csv"
    teams.write_text(teams.read_text("utf-8").replace("138", "139"), "utf-8")
    (workspace / "schemas" / "brief.docx").unlink()
    settings = workspace / "schemas" / "campaign.toml"
    settings.write_text(settings.read_text("utf-8").replace("usual = 60", "usual = 61"), "utf-8")
    assert reading_print(workspace) == before
    declared = workspace / "schemas" / "visits.py"
    declared.write_text(declared.read_text("utf-8") + "\n# another declaration\n", "utf-8")
    assert reading_print(workspace) != before


def test_what_the_cache_holds_is_never_run(tmp_path: Path) -> None:
    cache = Cache(tmp_path, prints.of_reading())
    said = pickle.dumps(print)
    place = Path(cache.place("ab" * 32))
    place.parent.mkdir(parents=True)
    place.write_bytes(blake2b(said, digest_size=16).digest() + said)
    with pytest.raises(pickle.UnpicklingError, match="not part of"):
        cache.get("ab" * 32)


def test_only_a_return_that_could_be_read_is_kept(tmp_path: Path) -> None:
    from pipeline.rawbook import Refusal

    cache = Cache(tmp_path, prints.of_reading())
    cache.put(ParsedReturn(RawBook("ab" * 32, "", refusal=Refusal("F06", "超出内存限制"))))
    assert cache.get("ab" * 32) is None
    cache.put(ParsedReturn(RawBook("ab" * 32, "xlsx")))
    assert cache.get("ab" * 32) == ParsedReturn(RawBook("ab" * 32, "xlsx"))


def test_what_is_damaged_is_begun_anew_and_what_was_made_of_other_facts_is_not_given(tmp_path: Path) -> None:
    cache = Cache(tmp_path, "0" * 16)
    assert cache.checked("ab" * 32, "01") is None and not (tmp_path / FOLDER).exists()
    cache.keep([("ab" * 32, "01", [1]), ("cd" * 32, "01", [2])])
    cache.keep([("ab" * 32, "02", [3])])
    assert [cache.checked("ab" * 32, facts) for facts in ("01", "02")] == [None, [3]]
    path = next((tmp_path / FOLDER).glob("*/checked.db"))
    del cache
    path.write_bytes(b"x" * 9000)
    cache = Cache(tmp_path, "0" * 16)
    for left, kept in ((False, None), (True, [4])):
        assert cache.checked("ab" * 32, "02") is None
        cache.keep([("ab" * 32, "02", [4])])
        assert path.exists() is left and cache.checked("ab" * 32, "02") == kept


def test_a_cache_that_is_looked_into_keeps_nothing(tmp_path: Path) -> None:
    LookedInto(tmp_path, "0" * 16).keep([("ab" * 32, "01", [1])])
    assert list(tmp_path.iterdir()) == []
