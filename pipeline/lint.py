"""All that is wrong in a campaign folder, each in a sentence with file and line; found without touching what it holds.

What can be told from the declarations is told first. If that is right, rules are tried on their examples, and a night is
rehearsed elsewhere: a blank of each form comes back, and every template is filled in.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.campaign import Campaign, examined, load
from pipeline.check.trial import tried
from pipeline.declare import Severity
from pipeline.errors import CampaignError
from pipeline.night import Night
from pipeline.publish.form.workbook import prefilled, write_form
from pipeline.publish.word.draft import Draft, DraftTemplateError
from pipeline.publish.word.drafter import BULLETIN, Drafter, draft_of, templates
from pipeline.publish.word.eventful import eventful
from pipeline.publish.word.stamp import Stamp
from pipeline.run import run

OF_THE_FORM = ("S", "I")  # groups of findings that a blank form cannot have: where things stand, and whose they are


def lint(root: Path) -> list[CampaignError]:
    """Give all that is wrong in a campaign folder, in the order in which it is best put right."""
    campaign, wrong = examined(root)
    if campaign is None:
        return wrong
    wrong = [mistake for rule in campaign.whole_form.rules for mistake in tried(rule, campaign)]
    return wrong or list(_rehearsed(campaign))


def _rehearsed(campaign: Campaign) -> Iterator[CampaignError]:
    drafts = templates(campaign.root / "schemas")
    with TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(
            campaign.root / "schemas", root / "schemas", ignore=shutil.ignore_patterns("__pycache__", *drafts)
        )
        for night in _nights_of_blanks(load(root)):
            for finding in night.findings:
                if finding.severity is Severity.ERROR and finding.rule[0] in OF_THE_FORM:
                    yield CampaignError(f"空白表自己读不回来：{finding.message}")
            for each in night.unplaced:
                yield CampaignError(f"空白表自己认不出来：{each.reason}")
        yield from _filled_in(drafts, replace(night, campaign=campaign.in_period(night.period.key)))


def _filled_in(names: Sequence[str], night: Night) -> Iterator[CampaignError]:
    """Fill in every template for a quiet night, and for one on which everything happened; the bulletin also as it is issued."""
    full, last = eventful(night)
    stamp = Stamp(last.number + 1, night.as_of, 1, last, "试填")
    drafter = Drafter()
    try:
        for name in names:
            drafts = [draft_of(night, name), draft_of(full, name)]
            drafts += [draft_of(full, name, stamp)] if name == BULLETIN else []
            mistakes = (mistake for draft in drafts if (mistake := _refusal(drafter, draft)))
            yield from islice(mistakes, 1)
    finally:
        drafter.close()


def _refusal(drafter: Drafter, draft: Draft) -> DraftTemplateError | None:
    try:
        list(drafter.drafts([draft]))
    except DraftTemplateError as mistake:
        return mistake
    return None


def _nights_of_blanks(campaign: Campaign) -> Iterator[Night]:
    """Run a night on the blank form of the first team that must report, for each of the campaign's forms."""
    inbox = campaign.root / "inbox"
    inbox.mkdir()
    for term in campaign.periods:
        if term.key in campaign.all_forms or (not campaign.forms and term is campaign.periods[0]):
            team = (campaign.register(term) or campaign.teams)[0]
            write_form(inbox / f"{team.code}.xlsx", campaign, term, team, prefilled(campaign, term, team))
            yield run(campaign.root, term.ends, term.key, workers=1, is_sure=True)
