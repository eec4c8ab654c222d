"""What the portal hears: cards of families, bills, notices, what became of acts on their way."""

from typing import Any

from services.portal_gateway import hearing
from services.portal_gateway.store import store
from shared.bus import BILLING, DOSSIER, IDENTITY, PROVIDERS, Service, every, hears
from shared.clock import now
from shared.contracts import bills, dossier, identity, places, provider_changes
from shared.database import Write

FORGET_SECONDS = 3600.0


class PortalService(Service):
    """The portal's ear on the bus, beside its pages; it shares their database."""

    name = "portal"
    store = store

    @hears(dossier.guardian_card, sources=[DOSSIER])
    def on_guardian_card(self, write: Write, fact: Any) -> None:
        """Keep whose children are whose, so that the first page asks nobody."""
        hearing.keep_guardian_card(write, fact)

    @hears(places.family_card, sources=[PROVIDERS])
    def on_family_card(self, write: Write, fact: Any) -> None:
        """Keep what one household has at one provider."""
        if provider := self._heard(write, fact):
            hearing.keep_family_card(write, provider, fact)

    @hears(places.activity_published, sources=[PROVIDERS])
    def on_activity_published(self, write: Write, fact: Any) -> None:
        """Keep what is on offer."""
        if provider := self._heard(write, fact):
            hearing.keep_activity(write, provider, fact)

    @hears(places.notice, sources=[PROVIDERS])
    def on_notice(self, write: Write, fact: Any) -> None:
        """Keep what a household is told, once."""
        if provider := self._heard(write, fact):
            hearing.keep_notice(write, provider, fact, now())

    @hears(provider_changes.widening_announced, sources=[DOSSIER])
    def on_widening_announced(self, write: Write, fact: Any) -> None:
        """Keep what a household is told before more is known of its children, once."""
        hearing.keep_widening(write, fact, now())

    @hears(places.act_settled, sources=[PROVIDERS])
    def on_act_settled(self, write: Write, fact: Any) -> None:
        """Note what became of an act that had waited for its provider."""
        if provider := self._heard(write, fact):
            hearing.settle_act(write, provider, fact, now())

    @hears(bills.bill_card, sources=[BILLING])
    def on_bill_card(self, write: Write, fact: Any) -> None:
        """Keep what one household owes and paid at one provider."""
        hearing.note_heard(write, BILLING)
        hearing.keep_bill_card(write, fact)

    @hears(bills.bill_notice, sources=[BILLING])
    def on_bill_notice(self, write: Write, fact: Any) -> None:
        """Keep what a household is told of its bills, once."""
        hearing.note_heard(write, BILLING)
        hearing.keep_bill_notice(write, fact, now())

    @hears(identity.subject_changed, sources=[IDENTITY])
    def on_subject_changed(self, write: Write, fact: Any) -> None:
        """Close the sessions that are older than what identity still accepts."""
        hearing.close_sessions(write, fact.subject, fact.not_before, now())

    @every(FORGET_SECONDS, jitter=120.0)
    def forget(self) -> None:
        """Forget what was told and settled long ago."""
        with self.store.write() as write:
            hearing.forget_past(write, now())

    def _heard(self, write: Write, fact: Any) -> str:
        """Return the code of the provider that told it, "" for one that has left the town."""
        provider = self.settings.register.provider_of(fact.source)
        if provider is None:
            return ""
        hearing.note_heard(write, provider.code)
        return provider.code
