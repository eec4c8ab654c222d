"""What the portal hears: cards of families, offers, prices, bills, notices, acts on their way."""

from typing import Any

from services.portal_gateway import handlers
from services.portal_gateway.cards.commands import fill_guardianship
from services.portal_gateway.jobs import write_letters
from services.portal_gateway.notices.rules import Signer
from services.portal_gateway.store import store
from shared.bus import BILLING, DOSSIER, IDENTITY, PROVIDERS, Service, every, subscribes
from shared.contracts.billing import bills
from shared.contracts.dossier import dossier, person_requests, provider_changes
from shared.contracts.dossier import grants as on_request
from shared.contracts.enrolment import conversations, places, tariffs
from shared.contracts.identity import accounts
from shared.contracts.message import Delivery
from shared.database import Write
from shared.dates.clock import now

FORGET_SECONDS = 3600.0
LETTERS_SECONDS = 20.0


class PortalService(Service):
    """The portal's ear on the bus, beside its pages; it shares their database."""

    name = "portal"
    store = store

    @subscribes(dossier.guardian_card, sources=[DOSSIER])
    def on_guardian_card(
        self, write: Write, event: dossier.GuardianCard, _delivery: Delivery
    ) -> None:
        """Keep whose children are whose, so that the first page asks nobody."""
        handlers.keep_guardian_card(write, event)

    @subscribes(places.family_card, sources=[PROVIDERS])
    def on_family_card(self, write: Write, event: places.FamilyCard, delivery: Delivery) -> None:
        """Keep what one household has at one provider."""
        if provider := self._heard(write, delivery):
            handlers.keep_family_card(write, provider, event)

    @subscribes(places.activity_published, sources=[PROVIDERS])
    def on_activity_published(
        self, write: Write, event: places.ActivityPublished, delivery: Delivery
    ) -> None:
        """Keep what is on offer."""
        if provider := self._heard(write, delivery):
            handlers.keep_activity(write, provider, event)

    @subscribes(tariffs.tariff_published, sources=[PROVIDERS])
    def on_tariff_published(
        self, write: Write, event: tariffs.TariffPublished, delivery: Delivery
    ) -> None:
        """Keep what something costs, for everybody to read."""
        if provider := self._heard(write, delivery):
            handlers.keep_tariff(write, provider, event, now())

    @subscribes(tariffs.residences_published, sources=[PROVIDERS])
    def on_residences_published(
        self, write: Write, event: tariffs.ResidencesPublished, delivery: Delivery
    ) -> None:
        """Keep which residence class each commune has there."""
        if provider := self._heard(write, delivery):
            handlers.keep_residences(write, provider, event, now())

    @subscribes(places.notice, sources=[PROVIDERS])
    def on_notice(self, write: Write, event: places.Notice, delivery: Delivery) -> None:
        """Keep what a household is told, once."""
        if provider := self._heard(write, delivery):
            handlers.keep_notice(write, provider, event, now())

    @subscribes(provider_changes.widening_announced, sources=[DOSSIER])
    def on_widening_announced(
        self, write: Write, event: provider_changes.WideningAnnounced, _delivery: Delivery
    ) -> None:
        """Keep what a household is told before more is known of its children, once."""
        handlers.keep_widening(write, event, now())

    @subscribes(on_request.guardian_grant_changed, sources=[DOSSIER])
    def on_guardian_grant_changed(
        self, write: Write, event: on_request.GuardianGrantChanged, _delivery: Delivery
    ) -> None:
        """Keep that a guardian has one service more told, or no more, for both to read."""
        handlers.keep_also_told(write, event, now())

    @subscribes(person_requests.person_request_changed, sources=[DOSSIER])
    def on_person_request_changed(
        self, write: Write, event: person_requests.PersonRequestChanged, _delivery: Delivery
    ) -> None:
        """Keep that a request was prolonged or answered, for the guardian who asked alone."""
        handlers.keep_person_request(write, event, now())

    @subscribes(places.act_settled, sources=[PROVIDERS])
    def on_act_settled(self, write: Write, event: places.ActSettled, delivery: Delivery) -> None:
        """Note what became of an act that had waited for its provider."""
        if provider := self._heard(write, delivery):
            handlers.settle_act(write, provider, event, now())

    @subscribes(conversations.thread_card, sources=[PROVIDERS])
    def on_thread_card(
        self, write: Write, event: conversations.ThreadCard, delivery: Delivery
    ) -> None:
        """Keep what a thread is about, who reads it, and how much of it they have not read."""
        if provider := self._heard(write, delivery):
            handlers.keep_thread_card(write, provider, event, now())

    @subscribes(conversations.bulletin_published, sources=[PROVIDERS])
    def on_bulletin_published(
        self, write: Write, event: conversations.BulletinPublished, delivery: Delivery
    ) -> None:
        """Keep that a provider wrote to many families."""
        if provider := self._heard(write, delivery):
            handlers.keep_bulletin(write, provider, event, now())

    @subscribes(conversations.away_published, sources=[PROVIDERS])
    def on_away_published(
        self, write: Write, event: conversations.AwayPublished, delivery: Delivery
    ) -> None:
        """Keep when a provider does not answer."""
        if provider := self._heard(write, delivery):
            handlers.keep_away(write, provider, event)

    @subscribes(bills.bill_card, sources=[BILLING])
    def on_bill_card(self, write: Write, event: bills.BillCard, _delivery: Delivery) -> None:
        """Keep what one household owes and paid at one provider."""
        handlers.note_heard(write, BILLING)
        handlers.keep_bill_card(write, event)

    @subscribes(bills.bill_notice, sources=[BILLING])
    def on_bill_notice(self, write: Write, event: bills.BillNotice, _delivery: Delivery) -> None:
        """Keep what a household is told of its bills, once."""
        handlers.note_heard(write, BILLING)
        handlers.keep_bill_notice(write, event, now())

    @subscribes(accounts.subject_changed, sources=[IDENTITY])
    def on_subject_changed(
        self, write: Write, event: accounts.SubjectChanged, _delivery: Delivery
    ) -> None:
        """Close the sessions that are older than what identity still accepts."""
        handlers.close_sessions(write, event.subject, event.not_before, now())

    @every(FORGET_SECONDS, jitter=120.0)
    def forget(self) -> None:
        """Forget what was told and settled long ago."""
        with self.store.write() as write:
            handlers.forget_past(write, now())
            fill_guardianship(write)

    @every(LETTERS_SECONDS)
    def write_letters(self) -> None:
        """Have identity write to who has not looked at what came."""
        with self.store.write() as write:
            write_letters(write, Signer(self.settings.secret_key).sign, now())

    def _heard(self, write: Write, delivery: Any) -> str:
        """Return the code of the provider that told it, "" for one that has left the town."""
        provider = self.settings.register.provider_of(delivery.source)
        if provider is None:
            return ""
        handlers.note_heard(write, provider.code)
        return provider.code
