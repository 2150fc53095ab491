"""The inspectors' page: signs of invented figures, as questions to be asked on the spot, each beside its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.night import Night
from pipeline.publish.excel.cells import chinese_day
from pipeline.publish.office.templates import environment, text_of
from pipeline.signs import (
    BLOCK,
    CROWD,
    DIGITS_AT_LEAST,
    FULLER,
    LARGER,
    OFF_AT_LEAST,
    ROUND_AT_LEAST,
    TEAMS,
    Clue,
    Copied,
    Digits,
    Part,
    Sign,
    Signs,
    signs_of,
)
from pipeline.signs.told import Place
from pipeline.tallied import LEAST

SHOWN = 12  # rows of a copied run whose numbers are written out
FAVOURED = 3  # last digits that are named: the most conspicuous


@dataclass(frozen=True, slots=True)
class Row:
    """One question. place: where its evidence is; seen: that evidence; usual: what is usual, or where the same stands."""

    place: Place
    where: str
    seen: str
    usual: str
    asked: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One sign as the page shows it. looked: what is looked for, and from how many rows on."""

    key: str
    title: str
    looked: str
    beside: str
    compared: str
    compares: bool
    rows: Sequence[Row]
    more: int


def write_signs(night: Night, path: Path) -> None:
    """Write the night's page of signs. It links only to what lies in the same workspace."""
    with path.open("w", encoding="utf-8", newline="") as page:
        page.writelines(pieces(night))


def pieces(night: Night) -> Iterator[str]:
    """Give the page as it is made, from the top down: same night, same text."""
    style, style_hash = text_of("page.css", "signs.css")
    signs = signs_of(night)
    return (
        environment()
        .get_template("signs.html.j2")
        .generate(
            night=night,
            settings=night.campaign.settings,
            style=style,
            style_hash=style_hash,
            signs=signs,
            parts=list(_parts(signs)),
            teams_at_least=TEAMS,
        )
    )


def _parts(signs: Signs) -> Iterator[Shown]:
    """Give the signs as they are shown, the most telling first."""
    yield _part(
        signs.copies, "成段的数照搬",
        f"台账中连续 {BLOCK} 行以上，各行的数与另一处（同一份报表的上文，或另一个单位的同一张台账）逐行相同，日期或文字却不同。"
        "数越常见，要求相同的行越多，使各单位的数碰巧这样相同的可能，每张台账不到二十分之一。"
        "整行完全相同的已请各单位核实，这里不再列。",
        "与哪里相同", f"看了 {signs.copies.compared:,} 行", _copied,
    )  # fmt: skip
    yield _part(
        signs.rounds, "整数偏多",
        f"一栏中 5 的倍数或 10 的倍数所占的比重，达到其他单位合起来的 {LARGER} 倍以上。"
        f"只看 {LEAST} 以上的整数，至少 {ROUND_AT_LEAST} 个。",
        "其他单位", _times(signs.rounds), _round,
    )  # fmt: skip
    yield _part(
        signs.digits, "末位数字偏",
        "一栏中 0、5 以外的末位数字各占多少，与其他单位合起来比。随手编的数，往往偏爱某几个数字。"
        f"只看 {LEAST} 以上、大小有差别的整数，至少 {DIGITS_AT_LEAST} 个。",
        "其他单位", _times(signs.digits), _digits,
    )  # fmt: skip
    yield _part(
        signs.crowds, "集中在一天",
        f"一张台账半数以上的行写在同一天，至少 {CROWD} 行，比重达到其他单位最集中的一天的 {FULLER} 倍以上。",
        "其他单位最集中的一天", _times(signs.crowds), _crowd,
    )  # fmt: skip
    yield _part(
        signs.off, "休息日偏多",
        f"写在周末和法定节假日（调休上班的除外）的行所占的比重，达到其他单位的 {LARGER} 倍以上。至少 {OFF_AT_LEAST} 行。",
        "其他单位", _times(signs.off), _off,
    )  # fmt: skip


