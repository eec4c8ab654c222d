"""Reconciliation of the replica with the dossier's inventory."""

from services.enrolment.children.queries import reconciliation
from shared.bus import Service, every
from shared.runtime.logs import log

RECONCILE_SECONDS = 300.0


class ReplicaChecks(Service):
    """A projection that was lost on its way is asked for again."""

    @every(RECONCILE_SECONDS, jitter=30.0)
    def reconcile(self) -> None:
        """Find by the digest what was lost, and have it sent again."""
        reconcile_replica(self)


def reconcile_replica(service: Service, *, mend: bool = True) -> reconciliation.Difference:
    """
    Compare the replica with the inventory, and request what is missing; return the difference.

    Who is entitled to nothing has no replica, and nobody to ask: a caterer.
    """
    settings = service.settings
    projections = settings.register.projections(settings.principal)
    if not projections:
        return reconciliation.Difference((), ())
    difference = reconciliation.find_difference(service.bus, service.store, projections)
    if mend:
        reconciliation.request_resend(service.bus, difference.missing)
    if difference.missing or difference.unknown:
        missing, unknown = len(difference.missing), len(difference.unknown)
        log("replica_differed", missing=missing, unknown=unknown)
    return difference
