"""Cards of households, counts of meals, activities of children: kept up to date as days pass."""

from services.enrolment.family_cards import commands as cards
from services.enrolment.offer.commands import food_announcements
from services.enrolment.offer.queries.food_on_occasion import announced_sessions_changed
from services.enrolment.places.placing.commands import activities_taken
from services.enrolment.places.placing.queries.places_and_activities import (
    children_with_changed_activities,
)
from services.enrolment.store import store
from shared.bus import Service, every
from shared.database.comparison.record_of_walked_tasks import RegisterWalked
from shared.dates.clock import now, today

WINDOW_SECONDS = 300.0
OFFERS_SECONDS = 60.0

_walked = RegisterWalked(store)


class Cards(Service):
    """Each step is one short transaction."""

    @every(WINDOW_SECONDS, jitter=30.0)
    def move_windows(self) -> None:
        """Bring the cards of all households up to today, some at a time."""
        moved = cards.MOVED_AT_ONCE
        while moved >= cards.MOVED_AT_ONCE:
            with store.write() as write:
                moved = cards.move_card_windows_to_today(write, now())

    @every(OFFERS_SECONDS, jitter=5.0)
    def republish_food(self) -> None:
        """Publish to the dossier again which children are booked where there is food."""
        with store.read() as read:
            session_ids = announced_sessions_changed(read, today())
        for session_id in session_ids:
            with store.write() as write:
                food_announcements.republish_food(write, session_id, now())

    @every(WINDOW_SECONDS, jitter=30.0)
    def republish_activities(self) -> None:
        """Publish to the dossier what a place that ended, or another register, changed."""
        day = today()
        if _walked.is_walk_done("activities", day):
            return
        with _walked.remember_walk("activities", day):
            for children in _walked.walk_in_portions(children_with_changed_activities, day):
                with store.write() as write:
                    activities_taken.publish_changed_activities(write, children, now())
