"""Separations of households by agents of the front desk."""

from services.dossier.corrections.commands import separations
from services.dossier.corrections.queries import separations as separation_queries
from services.dossier.handlers.caller_rights import (
    corrects_dossiers,
    corrects_household,
    require_correctable_home,
)
from services.dossier.read_log.commands.front_desk_reads import HOUSEHOLD, log_reads_before_answer
from services.dossier.store import store
from shared.bus import FRONT_DESK, Service, answers
from shared.contracts.dossier.families import separation as contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfHousehold
from shared.database import Write
from shared.dates.instant import Instant


class Separations(Service):
    """One household becomes two, from a paper and a day; answers that hold names are not kept."""

    @answers(contracts.open_for_separation, callers=[FRONT_DESK], right=corrects_household)
    def open_for_separation(
        self, request: OfHousehold, caller: Caller
    ) -> contracts.OpenForSeparationAnswer:
        with store.read() as read:
            opened = separation_queries.read_household_for_separation(read, request.household_id)
        children = [child["child_id"] for child in opened.children]
        log_reads_before_answer(caller, children, HOUSEHOLD, Instant.now())
        return opened

    @answers(contracts.separate_household, callers=[FRONT_DESK], right=corrects_household)
    def separate_household(
        self, write: Write, request: contracts.SeparateHouseholdRequest, caller: Caller
    ) -> contracts.SeparationAnswer:
        return contracts.SeparationAnswer(
            separations.record_separation(
                write, store.register, request, by=caller.subject, when=Instant.now()
            )
        )

    @answers(contracts.withdraw_separation, callers=[FRONT_DESK], right=corrects_dossiers)
    def withdraw_separation(
        self, write: Write, request: contracts.OfSeparation, caller: Caller
    ) -> Empty:
        household_id = separation_queries.household_of_separation(write, request.separation_id)
        require_correctable_home(self, write, caller, household_id)
        separations.withdraw_separation(
            write, request.separation_id, by=caller.subject, when=Instant.now()
        )
        return Empty()