def _part(sign: Sign, title: str, looked: str, beside: str, compared: str, row: Callable[[Clue], Row]) -> Shown:
    return Shown(
        sign.key, title, looked, beside, compared, sign.compared > 0, [row(clue) for clue in sign.clues], sign.more
    )


def _times(sign: Sign) -> str:
    return f"比较了 {sign.compared:,} 次"


def _copied(clue: Clue) -> Row:
    assert isinstance(clue, Copied)
    told = ["/".join(value or "空" for value in row) for row in clue.values]
    more = f"……共 {len(told)} 行" if len(told) > SHOWN else ""
    titles = "、".join(f"“{title}”" for title in clue.titles)
    there = clue.there
    whose = "同一份报表" if clue.is_own else f"“{there.standing.team.name}”"
    return Row(
        clue.place,
        f"{clue.place.sheet}，{_rows(clue.rows)}",
        f"{titles}依次为 {'、'.join(told[:SHOWN])}{more}",
        f"{whose}的{there.sheet}，{_rows(clue.there_rows)}",
        "两处所写的是不是同一批事？请现场核对各自的原始记录，看这些数是怎样得来的。",
    )


def _round(clue: Clue) -> Row:
    assert isinstance(clue, Part)
    among = (
        f"{LEAST} 以上的 {clue.among} 个整数中，5 的倍数有 {clue.found} 个"
        if clue.step == 5
        else f"整十的数和与它相差不到 3 的数（如 18 至 22）共 {clue.among} 个，其中整十的 {clue.found} 个"
    )
    return Row(
        clue.place,
        f"{clue.place.sheet}，“{clue.place.column}”",
        f"{among}，占 {clue.found / clue.among:.0%}",
        f"占 {clue.usual:.0%}",
        "这些数是逐次清点的，还是估计的？请现场抽几项，与签到、照片等原始记录核对。",
    )


def _digits(clue: Clue) -> Row:
    assert isinstance(clue, Digits)
    whole = sum(clue.own)
    shares = [
        (own / whole - usual, digit, own, usual)
        for digit, own, usual in zip(clue.digits, clue.own, clue.usual, strict=True)
    ]
    most = [
        each for each in sorted(shares, reverse=True)[:FAVOURED] if each[0] > 0 and each[2] >= LARGER * each[3] * whole
    ]
    counts = "、".join(f"{digit} 有 {own} 个" for digit, own in zip(clue.digits, clue.own, strict=True))
    return Row(
        clue.place,
        f"{clue.place.sheet}，“{clue.place.column}”",
        f"{whole} 个这样的整数中，"
        + "，".join(f"末位 {d} 的占 {own / whole:.0%}" for _, d, own, _ in most)
        + f"。各末位：{counts}",
        "，".join(f"末位 {digit} 的占 {usual:.0%}" for _, digit, _, usual in most),
        "这些数是怎样得来的？请现场抽几项，与签到、登记等原始记录核对。",
    )


def _crowd(clue: Clue) -> Row:
    assert isinstance(clue, Part) and clue.day is not None
    return Row(
        clue.place,
        f"{clue.place.sheet}，“{clue.place.column}”，{_rows(clue.rows)}之间",
        f"{clue.among} 行中有 {clue.found} 行写的是 {chinese_day(clue.day)}，占 {clue.found / clue.among:.0%}",
        f"占 {clue.usual:.0%}",
        "一天怎样做完这么多？是当天做的，还是后来补记的？请现场核对当天的记录。",
    )


def _off(clue: Clue) -> Row:
    assert isinstance(clue, Part)
    return Row(
        clue.place,
        f"{clue.place.sheet}，“{clue.place.column}”",
        f"{clue.among} 行中有 {clue.found} 行写在休息日，占 {clue.found / clue.among:.0%}",
        f"占 {clue.usual:.0%}",
        "休息日是怎样安排的？请现场核对值班、签到记录和几位当事人的说法。",
    )


def _rows(rows: tuple[int, int]) -> str:
    return f"第 {rows[0]} 至 {rows[1]} 行"
