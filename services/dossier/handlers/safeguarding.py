"""Requests on protected households, placements and record holds, for agents who protect."""

from collections.abc import Collection

from services.dossier.front_desk.queries import dossiers as front_desk_queries
from services.dossier.front_desk.queries import guarded_dossiers
from services.dossier.front_desk.rules.name_search import Query
from services.dossier.handlers.caller_rights import protects_families
from services.dossier.households.commands import households_for_billing, protection
from services.dossier.households.queries import guardianships
from services.dossier.read_log.commands import front_desk_reads
from services.dossier.read_log.commands.front_desk_reads import log_reads_before_answer
from services.dossier.read_log.rules.summary_for_family import GUARDING, RULINGS
from services.dossier.safeguarding.commands import files_held_after_death, placements, rulings
from services.dossier.safeguarding.queries import rulings as rulings_queries
from services.dossier.sharing.guardian_cards import commands as cards
from services.dossier.sharing.publishing.commands import projection_publisher
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.bus import FRONT_DESK, Service, answers
from shared.contracts.dossier.families import safeguarding as contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfChild, OfHousehold, PageRequest
from shared.database import Write
from shared.dates.instant import Instant


class Safeguarding(Service):
    """
    Safeguarding acts: published to the services concerned, and shown to no family as news.

    Answers of look-ups contain names, hence they are not stored (no `writes`).
    """

    # Guarded dossiers

    @answers(contracts.guarded_dossiers, callers=[FRONT_DESK], right=protects_families)
    def guarded_dossiers(
        self, request: PageRequest, caller: Caller
    ) -> contracts.GuardedDossiersAnswer:
        when = Instant.now()
        with store.read() as read:
            page = guarded_dossiers.page_of_guarded_households(read, when.day, request.after)
            homes_shown = [row["household_id"] for row in page.found]
            shown = front_desk_queries.children_of_households(read, homes_shown)
        log_reads_before_answer(caller, shown, front_desk_reads.NAMES, when)
        return page

    @answers(contracts.open_guarded, callers=[FRONT_DESK], right=protects_families)
    def open_guarded(self, request: OfHousehold, caller: Caller) -> contracts.OpenGuardedAnswer:
        when = Instant.now()
        with store.read() as read:
            opened = guarded_dossiers.read_guarded_household(read, request.household_id, when.day)
        children = [child["id"] for child in opened.children]
        log_reads_before_answer(caller, children, front_desk_reads.HOUSEHOLD, when, GUARDING)
        return opened

    # Protected households

    @answers(contracts.protect_household, callers=[FRONT_DESK], right=protects_families)
    def protect_household(
        self, write: Write, request: contracts.ProtectHouseholdRequest, caller: Caller
    ) -> contracts.ProtectHouseholdAnswer:
        by = caller.subject
        living = projection_publisher.lock_home(write, request.household_id)
        household_id = protection.protect_household(
            write, store.register, request, by=by, when=Instant.now()
        )
        _publish_protection(write, living, {request.household_id, household_id})
        return contracts.ProtectHouseholdAnswer(household_id)

    @answers(contracts.lift_protection, callers=[FRONT_DESK], right=protects_families)
    def lift_protection(self, write: Write, request: OfHousehold, caller: Caller) -> Empty:
        children = projection_publisher.lock_home(write, request.household_id)
        protection.lift_protection(
            write, request.household_id, by=caller.subject, when=Instant.now()
        )
        _publish_protection(write, children, {request.household_id})
        return Empty()

    # Barred adults

    @answers(contracts.rulings_of, callers=[FRONT_DESK], right=protects_families)
    def rulings_of(self, request: OfChild, caller: Caller) -> contracts.RulingsOfAnswer:
        with store.read() as read:
            answer = rulings_queries.rulings_of_child(read, request.child_id)
        log_reads_before_answer(caller, [request.child_id], RULINGS, Instant.now())
        return answer

    @answers(contracts.rulings_to_second, callers=[FRONT_DESK], right=protects_families)
    def rulings_to_second(
        self, request: PageRequest, caller: Caller
    ) -> contracts.RulingsToSecondAnswer:
        when = Instant.now()
        with store.read() as read:
            page = rulings_queries.rulings_for_second_agent(read, when, request.after)
        log_reads_before_answer(
            caller, sorted({row["child_id"] for row in page.found}), RULINGS, when
        )
        return page

    @answers(contracts.bar_adult, callers=[FRONT_DESK], right=protects_families)
    def bar_adult(
        self, write: Write, request: contracts.BarAdultRequest, caller: Caller
    ) -> contracts.NewVersion:
        by, when = caller.subject, Instant.now()
        return contracts.NewVersion(
            rulings.bar_adult(write, current_policy(), request, by=by, when=when)
        )

    @answers(contracts.second_ruling, callers=[FRONT_DESK], right=protects_families)
    def second_ruling(
        self, write: Write, request: contracts.SecondRulingRequest, caller: Caller
    ) -> contracts.NewVersion:
        by, when = caller.subject, Instant.now()
        return contracts.NewVersion(
            rulings.note_second_agent_saw_paper(write, current_policy(), request, by=by, when=when)
        )

    @answers(contracts.lift_ruling, callers=[FRONT_DESK], right=protects_families)
    def lift_ruling(
        self, write: Write, request: contracts.LiftRulingRequest, caller: Caller
    ) -> contracts.NewVersion:
        by, when = caller.subject, Instant.now()
        return contracts.NewVersion(
            rulings.lift_ruling(write, current_policy(), request, by=by, when=when)
        )

    # Placed children

    @answers(contracts.find_carers, callers=[FRONT_DESK], right=protects_families)
    def find_carers(
        self, request: contracts.FindCarersRequest, caller: Caller
    ) -> contracts.FindCarersAnswer:
        when = Instant.now()
        with store.read() as read:
            carers = guarded_dossiers.find_carers(read, Query(request.query), when.day)
            shown = front_desk_queries.children_of_households(
                read, [row["household_id"] for row in carers]
            )
        log_reads_before_answer(caller, shown, front_desk_reads.NAMES, when)
        return contracts.FindCarersAnswer(carers)

    @answers(contracts.place_child, callers=[FRONT_DESK], right=protects_families)
    def place_child(
        self, write: Write, request: contracts.PlaceChildRequest, caller: Caller
    ) -> contracts.PlaceChildAnswer:
        by, when = caller.subject, Instant.now()
        carer_id = placements.place_child(write, current_policy(), request, by=by, when=when)
        return contracts.PlaceChildAnswer(carer_id)

    @answers(contracts.end_placement, callers=[FRONT_DESK], right=protects_families)
    def end_placement(
        self, write: Write, request: contracts.EndPlacementRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        placements.end_placement(write, current_policy(), request, by=by, when=when)
        return Empty()

    # A child's death

    @answers(contracts.hold_file, callers=[FRONT_DESK], right=protects_families)
    def hold_file(
        self, write: Write, request: contracts.HoldFileRequest, caller: Caller
    ) -> contracts.NewVersion:
        """Let one named agent hold a dead child's file: nothing leaves of itself."""
        policy, when, child_id = current_policy(), Instant.now(), request.child_id
        held_by, by = request.held_by, caller.subject
        guarded_dossiers.require_protecting_agent(write, store.register, held_by, when.day)
        held = files_held_after_death.put_file_on_hold(
            write, policy, child_id, held_by, by=by, when=when
        )
        cards.publish_cards_of_children(write, policy, [child_id], when)
        return contracts.NewVersion(held.version)

    @answers(contracts.release_file, callers=[FRONT_DESK], right=protects_families)
    def release_file(self, write: Write, request: OfChild, caller: Caller) -> contracts.NewVersion:
        """Let a held file go again."""
        policy, when, child_id = current_policy(), Instant.now(), request.child_id
        held = files_held_after_death.release_held_file(
            write, policy, child_id, by=caller.subject, when=when
        )
        cards.publish_cards_of_children(write, policy, [child_id], when)
        return contracts.NewVersion(held.version)

    @answers(contracts.bill_again, callers=[FRONT_DESK], right=protects_families)
    def bill_again(self, write: Write, request: OfChild, caller: Caller) -> contracts.NewVersion:
        """Let the bills of the child's homes leave again; the file stays held."""
        by, when = caller.subject, Instant.now()
        held = files_held_after_death.bill_homes_again(
            write, current_policy(), request.child_id, by=by, when=when
        )
        return contracts.NewVersion(held.version)


def _publish_protection(
    write: Write, children: Collection[str], household_ids: Collection[str]
) -> None:
    """Tell providers, billing and cards of a home's protection, and no family that it moved."""
    policy, when = current_policy(), Instant.now()
    targets = projection_publisher.targets_at_linked_providers(
        write, children, guardianships.OF_HOMES
    )
    projection_publisher.publish_changes(write, policy, targets, when, quiet=True)
    households_for_billing.publish_households(write, household_ids, when)
    cards.publish_cards_of_children(write, policy, children, when)
