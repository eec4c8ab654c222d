"""Deadlines: offers that end, campaigns of renewal, health not seen, menus to check."""

from datetime import datetime

from services.enrolment.jobs import due_offers, notices_of_menu_allergens, unseen_health
from services.enrolment.school_year.renewal.commands import deadlines as renewal_deadlines
from services.enrolment.store import store, vault
from shared.bus import Service, every
from shared.dates.clock import now

OFFERS_SECONDS = 60.0
RENEWALS_SECONDS = 15.0
UNSEEN_SECONDS = 120.0
MENUS_SECONDS = 600.0


class Deadlines(Service):
    """Timers of deadlines: what is due is read first; each step is one short transaction."""

    @every(OFFERS_SECONDS, jitter=10.0)
    def expire_offers(self) -> None:
        """End offers without an answer, and offer what is free to the next on the list."""
        with store.read() as read:
            due = due_offers.groups_with_due_offers(read, now())
        for group_id in due:
            with store.write() as write:
                due_offers.expire_offers_of_group(write, group_id, now())

    @every(RENEWALS_SECONDS, jitter=3.0)
    def follow_renewals(self) -> None:
        """Let campaigns ask, remind and end, each at its time."""
        renewal_deadlines.carry_out_due_steps(store, now())

    @every(UNSEEN_SECONDS, jitter=20.0)
    def notify_unseen_health(self) -> None:
        """Notify families whom to call if health was not seen by the eve of a session (rule R5)."""
        self._notify_of_unseen_health(now())

    @every(MENUS_SECONDS, jitter=20.0)
    def notify_of_menus(self) -> None:
        """Notify families on the eve whose child's allergens are on a menu."""
        self._notify_of_allergens_on_menus(now())

    def _notify_of_allergens_on_menus(self, moment: datetime) -> None:
        provider = self.settings.register.provider_of(self.settings.principal)
        if provider is not None:
            diets = self.settings.register.now.diets
            notices_of_menu_allergens.notify_households_of_menus(
                store, vault, provider, diets, moment
            )

    def _notify_of_unseen_health(self, moment: datetime) -> None:
        provider = self.settings.register.provider_of(self.settings.principal)
        if provider is None:
            return
        with store.read() as read:
            children = unseen_health.children_unseen_on_eve(
                read, vault, unseen_health.projections_marked_by_roles(provider), moment
            )
        unseen_health.notify_families_of_unseen_health(store, children, provider.phone, moment)
