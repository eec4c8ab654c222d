"""
Leases of the outbox relays, taken from them: nothing leaves an outbox while a copy begins.

A relay forgets what it sent only in a transaction in which it still has the lease. So once all
leases are ours no outbox loses a row: what is published from then on is in the copy, and what was
forgotten before lies in the broker already, before any mark that is sent now.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress

from sqlalchemy import MetaData

from deploy.applied_town import Applied
from deploy.backups.databases.interface import Opened
from deploy.provisioning.databases import DATA
from shared.bus.lease import return_lease_to_former_holder, seize_lease, this_process_as_holder
from shared.bus.outbox_relay import LEASE
from shared.database import Store
from shared.database.engines import WriteWaitedTooLong
from shared.database.tables.kit_tables import add_kit_tables

HELD_SECONDS = 40.0
"""Expiry: if this process dies, relays of other machines go on after that."""

HOLDER = f"SELECT 1 FROM lease WHERE name = '{LEASE}' AND holder = '{{holder}}'"


class HeldRelays:
    """The relays of some principals, held back by this process."""

    def __init__(self, stores: Mapping[str, Store]) -> None:
        self._stores = stores
        self.holder = this_process_as_holder()

    @contextmanager
    def hold_relays(self) -> Iterator[None]:
        """Hold the relays back during the block; those that sent before go on after it."""
        with ExitStack() as back:
            for store in self._stores.values():
                before = seize_lease(store, LEASE, self.holder, HELD_SECONDS)
                back.callback(self._give_back_lease, store, before)
            yield

    def _give_back_lease(self, store: Store, before: str | None) -> None:
        with suppress(WriteWaitedTooLong):  # it runs out by itself
            return_lease_to_former_holder(store, LEASE, self.holder, before)

    def were_relays_held(self, databases: Mapping[str, Opened]) -> bool:
        """Return whether each relay was held at the moment that the databases read."""
        query = HOLDER.format(holder=self.holder)
        return all(_has_row(each, query) for each in databases.values())


@contextmanager
def open_stores(applied: Applied, principals: Iterable[str]) -> Iterator[dict[str, Store]]:
    """Yield connected stores of some principals' databases, with the kit's tables alone."""
    with ExitStack() as stack:
        stores = {}
        for name in principals:
            metadata = MetaData()
            add_kit_tables(metadata)
            stores[name] = stack.enter_context(closing(Store(name, metadata)))
            stores[name].connect(applied.secrets.read_values(name)[DATA])
        yield stores


def _has_row(database: Opened, query: str) -> bool:
    cursor = database.reading.cursor()
    try:
        cursor.execute(query)
        return cursor.fetchone() is not None
    finally:
        cursor.close()
