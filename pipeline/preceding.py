"""The returns that count for the period before: fetched for the teams that are checked, where rules ask for their rows."""

from __future__ import annotations

from collections.abc import Callable, Collection

from pipeline.campaign import Campaign
from pipeline.frames import ParsedReturn
from pipeline.intake import Returns
from pipeline.ledger import View
from pipeline.memory import Figures
from pipeline.model import Period, Submission


class Preceding:
    """What counts for the period before, asked for some teams at a time: nothing is held of the others.

    opened: gives a way to returns that is let go with what was read on it. lost: codes of teams that were asked for and whose
    return the archive does not have as it was received. Where no rule asks for rows before, or there is no period before,
    nothing is fetched.
    """

    def __init__(self, ledger: View, campaign: Campaign, before: Period | None, opened: Callable[[], Returns]) -> None:
        is_asked = before is not None and any(rule.sheets_before for rule in campaign.form.rules)
        self._period = before.key if before and is_asked else ""
        self._last = campaign.before(before) if before else None
        self._ledger, self._opened = ledger, opened
        self.lost: set[str] = set()

    def sha256(self, team: str) -> str:
        """Give the hash of a team's return; "" if there is none."""
        counting = self._counting(team)
        return counting.sha256 if counting else ""

    def here(self, teams: Collection[str]) -> dict[str, str]:
        """Give the hashes of the teams' returns that can be had, by team code. What the cache lacks of them is read."""
        return {each.team: each.sha256 for each in self._whole(teams, self._opened())} if self._period else {}

    def said(self, teams: Collection[str]) -> dict[str, ParsedReturn]:
        """Give what the teams' returns say, by team code."""
        if not self._period:
            return {}
        returns = self._opened()
        return {each.team: returns[each.sha256] for each in self._whole(teams, returns)}

    def figures_before(self, team: str) -> Figures:
        """Give the team's figures that count for the period before the one before; none if there is none."""
        return self._ledger.figures_of(self._last.key, team) if self._last else {}

    def _whole(self, teams: Collection[str], returns: Returns) -> list[Submission]:
        counting = [each for team in sorted(set(teams)) if (each := self._counting(team))]
        whole = returns.whole(counting)
        self.lost |= {each.team for each in counting} - {each.team for each in whole}
        return whole

    def _counting(self, team: str) -> Submission | None:
        return self._ledger.counting_of(self._period, team) if self._period else None
