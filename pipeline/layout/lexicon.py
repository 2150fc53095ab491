"""Words that offices write for units. A closed list: what is not in it is no unit, whatever brackets it stands in.

Words on one line mean the same, and either may stand where the form prints the other. A line that is drawn too wide lets a
wrong figure pass in silence, one drawn too narrow sends a return back for a word: where in doubt, words stand apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """What a word measures. like: what its kind is, all money being alike. scale: how many of the measure's smallest unit."""

    like: str
    measure: str
    scale: Fraction = Fraction(1)

    def times(self, scale: int | Fraction) -> Unit:
        """Give the unit on a larger scale."""
        return replace(self, scale=self.scale * scale)


COUNTED = (
    "人 名 位",
    "人次",  # somebody who came twice is two 人次 and one 人
    "户",  # a household is several 人
    "户次",
    "家",  # of firms, but of households as well
    "个 项 件 条 宗 起",  # of matters; which of them is said is habit
    "场 场次",
    "次",  # one occasion may have several 场次, a morning's and an afternoon's
    "份",
    "册 本",
    "张",
    "套",
    "台",
    "辆",
    "只",
    "头",
    "株 棵",
    "座",
    "处",
    "栋 幢",
    "间",
    "批 批次",
    "篇",
    "% 百分比 百分点",
)
MONEY = ("元 圆 元整", "美元 美金", "港元 港币", "欧元", "日元", "英镑")
MEASURED: tuple[dict[str, int | Fraction], ...] = (
    {"克": 1, "斤": 500, "公斤": 1000, "kg": 1000, "吨": 10**6},
    {"厘米": Fraction(1, 100), "米": 1, "公里": 1000, "km": 1000},
    {"平方米": 1, "平米": 1, "m2": 1, "亩": Fraction(2000, 3), "公顷": 10**4, "平方公里": 10**6, "km2": 10**6},
    {"立方米": 1, "m3": 1},
    {"分钟": 1, "小时": 60, "天": 1440},
)  # fmt: skip

LEXICON: dict[str, Unit] = {
    **{word: Unit(line.split()[0], line.split()[0]) for line in COUNTED for word in line.split()},
    **{word: Unit("money", line.split()[0]) for line in MONEY for word in line.split()},
    **{
        word: Unit(next(iter(line)), next(iter(line)), Fraction(scale))
        for line in MEASURED
        for word, scale in line.items()
    },
}

_SCALE = re.compile(r"([十百千]?)([万亿]?)(.*)")
_TIMES = {"": 1, "十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}


def scale_of(word: str) -> tuple[int, str]:
    """Split a folded word into its scale and the rest: 百万元 is (1,000,000, 元), 元 is (1, 元), 万 is (10,000, "")."""
    small, large, rest = _SCALE.fullmatch(word).groups()  # type: ignore[union-attr]
    return _TIMES[small] * _TIMES[large], rest
