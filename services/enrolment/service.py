"""What a provider's enrolment service answers and hears; one process set per provider runs it."""

from typing import Any

from services.enrolment import reconciliation, replica
from services.enrolment.arrival import Item
from services.enrolment.desk import sessions
from services.enrolment.store import store, vault
from shared.bus import DOSSIER, IDENTITY, OPS, Service, answers, every, hears, service_only
from shared.clock import now
from shared.contracts import dossier, identity, operations
from shared.database import Write
from shared.logs import log
from shared.person import apply_subject_changed

RECONCILE_SECONDS = 300.0
ERASE_SECONDS = 60.0
FORGET_SECONDS = 600.0


class EnrolmentService(Service):
    """The provider is the principal that runs it: no request and no fact names one."""

    name = "enrolment"
    store = store
    vault = vault

    @hears(dossier.projection, sources=[DOSSIER])
    def on_projection(self, write: Write, fact: Any) -> None:
        """
        Hold what the dossier sent, as far as the register entitles this provider to it.

        The second wall: what arrived all the same is let go of, neither stored nor parked in a dead
        queue, where it would lie for days.
        """
        if not self._entitled(fact.projection):
            log("projection_refused", projection=fact.projection, items=len(fact.items))
            return
        items = [Item(**item) for item in fact.items]
        replica.take(write, self.vault, fact.projection, items, now())

    @hears(identity.subject_changed, sources=[IDENTITY])
    def on_subject_changed(self, write: Write, fact: Any) -> None:
        """Keep who may do what here; the desk looks at every request."""
        apply_subject_changed(write, fact)

    @answers(operations.resync, callers=[OPS], right=service_only)
    def resync(self, _request: Any) -> dict[str, Any]:
        """Compare now, and ask again for what is lacking."""
        found = self._reconcile()
        return {"equal": found == reconciliation.NONE, "asked_again": len(found.lacking)}

    @every(RECONCILE_SECONDS, jitter=30.0)
    def reconcile(self) -> None:
        """Find by the digest what was lost, and have it sent again."""
        self._reconcile()

    @every(ERASE_SECONDS, jitter=10.0)
    def erase_due(self) -> None:
        """Erase what ended, once it may be: a care core a day after the last session (rule R6)."""
        erased = replica.ERASED_AT_ONCE
        while erased >= replica.ERASED_AT_ONCE:
            with self.store.write() as write:
                erased = replica.erase_due(write, self.vault, now())

    @every(FORGET_SECONDS, jitter=60.0)
    def forget(self) -> None:
        """Delete the desk's sessions that are over."""
        with self.store.write() as write:
            sessions.forget_past(write, now())

    def _entitled(self, projection: str) -> bool:
        return bool(self.settings.register.entitled(self.settings.principal, projection))

    def _reconcile(self) -> reconciliation.Difference:
        projections = self.settings.register.projections(self.settings.principal)
        found = reconciliation.difference(self.bus, self.store, projections)
        reconciliation.ask_again(self.bus, found.lacking)
        if found != reconciliation.NONE:
            log("replica_differed", lacking=len(found.lacking), unknown=len(found.unknown))
        return found
