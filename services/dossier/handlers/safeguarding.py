"""Protected households, placed children, files that are held: for the few who protect."""

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

from services.dossier.front_desk.queries import dossiers as front_desk_queries
from services.dossier.front_desk.queries import guarded
from services.dossier.front_desk.rules import Query
from services.dossier.handlers.rights import protects_families
from services.dossier.households.commands import billing_household as homes
from services.dossier.households.commands import protection
from services.dossier.households.queries import guardianships as families
from services.dossier.read_log.commands import front_desk
from services.dossier.read_log.commands.front_desk import log_reading
from services.dossier.read_log.rules.summary import RULINGS
from services.dossier.safeguarding.commands import placements, rulings
from services.dossier.safeguarding.commands import record_holds as file_holds
from services.dossier.safeguarding.queries import rulings as rulings_queries
from services.dossier.sharing.cards import commands as cards
from services.dossier.sharing.publishing.commands import publisher as telling
from services.dossier.sharing.queries import reach_now
from services.dossier.store import store
from shared.bus import FRONT_DESK, Service, answers
from shared.contracts.dossier import safeguarding as file_contracts
from shared.contracts.dossier import safeguarding as guarded_contracts
from shared.contracts.dossier import safeguarding as placement_contracts
from shared.contracts.dossier import safeguarding as protection_contracts
from shared.contracts.dossier import safeguarding as ruling_contracts
from shared.database import Write
from shared.dates.instant import When
from shared.register.entitlement import FAMILY

Answer = dict[str, Any]


class HardLives(Service):
    """Each is told to whom it concerns, and shown to no family as news.

    What is looked up here holds names, hence it is not kept (no `writes`).
    """

    # Guarded dossiers

    @answers(guarded_contracts.guarded_dossiers, callers=[FRONT_DESK], right=protects_families)
    def guarded_dossiers(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with store.read() as read:
            page = guarded.guarded_page(read, when.day, request.after)
            shown = front_desk_queries.children_of(
                read, [line["household_id"] for line in page["found"]]
            )
        log_reading(request, shown, front_desk.NAMES, when)
        return page

    @answers(guarded_contracts.open_guarded, callers=[FRONT_DESK], right=protects_families)
    def open_guarded(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with store.read() as read:
            opened = guarded.open_guarded(read, request.household_id, when.day)
        children = [child["id"] for child in opened["children"]]
        log_reading(request, children, front_desk.HOUSEHOLD, when)
        return opened

    # Protected households

    @answers(protection_contracts.protect_household, callers=[FRONT_DESK], right=protects_families)
    def protect_household(self, write: Write, request: SimpleNamespace) -> Answer:
        by = request.person.subject
        living = families.children_living_in(write, request.household_id)
        telling.lock_children(write, living)  # an import that brings a second guardian holds them
        children = protection.protect(write, request, by=by, when=When.now())
        _tell_quietly(write, children, request.household_id)
        return {}

    @answers(protection_contracts.lift_protection, callers=[FRONT_DESK], right=protects_families)
    def lift_protection(self, write: Write, request: SimpleNamespace) -> Answer:
        by = request.person.subject
        children = protection.lift(write, request.household_id, by=by, when=When.now())
        _tell_quietly(write, children, request.household_id)
        return {}

    # Barred adults

    @answers(ruling_contracts.rulings_of, callers=[FRONT_DESK], right=protects_families)
    def rulings_of(self, request: SimpleNamespace) -> Answer:
        with store.read() as read:
            found = rulings_queries.rulings_of(read, request.child_id)
        log_reading(request, [request.child_id], RULINGS, When.now())
        return found

    @answers(ruling_contracts.rulings_to_second, callers=[FRONT_DESK], right=protects_families)
    def rulings_to_second(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with store.read() as read:
            page = rulings_queries.to_second(read, when, request.after)
        log_reading(request, sorted({each["child_id"] for each in page["found"]}), RULINGS, when)
        return page

    @answers(ruling_contracts.bar_adult, callers=[FRONT_DESK], right=protects_families)
    def bar_adult(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        return {"version": rulings.bar(write, reach_now(), request, by=by, when=when)}

    @answers(ruling_contracts.second_ruling, callers=[FRONT_DESK], right=protects_families)
    def second_ruling(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        return {"version": rulings.second(write, reach_now(), request, by=by, when=when)}

    @answers(ruling_contracts.lift_ruling, callers=[FRONT_DESK], right=protects_families)
    def lift_ruling(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        return {"version": rulings.lift(write, reach_now(), request, by=by, when=when)}

    # Placed children

    @answers(placement_contracts.find_carers, callers=[FRONT_DESK], right=protects_families)
    def find_carers(self, request: SimpleNamespace) -> Answer:
        with store.read() as read:
            found = guarded.find_carers(read, Query(request.query))
            shown = front_desk_queries.children_of(read, [line["household_id"] for line in found])
        log_reading(request, shown, front_desk.NAMES, When.now())
        return {"found": found}

    @answers(placement_contracts.place_child, callers=[FRONT_DESK], right=protects_families)
    def place_child(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        return {"carer_id": placements.place(write, reach_now(), request, by=by, when=when)}

    @answers(placement_contracts.end_placement, callers=[FRONT_DESK], right=protects_families)
    def end_placement(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        placements.end(write, reach_now(), request, by=by, when=when)
        return {}

    # A child's death

    @answers(file_contracts.hold_file, callers=[FRONT_DESK], right=protects_families)
    def hold_file(self, write: Write, request: SimpleNamespace) -> Answer:
        """After a child's death one named agent holds the file: nothing leaves of itself."""
        reach, when, child_id = reach_now(), When.now(), request.child_id
        held_by, by = request.held_by, request.person.subject
        guarded.refuse_who_may_not_hold(write, store.register, held_by, when.day)
        held = file_holds.hold(write, reach, child_id, held_by, by=by, when=when)
        cards.tell_cards_of_children(write, reach, [child_id], when)
        return {"version": held.version}

    @answers(file_contracts.release_file, callers=[FRONT_DESK], right=protects_families)
    def release_file(self, write: Write, request: SimpleNamespace) -> Answer:
        """Let it go again."""
        reach, when, child_id = reach_now(), When.now(), request.child_id
        held = file_holds.release(write, reach, child_id, by=request.person.subject, when=when)
        cards.tell_cards_of_children(write, reach, [child_id], when)
        return {"version": held.version}


def _tell_quietly(write: Write, children: Collection[str], household_id: str) -> None:
    """Tell providers, billing and cards of a home's protection, and no family that it moved."""
    reach, when = reach_now(), When.now()
    telling.tell(write, reach, telling.targets_of(write, children, [FAMILY]), when, quiet=True)
    homes.tell_homes(write, [household_id], when)
    cards.tell_cards_of_children(write, reach, children, when)
