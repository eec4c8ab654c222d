"""Changes of the adults of a household, by agents of the front desk who correct."""

from services.dossier.corrections.commands import adult_changes
from services.dossier.corrections.queries import adults as adults_queries
from services.dossier.corrections.queries import known_adults
from services.dossier.handlers.caller_rights import (
    corrects_household,
    may_protect,
    require_correctable,
)
from services.dossier.read_log.commands.front_desk_reads import (
    HOUSEHOLD,
    NAMES,
    log_reads_before_answer,
)
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.bus import FRONT_DESK, Service, answers
from shared.contracts.dossier.families import household_adults as contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfHousehold
from shared.database import Write
from shared.dates.instant import Instant


class HouseholdAdults(Service):
    """Each change is a correction of the children concerned, with its paper and its day."""

    @answers(contracts.household_adults, callers=[FRONT_DESK], right=corrects_household)
    def household_adults(
        self, request: OfHousehold, caller: Caller
    ) -> contracts.HouseholdAdultsAnswer:
        when = Instant.now()
        with store.read() as read:
            answer = adults_queries.household_adults(read, request.household_id, when.day)
        shown = [child["child_id"] for child in answer.children]
        log_reads_before_answer(caller, shown, HOUSEHOLD, when)
        return answer

    @answers(contracts.find_adults, callers=[FRONT_DESK], right=corrects_household)
    def find_adults(
        self, request: contracts.FindAdultsRequest, caller: Caller
    ) -> contracts.FindAdultsAnswer:
        when = Instant.now()
        with store.read() as read:
            protects = may_protect(self, read, caller, when.day)
            found = known_adults.find_adults(read, request, when.day, protects=protects)
            shown = known_adults.children_at_home_with(read, [adult["id"] for adult in found])
        log_reads_before_answer(caller, shown, NAMES, when)
        return contracts.FindAdultsAnswer(found)

    @answers(contracts.correct_guardian_name, callers=[FRONT_DESK], right=corrects_household)
    def correct_guardian_name(
        self, write: Write, request: contracts.CorrectGuardianNameRequest, caller: Caller
    ) -> Empty:
        self._require_all_correctable(write, caller, request.guardian_id)
        by, when = caller.subject, Instant.now()
        adult_changes.correct_name(write, current_policy(), request, by=by, when=when)
        return Empty()

    @answers(contracts.add_guardian, callers=[FRONT_DESK], right=corrects_household)
    def add_guardian(
        self, write: Write, request: contracts.AddGuardianRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        protects = may_protect(self, write, caller, when.day)
        adult_changes.add_guardian(
            write, current_policy(), request, by=by, protects=protects, when=when
        )
        return Empty()

    @answers(contracts.end_guardianship, callers=[FRONT_DESK], right=corrects_household)
    def end_guardianship(
        self, write: Write, request: contracts.EndGuardianshipRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        adult_changes.end_guardianship(write, current_policy(), request, by=by, when=when)
        return Empty()

    @answers(contracts.note_death, callers=[FRONT_DESK], right=corrects_household)
    def note_death(
        self, write: Write, request: contracts.NoteDeathRequest, caller: Caller
    ) -> Empty:
        self._require_all_correctable(write, caller, request.guardian_id)
        by, when = caller.subject, Instant.now()
        adult_changes.note_death(write, current_policy(), request, by=by, when=when)
        return Empty()

    def _require_all_correctable(self, write: Write, caller: Caller, guardian_id: str) -> None:
        """Raise NotFound where the adult answers for a child who is guarded elsewhere."""
        for child_id in adults_queries.children_of_adult(write, guardian_id):
            require_correctable(self, write, caller, child_id)
