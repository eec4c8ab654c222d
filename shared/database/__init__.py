"""Databases of the kit: `Store` with `read` and `write`, sealed columns, migrations."""

from shared.database.declarative import declarative_base_for
from shared.database.guards import append_only, balanced, no_overlap
from shared.database.sealing import SealedColumn, Unreadable
from shared.database.store import Read, Store, Write
from shared.database.types import Day, Id, Moment, one_of
from shared.database.vault import Vault

__all__ = [
    "Day",
    "Id",
    "Moment",
    "Read",
    "SealedColumn",
    "Store",
    "Unreadable",
    "Vault",
    "Write",
    "append_only",
    "balanced",
    "declarative_base_for",
    "no_overlap",
    "one_of",
]
