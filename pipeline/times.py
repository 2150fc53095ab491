"""Nights go forward: one that is dated wrongly is noticed before it does anything."""

from __future__ import annotations

import datetime as dt

from pipeline.errors import HuizongError
from pipeline.ledger import Draft, Kind, Ledger, utc_now

ANNUL = "如果那一晚的日期有误，请先运行 huizong annul-night --by 姓名 --reason 原因 撤销它"


class ClockError(HuizongError):
    """The night's date, or the computer's, cannot be right."""

    exit_code = 2


def keep_time(ledger: Ledger, as_of: dt.date, is_sure: bool) -> None:
    """Let no night run before one that is finished, in the future, or before a file was received.

    is_sure: the operator means it; a night that was cut off with a later date is then annulled. Raises ClockError.
    """
    last, now = ledger.last_night(), utc_now()
    if last is not None and last.is_ended and as_of < last.as_of:
        raise ClockError(
            f"已处理到 {last.as_of}，不能再按更早的日期 {as_of} 运行。请检查 --as-of 或电脑的日期；{ANNUL}。"
        )
    if not is_sure:
        _doubt(ledger, as_of, now)
    elif last is not None and as_of < last.as_of:
        why = f"没有完成，日期晚于 {as_of}"
        ledger.record([Draft(Kind.NIGHT_ANNULLED, {"number": last.number}, "--yes", why)])


def _doubt(ledger: Ledger, as_of: dt.date, now: dt.datetime) -> None:
    today, last, event = now.astimezone().date(), ledger.last_night(), ledger.last_event()
    sure = "确实要按这个日期运行的，请加 --yes"
    if as_of > today:
        raise ClockError(f"--as-of {as_of} 晚于今天（{today}）。请检查日期；{sure}。")
    if last is not None and as_of < last.as_of:
        raise ClockError(f"有文件是按更晚的日期 {last.as_of} 收取的，那一晚没有完成。{ANNUL}；{sure}。")
    if event is not None and dt.datetime.fromisoformat(event.at) > now + dt.timedelta(minutes=5):
        raise ClockError(f"上次登记的时间 {event.at[:16]} 晚于电脑现在的时间。请校准电脑的日期和时间；{sure}。")
