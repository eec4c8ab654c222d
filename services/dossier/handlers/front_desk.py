"""Requests of the town's front desk, and the lines that its readings leave (rule R13)."""

from dataclasses import replace

from services.dossier.front_desk.commands import read_log_lines as front_desk
from services.dossier.front_desk.queries import dossiers as front_desk_queries
from services.dossier.front_desk.queries.dossiers import dossiers_of_guardian
from services.dossier.front_desk.rules.name_search import Query
from services.dossier.handlers.caller_rights import agent_of_front_desk, may_check
from services.dossier.read_log.commands import front_desk_reads as front_desk_commands
from services.dossier.read_log.commands.front_desk_reads import log_reads_before_answer
from services.dossier.registrations.imports.queries.access_letters import expects_access_letter
from services.dossier.registrations.imports.queries.homes_without_access_letters import (
    letter_stops_of_household,
)
from services.dossier.registrations.queries.child_of_known_family import (
    undecided_child_registrations,
)
from services.dossier.store import store
from shared.bus import FRONT_DESK, PORTAL, Service, answers, subscribes
from shared.contracts.dossier import front_desk as contracts
from shared.contracts.message import Caller, Delivery
from shared.contracts.portal_gateway import portal_events
from shared.contracts.values import OfHousehold
from shared.database import Write
from shared.dates.instant import Instant


class FrontDesk(Service):
    """Finding and opening dossiers; answers hold names, hence they are not kept (no `writes`)."""

    @answers(contracts.find_dossiers, callers=[FRONT_DESK], right=agent_of_front_desk)
    def find_dossiers(
        self, request: contracts.FindDossiersRequest, caller: Caller
    ) -> contracts.FindDossiersAnswer:
        query, when = Query(request.query, request.born), Instant.now()
        with store.read() as read:
            if request.account:
                found, more = dossiers_of_guardian(read, request.account, when.day), False
            else:
                found, more = front_desk_queries.find_dossiers(read, query, when.day)
            shown = front_desk_queries.children_in_results(read, found)
        log_reads_before_answer(caller, shown, front_desk_commands.NAMES, when)
        return contracts.FindDossiersAnswer(found, more)

    @answers(contracts.open_dossier, callers=[FRONT_DESK], right=agent_of_front_desk)
    def open_dossier(self, request: OfHousehold, caller: Caller) -> contracts.OpenDossierAnswer:
        when = Instant.now()
        with store.read() as read:
            letters: contracts.AccessLetters = {
                "expected": expects_access_letter(read, request.household_id, when.day),
                "stops": letter_stops_of_household(read, request.household_id),
            }
            opened = front_desk_queries.read_household_for_desk(
                read, request.household_id, letters, when.day
            )
            if may_check(self, read, caller, when.day):
                under_way = undecided_child_registrations(read, request.household_id)
                opened = replace(opened, under_way=under_way)
        children = [child["id"] for child in opened.children]
        log_reads_before_answer(caller, children, front_desk_commands.HOUSEHOLD, when)
        return opened

    @subscribes(portal_events.page_seen, sources=[PORTAL])
    def on_page_seen(self, write: Write, event: portal_events.PageSeen, delivery: Delivery) -> None:
        """A family saw a page of its own at the front desk: a line for each of its children."""
        front_desk.log_page_seen(write, store.register, event, delivery.message_id, Instant.now())
