"""What a row of the spot-check list says, once it is filled in: what is to be recorded of it, or why nothing can be."""

from __future__ import annotations

import datetime as dt
from copy import copy

from pipeline.campaign import Campaign
from pipeline.decisions import DecisionError, Said
from pipeline.declare import Day, Sheet, column
from pipeline.on_site import RESULTS
from pipeline.wishes import CHECKED_ON, CHECKER, KEY, PLACE, RESULT, SAYS, Wish


class _Typed(Sheet):
    """What is read of a row by its kind."""

    day: Day = column(CHECKED_ON)


def day_of(wish: Wish, year: int) -> dt.date | None:
    """Give the day that a row names, None if it names none that can be read. year: of a day that is written without one."""
    col = copy(_Typed.columns()["day"])
    col.year = year
    value = col.kind.parse_cell(wish.day, col).value
    return value.date() if value is not None else None


def verified(wish: Wish, campaign: Campaign, as_of: dt.date) -> Said:
    """Give what is to be recorded. A row without a day was looked at on the day of the night. Raises DecisionError."""
    kind, *about = wish.key or ("",)
    where = f"（{wish.about}）" if wish.about else ""
    title, by = wish.said.get(RESULT, ""), wish.said.get(CHECKER, "")
    if kind != "row" or len(about) != 5:
        raise DecisionError(
            f"这一行不是抽中的行（隐藏的“{KEY}”一栏空着或有改动），看不出核实的是什么。请在列出的行中填写。"
        )
    period, team, sheet, item, sha256 = about
    lacking = [name for name, said in ((RESULT, title), (CHECKER, by)) if not said]
    if lacking:
        raise DecisionError(f"只填了一部分{where}，没有填“{'”“'.join(lacking)}”。请补填后重新放入。")
    result = next((key for key, word in RESULTS.items() if word == title), None)
    if result is None:
        raise DecisionError(
            f"{where}“{RESULT}”填的是“{title}”，只能是“{'”“'.join(RESULTS.values())}”之一。请改正后重新放入。"
        )
    if team not in campaign.by_code or period not in (each.key for each in campaign.periods):
        raise DecisionError(f"{where}名录中没有编码“{team}”，或没有报告期“{period}”。请用最新的抽查名单填写。")
    day = day_of(wish, as_of.year) if wish.said.get(CHECKED_ON) else as_of
    if day is None:
        raise DecisionError(f"{where}“{CHECKED_ON}”填的不是日期。请按 2011-03-31 的样式填写，或空着不填。")
    if day > as_of:
        raise DecisionError(f"{where}“{CHECKED_ON}”{day} 还没有到。请核对日期。")
    place, says = wish.said.get(PLACE, ""), wish.said.get(SAYS, "")
    return {"decision": "verify", "period": period, "team": team, "sha256": sha256, "sheet": sheet, "item": item,
            "place": place, "says": says, "result": result, "on": day.isoformat()}  # fmt: skip
