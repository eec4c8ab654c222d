"""
Projections of children as they arrive, by an event or read from the dossier, with what follows.

What follows is decided once for all that came in a transaction (`ARRIVED_FILES`, `ENDED_LINKS`).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from services.enrolment.bookings.commands import bookings_after_home_change, departure_days
from services.enrolment.children.commands import replica
from services.enrolment.children.commands.child_file_locks import lock_files
from services.enrolment.children.rules.replica_row_merge import Item, rounds_of_items_by_projection
from services.enrolment.conversations.commands import thread_audience
from services.enrolment.families.commands.card_marking import mark_cards_of_households
from services.enrolment.families.queries.guardians import households_of_children
from services.enrolment.families.queries.households import homes_by_child
from services.enrolment.places.admission.queries.child_file import FILE
from services.enrolment.places.applications.commands import applications
from services.enrolment.places.giving.commands.arrival_locks import lock_groups_of_arrivals
from services.enrolment.places.giving.commands.places_replaced_by_fitting_one import (
    end_outgrown_on_arrival,
)
from services.enrolment.places.placing.commands import billing_events
from services.enrolment.school_year.enrolments.commands import requests as school_requests
from services.enrolment.store import vault
from shared.contracts.dossier.sharing.projections import ROWS_AT_ONCE
from shared.contracts.enrolment.place_conditions import CARRIED_BY
from shared.database import Write
from shared.dates.clock import now
from shared.register.entitlement import FAMILY
from shared.runtime.logs import log
from shared.settings import Settings

ARRIVED_FILES, ENDED_LINKS = "arrived_files", "ended_links"
DECIDING = (*FILE, *CARRIED_BY.values())
"""Projections by which an application may be decided."""

Sent = tuple[str, Sequence[Item]]
"""A projection, with items of it that the dossier sent together."""


def store_projections(write: Write, settings: Settings, sent: Sequence[Sent]) -> None:
    """
    Store what the dossier sent, if the register entitles this provider to it.

    The second wall: content that arrived without entitlement is dropped, neither stored nor parked
    in a dead-letter queue, where it would stay for days.
    """
    arrived = [
        (projection, items)
        for projection, items in sent
        if _is_entitled_to(settings, projection, items)
    ]
    lock_files(write, _children_of_projections(arrived, {FAMILY, *DECIDING}))
    rounds = list(rounds_of_items_by_projection(arrived, ROWS_AT_ONCE))
    if len(rounds) > 1:  # a later one would take its keys after the groups of the first
        replica.lock_children(write, (item for _, items in arrived for item in items))
    for items in rounds:
        store = _store_items_of_families if FAMILY in items else _store_items
        moved = store(write, items)
        ended = {item.child_id for item in items.get(FAMILY, ()) if item.content is None}
        if left := ended & moved.get(FAMILY, set()):
            write.note_for_completion(ENDED_LINKS, left, now())
        file = {child for each in DECIDING for child in moved.get(each, ())}
        if file:
            write.note_for_completion(ARRIVED_FILES, file, now())


def decide_what_waited_for_files(write: Write, child_ids: Collection[str], at: datetime) -> None:
    """
    Decide what waited for the files of these children, once for all that came in a transaction.

    A child that is linked comes in half a dozen events, of which most arrive together. Whoever's
    link has ended is among them: the groups that they leave are locked here as well.
    """
    groups = lock_groups_of_arrivals(write, child_ids, at)
    if groups.asked:
        applications.decide_on_arrived_files(write, child_ids, at)
    if groups.placed:
        end_outgrown_on_arrival(write, child_ids, at)
    school_requests.drop_requests_of_non_guardians(write, vault, child_ids, at)


def _is_entitled_to(settings: Settings, projection: str, items: Sequence[Item]) -> bool:
    entitled = settings.register.is_entitled(settings.principal, projection)
    if not entitled:
        log("projection_refused", projection=projection, items=len(items))
    return bool(entitled)


def _children_of_projections(arrived: Sequence[Sent], codes: Collection[str]) -> set[str]:
    return {item.child_id for each, items in arrived if each in codes for item in items}


def _store_items(write: Write, items: Mapping[str, Sequence[Item]]) -> dict[str, set[str]]:
    return replica.store_items(write, vault, items, now())


def _store_items_of_families(
    write: Write, items: Mapping[str, Sequence[Item]]
) -> dict[str, set[str]]:
    """Store what arrived, with all that follows from who the guardians of children are."""
    concerned = [item.child_id for item in items[FAMILY]]
    former = households_of_children(write, concerned)
    before = homes_by_child(write, concerned) if former else {}
    moved = _store_items(write, items)
    bookings_after_home_change.book_days_of_changed_home(write, before, now())
    departure_days.book_days_until_departure(write, before, now())
    billing_events.publish_pending_places(write, moved[FAMILY])
    households = former | households_of_children(write, moved[FAMILY])
    mark_cards_of_households(write, households, now())
    thread_audience.update_readers_of_threads(write, vault, households, now())
    return moved
