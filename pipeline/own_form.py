"""A file -> a parsed return, read with its own form: the one that it is drawn as, whatever period it turns out to be for.

What our blank says of itself is tried first. Where that does not fit, or says nothing, each of the campaign's forms is tried,
and the file has the one of whose columns it has most and lacks fewest. Under titles that hold in all periods, it may have all
that several forms ask for, and nothing else: then it is on the form of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.campaign import Campaign
from pipeline.frames import ParsedReturn
from pipeline.hidden import said_hidden
from pipeline.layout import Layout, locate
from pipeline.parse import Parser
from pipeline.rawbook import RawBook

UNKNOWN_COLUMN = "S04"


class OwnForms:
    """Parses returns of a campaign, each with the form that it is drawn as."""

    def __init__(self, campaign: Campaign) -> None:
        self._periods = campaign.periods
        self._parsers = {id(form): Parser(form, key) for key, form in campaign.all_forms.items()}
        self._of_period = {key: self._parsers[id(form)] for key, form in campaign.forms.items()}
        self.ledgers = {sheet.key() for form in campaign.all_forms.values() for sheet in form.ledgers}

    def parse(self, book: RawBook) -> ParsedReturn:
        """Parse one file. One that could not be read has no tables."""
        parsers = list(self._parsers.values())
        if len(parsers) == 1 or book.refusal is not None:
            return parsers[0].parse(book)
        stated = self._stated(book)
        best, layout, alike = parsers[0], Layout(), list[str]()
        for parser in sorted(parsers, key=lambda each: each not in stated):
            tried = locate(book, parser.form)
            if not layout.tables or _fit(tried, parser) > _fit(layout, best):
                best, layout, alike = parser, tried, []
            elif _fit(tried, parser) == _size(parser) and _slots(tried) == _slots(layout):
                alike.append(parser.name)
            if parser in stated and _fit(tried, parser) == _size(parser):
                break
        return replace(best.typed(book, layout), alike=tuple(alike))

    def renewed(self, parsed: ParsedReturn) -> ParsedReturn:
        """Read anew what was parsed before by other lists."""
        return next(each for each in self._parsers.values() if each.name == parsed.form).renewed(parsed)

    def _stated(self, book: RawBook) -> list[Parser]:
        """Give the parsers of the form that the blank says it is: that of its period, else those of its version."""
        said = said_hidden(book)
        key = next((each.key for each in self._periods if said.get("period") in each.names), None)
        if key is not None:
            return [self._of_period[key]]
        return [each for each in self._parsers.values() if each.form.version == said.get("version")]


def _size(parser: Parser) -> int:
    return sum(len(sheet.columns()) for sheet in parser.form.tabs)


def _slots(layout: Layout) -> dict[str, Mapping[str, int]]:
    return {table.key: table.slots for table in layout.tables}


def _fit(layout: Layout, parser: Parser) -> int:
    """Give how many of a form's columns a file has, less those that it lacks and those that the form does not have."""
    has = sum(len(table.slots) for table in layout.tables)
    foreign = sum(remark.code == UNKNOWN_COLUMN for remark in layout.remarks)
    return has - (_size(parser) - has) - foreign
