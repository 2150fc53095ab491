"""What the records of a card mean from one period to the next: words of a sheet's `Config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PeriodWords:
    """Which records of a card carry on from the period before; each names one of the card's records, "" none.

    this_period, cumulative: what the period brought, and all since the campaign began. opening, closing: what there was when
    the period began and ended. stocks: fields that say what there is now (staff, vehicles) rather than what was done. They
    may fall, and no period adds to them: from the second period on they are not compared with the one before.
    """

    this_period: str = ""
    cumulative: str = ""
    opening: str = ""
    closing: str = ""
    stocks: tuple[str, ...] = ()

    def named_records(self) -> dict[str, str]:
        """Give the words that were used, each with the record that it names."""
        words = {name: str(getattr(self, name)) for name in ("this_period", "cumulative", "opening", "closing")}
        return {name: record for name, record in words.items() if record}
