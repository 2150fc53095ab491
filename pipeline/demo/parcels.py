"""Files as teams send them: a return in the official form, under a name and with a time of the team's own."""

from __future__ import annotations

import calendar
import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from random import Random

import xlsxwriter

from pipeline.campaign import Campaign
from pipeline.demo.truth import Rows
from pipeline.model import Period, Team
from pipeline.publish.filenames import safe_name
from pipeline.publish.form.workbook import Contents, write_form

NAMES = (
    "{code}_{name}", "{code}_{name}", "{name}", "{code}{name}", "{name}{period}报表", "{code} {name}（最终版）",
    "{name}报表改1", "{name} (1)", "副本{code} {name}", "{code}_{name}-最终版2",
    "{alias}报表", "（{alias}）{period}上报",
)  # fmt: skip
NOBODYS_NAME, STRANGERS_NAME = "新建 Microsoft Excel 工作表", "{period}报表（补）"


@dataclass(frozen=True)
class Parcel:
    """One return to be sent. team: as the file says, which may be on no register. folder: inside the inbox."""

    team: Team
    rows: Rows
    folder: str
    name: str
    saved_at: dt.datetime

    def write(self, campaign: Campaign, period: Period, inbox: Path) -> Path:
        """Write the file; its own time is also the file system's."""
        path = inbox / self.folder / f"{safe_name(self.name)}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_form(path, campaign, period, self.team, Contents(self.rows), saved_at=self.saved_at)
        stamp(path, self.saved_at)
        return path


def stamp(path: Path, saved_at: dt.datetime) -> None:
    """Give a file a time of last change that does not depend on the clock or the time zone."""
    seconds = calendar.timegm(saved_at.timetuple())
    os.utime(path, (seconds, seconds))


def own_name(team: Team, period: Period, rng: Random) -> str:
    """Call a return as clerks do."""
    alias = rng.choice(team.aliases) if team.aliases else team.name
    return rng.choice(NAMES).format(code=team.code, name=team.name, alias=alias, period=period.title)


def working_hour(day: dt.date, rng: Random) -> dt.datetime:
    """Give a minute of a working day."""
    return dt.datetime.combine(day, dt.time(rng.randint(8, 16), rng.randint(0, 59), rng.randint(0, 59)))


def write_foreign(path: Path, saved_at: dt.datetime) -> Path:
    """Write a workbook that is no return at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": saved_at})
        tab = book.add_worksheet("值守安排")
        tab.write_row(0, 0, ("星期", "白班", "夜班"))
        for row, day in enumerate("一二三四五六日", 1):
            tab.write_row(row, 0, (f"星期{day}", "办公室", "传达室"))
    stamp(path, saved_at)
    return path


def truncate(path: Path, saved_at: dt.datetime) -> None:
    """Leave the first two thirds of a file, as a broken transfer does."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    stamp(path, saved_at)
