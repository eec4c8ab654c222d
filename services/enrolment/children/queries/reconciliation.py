"""
Reconciliation of the replica with the dossier's inventory.

Both sides digest the same entries: an equal replica costs one page. Rows unknown to the inventory
are reported and kept: only a tombstone of the dossier erases.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from services.enrolment.models import StoredProjection
from shared.bus.client import Client
from shared.contracts.comparison import Differences
from shared.contracts.dossier import dossier
from shared.contracts.dossier.inventory_comparison import (
    Entry,
    digest_of_inventory,
    lacking_entries,
)
from shared.database import Store
from shared.database.chunks import chunks

DEADLINE_SECONDS = 5.0
ASKED_AT_ONCE = 1000
"""Rows in one request to send again: as many as the dossier prepares well within the deadline."""

Key = tuple[str, str]
StoredVersions = dict[Key, int]


@dataclass(frozen=True)
class Difference:
    """`missing` is to be sent again; `unknown` is stored and in no inventory."""

    missing: tuple[Key, ...]
    unknown: tuple[Key, ...]
    equal: int = 0

    def in_numbers(self) -> Differences:
        """Return how many rows differ, as an answer says it."""
        return {
            "event": dossier.projection.full_name,
            "source": dossier.OWNER,
            "equal": self.equal,
            "missing": len(self.missing),
            "outdated": 0,
            "altered": 0,
            "unknown": len(self.unknown),
        }


def compare_with_inventory(stored: Mapping[Key, int], inventory: Iterable[Entry]) -> Difference:
    """
    Return how the replica differs from the inventory.

    Missing rows are sorted by projection, so that they come back in few events.
    """
    entries = list(inventory)
    resent = sorted(lacking_entries(stored, entries), key=lambda key: (key[1], key[0]))
    known = {(child_id, projection) for child_id, projection, _ in entries}
    unknown = tuple(sorted(stored.keys() - known))
    return Difference(tuple(resent), unknown, len(known) - len(resent))


def find_difference(bus: Client, store: Store, entitled: Iterable[str]) -> Difference:
    """Read as many pages of the inventory as needed, and compare; raises a Refusal."""
    projections = frozenset(entitled)
    first = _inventory_page(bus, "")
    stored = _stored_versions(store, projections)
    if first.digest == digest_of_inventory((*key, version) for key, version in stored.items()):
        return Difference((), (), len(stored))
    inventory = [entry for page in _inventory_pages(bus, first) for entry in page.entries]
    return compare_with_inventory(stored, (entry for entry in inventory if entry[1] in projections))


def request_resend(bus: Client, keys: tuple[Key, ...]) -> None:
    """Have the dossier send these rows again by its stream; raises a Refusal."""
    for chunk in chunks(keys, ASKED_AT_ONCE):
        bus.ask(dossier.resend, dossier.ResendRequest(list(chunk)), deadline=DEADLINE_SECONDS)


def _inventory_page(bus: Client, after: str) -> dossier.InventoryAnswer:
    request = dossier.InventoryRequest(after)
    return bus.ask(dossier.inventory, request, deadline=DEADLINE_SECONDS)


def _inventory_pages(
    bus: Client, page: dossier.InventoryAnswer
) -> Iterator[dossier.InventoryAnswer]:
    yield page
    while page.next:
        page = _inventory_page(bus, page.next)
        yield page


def _stored_versions(store: Store, projections: frozenset[str]) -> StoredVersions:
    columns = (StoredProjection.child_id, StoredProjection.projection, StoredProjection.version)
    query = select(*columns).where(StoredProjection.projection.in_(projections))
    with store.read() as read:
        return {
            (child_id, projection): version for child_id, projection, version in read.execute(query)
        }
