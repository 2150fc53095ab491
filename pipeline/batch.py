"""Files -> parsed returns: what a process that reads does, here or on another machine, and what a test may do in its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline import prints
from pipeline.cache import Cache
from pipeline.campaign import CHANGED, loaded, reading_print
from pipeline.errors import CampaignError
from pipeline.frames import ParsedReturn
from pipeline.lists import FOLDER
from pipeline.own_form import OwnForms
from pipeline.processes import no_longer_than
from pipeline.rawbook import Limits, RawBook
from pipeline.workbook import read_content, read_here, take


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a form is declared, and the fingerprint that it must have. is_cached: whether what was read before may be used.

    lists: fingerprint of its lists, by which what was read before is read anew.
    """

    root: Path
    fingerprint: str
    is_cached: bool
    lists: str

    @classmethod
    def of(cls, root: Path, *, is_cached: bool) -> Origin:
        """Give the form that a campaign folder has now."""
        return cls(root, reading_print(root), is_cached, _lists_print(root))


def parse_returns(
    paths: Sequence[Path], origin: Origin, limits: Limits | None = None, passwords: Sequence[str] = ()
) -> list[ParsedReturn]:
    """Read and parse files, in order, or take from the cache what was made of the same bytes.

    A file that cannot be read becomes a return with a refusal. Of what the cache has only an outline is given.
    """
    parser, limits = _parser(origin), limits or Limits()
    if not origin.is_cached:
        return [parser.parse(read_here(path, limits, passwords)) for path in paths]
    kept, returns = Cache(origin.root, origin.fingerprint, parser.renewed), []
    for path in paths:
        taken = take(path, limits)
        if isinstance(taken, RawBook):
            returns.append(parser.parse(taken))
        elif parsed := kept.get(taken.sha256):
            returns.append(parsed.outline(parser.ledgers))
        else:
            parsed = parser.parse(read_content(taken, limits, passwords))
            returns.append(parsed.outline(parser.ledgers) if kept.put(parsed) else parsed)
    return returns


def parse_in_time(path: Path, limits: Limits, passwords: Sequence[str], origin: Origin) -> ParsedReturn:
    """Read and parse one file in a process that may be ended: it ends by itself if nobody does so when the time is over."""
    with no_longer_than(limits.seconds):
        return parse_returns([path], origin, limits, passwords)[0]


@cache
def _parser(origin: Origin) -> OwnForms:
    """Load the forms, once in each process. Raises CampaignError if its folder has been changed since."""
    campaign = loaded(origin.root, prints.of_folder(origin.root / "schemas"))
    if (reading_print(origin.root), _lists_print(origin.root)) != (origin.fingerprint, origin.lists):
        raise CampaignError(CHANGED)
    return OwnForms(campaign)


def _lists_print(root: Path) -> str:
    return prints.of_folder(root / "schemas" / FOLDER)
