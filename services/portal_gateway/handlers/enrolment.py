"""Events of providers: cards of households, offers, prices, notices, orders, conversations."""

from services.portal_gateway.cards.commands.guardian_and_household_cards import keep_family_card
from services.portal_gateway.cards.commands.publications import (
    keep_activity,
    keep_menu,
    keep_residence_classes,
    keep_tariff,
    keep_waiver_motives,
)
from services.portal_gateway.messages.commands.cards import (
    keep_absences,
    keep_bulletin,
    keep_thread_card,
)
from services.portal_gateway.notices.commands.notices import keep_notice
from services.portal_gateway.orders.commands.outcomes import note_order_outcome
from services.portal_gateway.session.commands.closing_sessions import mark_provider_available
from shared.bus import PROVIDERS, Service, subscribes
from shared.contracts.enrolment import tariffs
from shared.contracts.enrolment.kitchen import menus
from shared.contracts.enrolment.messages import conversations
from shared.contracts.enrolment.places import family_acts, family_cards, published_offer
from shared.contracts.enrolment.school_year import schools
from shared.contracts.message import Delivery
from shared.database import Write
from shared.dates.clock import now
from shared.town.schools.replica import keep_school


class ProviderEvents(Service):
    """Events that each provider publishes about itself; one that left the town is ignored."""

    @subscribes(family_cards.family_card, sources=[PROVIDERS])
    def on_family_card(
        self, write: Write, event: family_cards.FamilyCard, delivery: Delivery
    ) -> None:
        """Keep what one household has at one provider."""
        if provider := self._code_of_publisher(write, delivery):
            keep_family_card(write, provider, event)

    @subscribes(published_offer.activity_published, sources=[PROVIDERS])
    def on_activity_published(
        self, write: Write, event: published_offer.ActivityPublished, delivery: Delivery
    ) -> None:
        """Keep what is on offer."""
        if provider := self._code_of_publisher(write, delivery):
            keep_activity(write, provider, event)

    @subscribes(menus.menu_published, sources=[PROVIDERS])
    def on_menu_published(
        self, write: Write, event: menus.MenuPublished, delivery: Delivery
    ) -> None:
        """Keep the menu of a day at a site."""
        if provider := self._code_of_publisher(write, delivery):
            keep_menu(write, provider, event)

    @subscribes(tariffs.tariff_published, sources=[PROVIDERS])
    def on_tariff_published(
        self, write: Write, event: tariffs.TariffPublished, delivery: Delivery
    ) -> None:
        """Store a published tariff."""
        if provider := self._code_of_publisher(write, delivery):
            keep_tariff(write, provider, event, now())

    @subscribes(tariffs.residences_published, sources=[PROVIDERS])
    def on_residences_published(
        self, write: Write, event: tariffs.ResidencesPublished, delivery: Delivery
    ) -> None:
        """Keep which residence class each commune has there."""
        if provider := self._code_of_publisher(write, delivery):
            keep_residence_classes(write, provider, event, now())

    @subscribes(schools.school_published, sources=[PROVIDERS])
    def on_school_published(
        self, write: Write, event: schools.SchoolPublished, delivery: Delivery
    ) -> None:
        """Keep a school of the town, for pages that name one."""
        if self._code_of_publisher(write, delivery):
            keep_school(write, delivery.source, event)

    @subscribes(schools.waiver_motives_published, sources=[PROVIDERS])
    def on_waiver_motives_published(
        self, write: Write, event: schools.WaiverMotivesPublished, delivery: Delivery
    ) -> None:
        """Keep for which motives a family may ask for a waiver."""
        if provider := self._code_of_publisher(write, delivery):
            keep_waiver_motives(write, provider, event)

    @subscribes(family_cards.notice, sources=[PROVIDERS])
    def on_notice(self, write: Write, event: family_cards.Notice, delivery: Delivery) -> None:
        """Store a notice to a household, once."""
        if provider := self._code_of_publisher(write, delivery):
            keep_notice(write, provider, event, now())

    @subscribes(family_acts.order_outcome, sources=[PROVIDERS])
    def on_order_outcome(
        self, write: Write, event: family_acts.OrderOutcome, delivery: Delivery
    ) -> None:
        """Store the outcome of an order that had waited for its provider."""
        if provider := self._code_of_publisher(write, delivery):
            note_order_outcome(write, provider, event, now())

    @subscribes(conversations.thread_card, sources=[PROVIDERS])
    def on_thread_card(
        self, write: Write, event: conversations.ThreadCard, delivery: Delivery
    ) -> None:
        """Keep what a thread is about, who reads it, and how much of it they have not read."""
        if provider := self._code_of_publisher(write, delivery):
            keep_thread_card(write, provider, event, now())

    @subscribes(conversations.bulletin_published, sources=[PROVIDERS])
    def on_bulletin_published(
        self, write: Write, event: conversations.BulletinPublished, delivery: Delivery
    ) -> None:
        """Keep that a provider wrote to many families."""
        if provider := self._code_of_publisher(write, delivery):
            keep_bulletin(write, provider, event, now())

    @subscribes(conversations.away_published, sources=[PROVIDERS])
    def on_away_published(
        self, write: Write, event: conversations.AwayPublished, delivery: Delivery
    ) -> None:
        """Keep when a provider does not answer."""
        if provider := self._code_of_publisher(write, delivery):
            keep_absences(write, provider, event)

    def _code_of_publisher(self, write: Write, delivery: Delivery) -> str:
        """Return the code of the provider that published it, "" for one that left the town."""
        provider = self.settings.register.provider_of(delivery.source)
        if provider is None:
            return ""
        mark_provider_available(write, provider.code)
        return provider.code
