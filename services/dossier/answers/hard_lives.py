"""Protected households, placed children, files that are held: what operations tell of them."""

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

from services.dossier import cards, file_holds, placements, protection, telling
from services.dossier.asking import reach_now
from services.dossier.when import When
from shared.bus import OPS, Service, answers, service_only
from shared.contracts import file_holds as file_contracts
from shared.contracts import placements as placement_contracts
from shared.contracts import protection as protection_contracts
from shared.database import Write
from shared.entitlement import FAMILY

Answer = dict[str, Any]


class HardLives(Service):
    """Each is told to whom it concerns, and shown to no family as news."""

    # Protected households

    @answers(protection_contracts.protect_household, callers=[OPS], right=service_only)
    def protect_household(self, write: Write, request: SimpleNamespace) -> Answer:
        children = protection.protect(write, request.household_id, by=OPS, when=When.now())
        _tell_quietly(write, children)
        return {}

    @answers(protection_contracts.lift_protection, callers=[OPS], right=service_only)
    def lift_protection(self, write: Write, request: SimpleNamespace) -> Answer:
        children = protection.lift(write, request.household_id, by=OPS, when=When.now())
        _tell_quietly(write, children)
        return {}

    # Placed children

    @answers(placement_contracts.place_child, callers=[OPS], right=service_only)
    def place_child(self, write: Write, request: SimpleNamespace) -> Answer:
        placements.place(write, reach_now(), request, When.now())
        return {}

    @answers(placement_contracts.end_placement, callers=[OPS], right=service_only)
    def end_placement(self, write: Write, request: SimpleNamespace) -> Answer:
        ids = request.child_id, request.carer_id
        placements.end(write, reach_now(), *ids, request.last_day, When.now())
        return {}

    # A child's death

    @answers(file_contracts.hold_file, callers=[OPS], right=service_only)
    def hold_file(self, write: Write, request: SimpleNamespace) -> Answer:
        """Let one named agent hold a file: from now on nothing leaves of itself."""
        reach, when, child_id = reach_now(), When.now(), request.child_id
        held = file_holds.hold(write, reach, child_id, request.held_by, by=OPS, when=when)
        cards.tell_cards_of_children(write, reach, [child_id], when)
        return {"version": held.version}

    @answers(file_contracts.release_file, callers=[OPS], right=service_only)
    def release_file(self, write: Write, request: SimpleNamespace) -> Answer:
        """Let it go again."""
        reach, when, child_id = reach_now(), When.now(), request.child_id
        held = file_holds.release(write, reach, child_id, by=OPS, when=when)
        cards.tell_cards_of_children(write, reach, [child_id], when)
        return {"version": held.version}


def _tell_quietly(write: Write, children: Collection[str]) -> None:
    """Tell providers and cards of a home's protection, and no family that something moved."""
    reach, when = reach_now(), When.now()
    telling.tell(write, reach, telling.targets_of(write, children, [FAMILY]), when, quiet=True)
    cards.tell_cards_of_children(write, reach, children, when)
