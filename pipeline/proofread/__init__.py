"""What is wrong in declarations that run: words that nobody knows, titles twice, bounds and names that cannot be meant.

Each mistake is a CampaignError that names file and line. Nothing is read or checked here; what takes returns is `lint`'s.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.declare import Form, Rule
from pipeline.errors import CampaignError
from pipeline.proofread.columns import about_columns
from pipeline.proofread.rules import about_rules
from pipeline.proofread.sheets import about_form, about_sheet, not_sheets

__all__ = ["not_sheets", "proofread"]


def proofread(form: Form, rules: Sequence[Rule]) -> list[CampaignError]:
    """Give what is wrong in a form all of whose sheets are sheets, and in its rules.

    What is asked of a part is asked only where what it stands on is right.
    """
    wrong = list(about_form(form))
    for sheet in form.sheets:
        wrong += list(about_sheet(sheet)) or about_columns(form, sheet)
    return wrong or list(about_rules(form, rules))
