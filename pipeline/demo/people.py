"""Invented persons: names out of common characters, and telephone numbers that are counted up."""

from __future__ import annotations

from random import Random

SURNAMES = (
    "王李张刘陈杨黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余"
    "潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰萍红玲芬燕彬辉建国志文海峰春梅晓东立新永康庆云小"
    "林学斌少波正宏向阳"
)
PHONES_PER_TEAM = 200
CLERK = PHONES_PER_TEAM - 1  # number of the person who fills the form in


def person(rng: Random) -> str:
    """Make a name of two or three characters."""
    given = rng.choice(GIVEN) if rng.random() < 0.3 else "".join(rng.sample(GIVEN, 2))
    return rng.choice(SURNAMES) + given


def phone(team: int, number: int) -> str:
    """Give the telephone number of a team's n-th person; no two teams share one."""
    return str(13_800_000_000 + team * PHONES_PER_TEAM + number)
