"""Damaged files, thousands of ways: no traceback, no hang, and never a figure that nobody sent."""

from __future__ import annotations

import random
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import pytest
from containers import zipped
from judging import judge

from pipeline.campaign import Campaign
from pipeline.rawbook import Limits
from pipeline.read import Reader, read_here

RUNS = 400
LIMITS = Limits(seconds=20, memory_mb=512, unzipped_mb=50, cells=500_000)
Mutation = Callable[[bytearray, random.Random], None]


def flip(content: bytearray, chance: random.Random) -> None:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def delete(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content))
    del content[start : start + chance.choice((1, 2, 8, 100))]


def insert(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content))
    content[start:start] = chance.choice((b"\x00", b"9", b"<", b'"', b"&", b"</c>", b"<row>", chance.randbytes(5)))


def repeat(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content))
    content[start:start] = content[start : start + chance.choice((10, 200, 2000))]


MUTATIONS = (flip, delete, insert, repeat)


def inside(members: Mapping[str, bytes], chance: random.Random) -> bytes:
    """Damage one part as a faulty program would: the zip round it is sound."""
    name = chance.choice(sorted(name for name, content in members.items() if content))
    content = bytearray(members[name])
    for _ in range(chance.choice((1, 1, 1, 3, 20))):
        chance.choice(MUTATIONS)(content, chance)
    return zipped({**members, name: bytes(content)})


def outside(whole: bytes, chance: random.Random) -> bytes:
    """Damage the file as a faulty disk or line would."""
    content = bytearray(whole)
    for _ in range(chance.choice((1, 1, 3, 20))):
        chance.choice(MUTATIONS)(content, chance)
    return bytes(content)


@pytest.fixture(scope="module")
def mutants(clean_district: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Damaged copies of the three smallest returns, every second one damaged inside its zip."""
    folder, chance = tmp_path_factory.mktemp("fuzz"), random.Random(2011)
    small = sorted(clean_district.glob("*.xlsx"), key=lambda path: (path.stat().st_size, path.name))[:3]
    opened = []
    for path in small:
        with zipfile.ZipFile(path) as archive:
            opened.append((path, path.read_bytes(), {name: archive.read(name) for name in archive.namelist()}))
    paths = []
    for number in range(RUNS):
        path, whole, members = opened[number % len(opened)]
        content = inside(members, chance) if number % 2 else outside(whole, chance)
        paths.append(folder / f"{number:03d}_{path.name}")
        paths[-1].write_bytes(content)
    return paths


def test_damaged_files_are_refused_wait_are_held_or_say_the_same(
    mutants: list[Path], clean_district: Path, campaign: Campaign
) -> None:
    with Reader(workers=2, limits=LIMITS) as reader:
        books = reader.read(mutants)
    outcomes: Counter[str] = Counter()
    right: dict[str, object] = {}
    for path, book in zip(mutants, books, strict=True):
        original = path.name.split("_", 1)[1]
        code = original.split("_")[0]
        if original not in right:
            sound = judge({original: read_here(clean_district / original)}, campaign)
            right[original] = sound.consolidation.by_team[code]
        if book.refusal is not None:
            outcomes[book.refusal.code] += 1
            assert book.refusal.code.startswith("F")
            continue
        judged = judge({original: book}, campaign)
        if original in judged.waiting:
            outcomes["waits"] += 1
            assert judged.waiting[original].reason
        elif judged.consolidation.by_team:
            outcomes["same"] += 1
            assert judged.consolidation.by_team == {code: right[original]}
        else:
            outcomes["held"] += 1
            assert [f for f in judged.findings[code] if f.severity.value == "error" and f.message]
    assert sum(outcomes.values()) == RUNS
    assert {"F03", "held", "same"} <= set(outcomes), outcomes


def test_damage_to_what_a_zip_promises_is_always_noticed(clean_district: Path, tmp_path: Path) -> None:
    """A checksum stands over every part: a flipped bit in a stored file is refused, or hit nothing that is read."""
    path = min(clean_district.glob("*.xlsx"), key=lambda each: each.stat().st_size)
    whole, chance, sound = path.read_bytes(), random.Random(7), read_here(path)
    stored = BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as plain:
        for name in archive.namelist():
            plain.writestr(name, archive.read(name))
    for content in (whole, stored.getvalue()):
        for _ in range(60):
            damaged = bytearray(content)
            flip(damaged, chance)
            (tmp_path / "x.xlsx").write_bytes(damaged)
            book = read_here(tmp_path / "x.xlsx", LIMITS)
            assert book.refusal or book.sheets == sound.sheets
