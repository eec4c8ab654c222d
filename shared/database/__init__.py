"""Databases of the kit: `Store` with `read` and `write`, sealed columns, migrations."""

from shared.database.keys.sealing import SealedColumn, Unreadable
from shared.database.keys.vault import Vault
from shared.database.store import Read, Store, Write
from shared.database.tables.kit_tables import declarative_base_for
from shared.database.tables.types import Day, Id, Moment, one_of
from shared.database.trigger_guards import append_only, balanced_postings, no_overlap

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
    "balanced_postings",
    "declarative_base_for",
    "no_overlap",
    "one_of",
]
