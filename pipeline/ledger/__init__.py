"""The ledger: what was received, accepted, decided and published is remembered. The only package that knows the database."""

from pipeline.ledger.database import NAME, Ledger, LedgerError, reading, utc_now
from pipeline.ledger.events import BrokenChainError, Draft, Event, Kind
from pipeline.ledger.nights import NightEntry
from pipeline.ledger.view import View

__all__ = [
    "NAME",
    "BrokenChainError",
    "Draft",
    "Event",
    "Kind",
    "Ledger",
    "LedgerError",
    "NightEntry",
    "View",
    "reading",
    "utc_now",
]
