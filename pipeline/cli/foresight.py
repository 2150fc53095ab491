"""`huizong nightly --dry-run`: what a night would do, in words and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.saying import say, say_json

if TYPE_CHECKING:
    from pipeline.again import Asked
    from pipeline.foresee import Change, Foreseen
    from pipeline.intake import Progress
    from pipeline.memory import Receipt
    from pipeline.model import Unplaced
    from pipeline.night import Night

HEAD = "试运行：只显示现在运行会做什么，没有改动任何文件。"
NOTHING = "没有新的文件，与上次结果完全一致，不会有变化。"


def say_foreseen(
    root: Path,
    asked: Asked,
    workers: int | None,
    progress: Callable[[], AbstractContextManager[Progress]],
    *,
    is_sure: bool,
    as_json: bool,
) -> bool:
    """Say what a night would do. Gives whether its outputs would be complete."""
    from pipeline.again import would_be_same

    if told := would_be_same(root, asked):
        say_json({**told.record, "dry_run": True, "received": [], "changes": []}) if as_json else say(HEAD, NOTHING)
        return True
    from pipeline.foresee import foresee

    with progress() as shown:
        seen = foresee(root, asked.as_of, asked.period, workers, shown, is_sure)
    say_json(_record(seen)) if as_json else say(*_lines(seen, root))
    return not (seen.night.damaged or seen.night.unevaluated)


def _lines(seen: Foreseen, root: Path) -> Iterator[str]:
    night = seen.night
    yield HEAD
    yield f"{night.campaign.settings.title}　{night.period.title}　截至 {night.as_of}"
    yield from _counted("会收取 {} 个文件：", [f"{each.file}：{whose(each, night)}" for each in night.received])
    yield from _counted("有 {} 个文件内容没有变化或属于其他报告期：", _reasons(night.repeated))
    yield from _counted("有 {} 个文件不会收取，仍留在 inbox：", _reasons(night.left))
    yield from _counted("有 {} 个单位会有变化：", [_change(each) for each in seen.changes])
    yield from _counted("有 {} 项合计会有变化：", list(_totals(seen)))
    yield from (f"请注意：{each}" for each in night.notices)
    folder = root / "outbox" / night.folder
    yield ""
    yield f"结果会写入：{folder}" + ("（已有的会更新）" if folder.exists() else "（新建）")


def _counted(head: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield head.format(len(lines))
        yield from (f"  {line}" for line in lines)


def _reasons(files: Sequence[Unplaced]) -> list[str]:
    return [f"{each.file}：{each.reason}" for each in files]


def whose(receipt: Receipt, night: Night) -> str:
    """Say whose a file is and for which period; why that is not known, if it is not; or that the office decides in it."""
    if receipt.team is None:
        return next((f"无法识别。{each.reason}" for each in night.unplaced if each.path == receipt.path), "无法识别")
    if receipt.team == "":
        return "处理决定"
    team = night.campaign.by_code.get(receipt.team)
    title = next((each.title for each in night.campaign.periods if each.key == receipt.period), receipt.period)
    return f"{team.name if team else receipt.team}，{title}"


def _change(change: Change) -> str:
    now = change.now
    found = [f"{count} 处{name}" for count, name in ((now.errors, "错误"), (now.queries, "核实")) if count]
    before = change.before.title if change.before else "未报"
    return f"{now.team.name}：{before} → {now.status.title}" + (f"（{'，'.join(found)}）" if found else "")


def _totals(seen: Foreseen) -> Iterator[str]:
    for key, total in seen.night.consolidation.totals.items():
        before, reported = seen.given_out(key)
        if (before, reported) != (total.value, total.reported):
            counted = f"计入 {reported} → {total.reported} / 应报 {total.expected}"
            yield f"{total.title}：{before:,} → {total.value:,} {total.unit}（{counted}）"


def _record(seen: Foreseen) -> dict[str, Any]:
    """Give it as JSON says it: as `run.json` would, with what would be received and how teams would stand."""
    from pipeline.publish.contract import run_record

    received = [{"file": each.file, "team": each.team, "period": each.period} for each in seen.night.received]
    changes = [
        {
            "team": each.now.team.code,
            "before": each.before.value.lower() if each.before else "missing",
            "now": each.now.status.value.lower(),
            "errors": each.now.errors,
            "queries": each.now.queries,
        }
        for each in seen.changes
    ]
    return {**run_record(seen.night, []), "dry_run": True, "received": received, "changes": changes}
