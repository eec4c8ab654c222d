"""What billing hears: quantities and tariffs of every provider, households, people."""

from types import SimpleNamespace

from services.billing import quantities
from services.billing.rights import provider_of
from services.billing.store import store
from shared.bus import IDENTITY, PROVIDERS, Service, hears
from shared.clock import now
from shared.contracts import attendance, identity
from shared.database import Write
from shared.person import apply_subject_changed


class Facts(Service):
    """The provider is who tells it, never a field: nobody counts in another's name."""

    @hears(attendance.attendance_recorded, sources=[PROVIDERS])
    def on_attendance_recorded(self, write: Write, fact: SimpleNamespace) -> None:
        """Keep a sheet's version; the greatest counts."""
        quantities.record(write, provider_of(store, fact.source).code, fact, now())

    @hears(identity.subject_changed, sources=[IDENTITY])
    def on_subject_changed(self, write: Write, fact: SimpleNamespace) -> None:
        """Keep who may read and pay a household's bills, and who holds the régie of a provider."""
        apply_subject_changed(write, fact)
