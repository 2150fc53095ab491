"""What is wrong in declarations that run: words that nobody knows, titles twice, bounds and names that cannot be meant.

Each mistake is a CampaignError that names file and line. Nothing is read or checked here; what takes returns is `lint`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pipeline.declare import Form, Rule, Sheet
from pipeline.declare.dated import dates_in, distinct, forms_by_period
from pipeline.errors import CampaignError
from pipeline.proofread.columns import about_columns
from pipeline.proofread.dates import about_dates
from pipeline.proofread.rules import about_rules
from pipeline.proofread.sheets import about_form, about_sheet, not_sheets

__all__ = ["not_sheets", "proofread"]


def proofread(form: Form, rules: Sequence[Rule], periods: Sequence[str]) -> list[CampaignError]:
    """Give what is wrong in a form all of whose sheets are sheets, and in its rules. periods: their keys, in order.

    What is asked of a part is asked only where what it stands on is right.
    """
    wrong = about_dates(form, periods)
    if not wrong and next(dates_in(form), None) is None:
        wrong = _of_one(form)
    elif not wrong:
        wrong = _of_several(distinct(forms_by_period(form, periods)), {sheet.key(): sheet for sheet in form.sheets})
    return wrong or list(about_rules(form, rules))


def _of_one(form: Form, declared: Mapping[str, type[Sheet]] = MappingProxyType({})) -> list[CampaignError]:
    """Say what is wrong in one form. declared: its sheets as they were written, with the columns of all periods."""
    wrong = list(about_form(form))
    for sheet in form.sheets:
        whole = declared.get(sheet.key(), sheet)
        found = [*about_sheet(whole), *(about_sheet(sheet) if sheet is not whole else ())]
        wrong += found or about_columns(form, sheet)
    return wrong


def _of_several(forms: Mapping[str, Form], declared: Mapping[str, type[Sheet]]) -> list[CampaignError]:
    """Say what is wrong in the form of each period; what is wrong in all of them, once and without a period."""
    told: dict[str, list[str]] = {}
    for key, form in forms.items():
        for says in dict.fromkeys(map(str, _of_one(form, declared))):
            told.setdefault(says, []).append(key)
    return [
        CampaignError(says if len(keys) == len(forms) else f"{says}（{keys[0]} 起的表式）")
        for says, keys in told.items()
    ]
