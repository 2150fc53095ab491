"""The language in which a campaign speaks to those who send returns.

What reaches a sender is written where it is said, in Chinese, and goes through the words of its campaign, which every sheet
and column knows: `words("不超过 {most} 字", most=200)`. `locale/` has the same texts in each other language (GNU gettext;
`make locale` compiles it). A text that a catalogue lacks fails a test. What the office reads is Chinese.
"""

from __future__ import annotations

import datetime as dt
import gettext
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

OWN = "zh"
LANGUAGES = (OWN, "en")
LOCALE, DOMAIN = Path(__file__).with_name("locale"), "senders"


class Words:
    """All that is said to senders in one language. of: gives a text of ours in it, its braces not filled in."""

    def __init__(self, language: str) -> None:
        """Open the catalogue of a language. Raises FileNotFoundError if there is none."""
        self.language = language
        self.of: Callable[[str], str] = (
            str if language == OWN else gettext.translation(DOMAIN, LOCALE, [language]).gettext
        )

    def __call__(self, text: str, /, **said: Any) -> str:
        """Say a text of ours in this language, its braces filled in."""
        told = self.of(text)
        return told.format_map(said) if said else told

    def listed(self, each: Iterable[object]) -> str:
        """Write things one after the other: 甲、乙."""
        return self.of("、").join(map(str, each))

    def sentences(self, *parts: str) -> str:
        """Make a sentence of each text that is not blank."""
        space = self.of("。")
        stop = space.strip()
        told = [part.rstrip(stop) for part in parts if part]
        if self.language != OWN:
            told = [part[:1].upper() + part[1:] for part in told]
        return space.join(told) + stop

    def day(self, day: dt.date) -> str:
        """Write a day."""
        return self("{year}年{month}月{day}日", year=day.year, month=day.month, day=day.day)


@cache
def words_in(language: str) -> Words:
    """Give the words of one of `LANGUAGES`."""
    return Words(language)


CHINESE = words_in(OWN)


def in_any(text: str) -> frozenset[str]:
    """Give a text in every language: what of ours may come back in a return."""
    return frozenset(words_in(language).of(text) for language in LANGUAGES)
