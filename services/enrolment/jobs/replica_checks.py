"""Reconciliation of the replica with the dossier's inventory."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.enrolment.arrived_projections import Sent, store_projections
from services.enrolment.children.commands.replica import forget_erased_rows
from services.enrolment.children.queries import replica_reconciliation
from services.enrolment.children.rules.replica_row_merge import Item
from services.enrolment.models import HELD_SUMS
from services.enrolment.store import store
from shared.bus import Service, every
from shared.contracts.dossier.sharing.projections import InventoryRows
from shared.database.comparison.sums import merge_sum_rows_of_buckets
from shared.database.engines import is_database_away, is_lost_to_another
from shared.runtime.logs import log, log_error

RECONCILE_SECONDS = 255.0
"""
Seconds between checks: with jitter and second look a loss is asked for within five minutes (A6).
"""

SECOND_LOOK_SECONDS = 1.0
"""Delay until a difference is looked at again where somebody waits for the answer."""
QUEUE_SECONDS = 15.0
"""Time that the timer gives it, which nobody waits for: a burst of events may take so long."""


class ReplicaChecks(Service):
    """A projection that was lost on its way is read from the dossier."""

    @every(RECONCILE_SECONDS, jitter=30.0)
    def reconcile(self) -> None:
        """Find by the digests what was lost, and mend it."""
        with store.write() as write:
            merge_sum_rows_of_buckets(write, HELD_SUMS)
        reconcile_replica(self, pause=QUEUE_SECONDS)


def reconcile_replica(
    service: Service,
    *,
    mend: bool = True,
    end_unknown: bool = False,
    pause: float = SECOND_LOOK_SECONDS,
) -> replica_reconciliation.Difference:
    """
    Compare the replica with the inventory, and mend what is missing; return the difference.

    What differs is looked at twice, `pause` seconds apart: it may be on its way. With `end_unknown`
    the dossier is asked to end what it does not know, unless that is more than what it knows: then
    it is the dossier that lost it.
    Who is entitled to nothing, as a caterer is, has no replica and nobody to ask.
    """
    difference = _find_difference(service)
    if difference.missing or difference.unknown:
        time.sleep(pause)
        difference = _still_different_rows(service, difference)
    if mend:
        difference = _forget_rows_wholly_erased(service, difference)
        ended = difference.unknown if end_unknown and difference.may_delete_unknown else {}
        _mend_difference(service, difference, ended)
    if difference.missing or difference.unknown:
        missing, unknown = len(difference.missing), len(difference.unknown)
        log("replica_differed", missing=missing, unknown=unknown)
    return difference


def _mend_difference(
    service: Service,
    difference: replica_reconciliation.Difference,
    ended: Mapping[replica_reconciliation.Key, int],
) -> None:
    """
    Store what lacks as the dossier sent it before; have what is left sent, and `ended` ended.

    What is left changed meanwhile, is stored at a version that was never sent, or could not be
    stored: of events that arrive one fails alone.
    """
    left = {**difference.missing_with_stored_version, **ended}
    for answer in replica_reconciliation.read_rows(service.bus, difference.to_read):
        rows = [(each["projection"], _items_of_rows(each)) for each in answer]
        if _store_rows(service, rows):
            for projection, items in rows:
                for item in items:
                    left.pop((item.child_id, projection), None)
    replica_reconciliation.request_resend(service.bus, left)


def _items_of_rows(rows: InventoryRows) -> list[Item]:
    has_receipt = rows["acknowledged"]
    return [
        *(Item(*row, acknowledged=has_receipt) for row in rows["items"]),
        *(
            Item(child_id, version, None, erase_after, acknowledged=has_receipt)
            for child_id, version, erase_after in rows["ended"]
        ),
    ]


def _store_rows(service: Service, rows: Sequence[Sent]) -> bool:
    """Store rows as events of them are; return whether it went well."""
    try:
        with service.store.write() as write:
            store_projections(write, service.settings, rows)
    except Exception as error:
        if is_database_away(error) and not is_lost_to_another(error):
            raise
        log_error("rows_not_stored", error)
        return False
    return True


def _still_different_rows(
    service: Service, difference: replica_reconciliation.Difference
) -> replica_reconciliation.Difference:
    """
    Return what differs in the same way by now.

    Whether a missing row has come is seen here; of rows unknown here the dossier is asked anew.
    """
    if difference.unknown:
        return difference.still_differing_in(_find_difference(service))
    stored = replica_reconciliation.stored_versions_of_rows(service.store, difference.missing)
    return difference.still_stored(stored)


def _forget_rows_wholly_erased(
    service: Service, difference: replica_reconciliation.Difference
) -> replica_reconciliation.Difference:
    """Delete the unknown rows of which nothing is left; return the difference without them."""
    if not difference.unknown:
        return difference
    with service.store.write() as write:
        gone = forget_erased_rows(write, difference.unknown)
    left = {key: version for key, version in difference.unknown.items() if key not in gone}
    return replace(difference, unknown=left)


def _find_difference(service: Service) -> replica_reconciliation.Difference:
    projections = service.settings.register.projections(service.settings.principal)
    if not projections:
        return replica_reconciliation.Difference({}, {})
    return replica_reconciliation.find_difference(service.bus, service.store, projections)
