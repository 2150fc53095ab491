"""The ledger: what was received, accepted, decided and published is remembered. The only package that knows the database."""

from pipeline.ledger.database import NAME, Ledger, LedgerError, utc_now
from pipeline.ledger.events import BrokenChainError, Draft, Event, Kind
from pipeline.ledger.nights import NightEntry

__all__ = ["NAME", "BrokenChainError", "Draft", "Event", "Kind", "Ledger", "LedgerError", "NightEntry", "utc_now"]
