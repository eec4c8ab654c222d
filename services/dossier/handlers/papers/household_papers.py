"""Requests on papers of households: of their guardians, and of agents who check them."""

from services.dossier.handlers.caller_rights import (
    checks_household_papers,
    checks_some_papers,
    is_guardian_of_home_without_agent,
    may_check,
    may_protect,
)
from services.dossier.households.queries.guardianships import children_living_in
from services.dossier.households.queries.households_for_billing import guardians_by_household
from services.dossier.papers.commands import household_papers as commands
from services.dossier.papers.commands.paper_reads import log_home_paper_read
from services.dossier.papers.queries import household_papers as queries
from services.dossier.read_log.commands.front_desk_reads import (
    ADDRESS,
    HOUSEHOLD,
    log_reads_before_answer,
)
from services.dossier.read_log.rules.summary_for_family import RULINGS
from services.dossier.store import store
from shared.bus import FRONT_DESK, PORTAL, Service, answers
from shared.contracts.dossier.papers import household_papers as contracts
from shared.contracts.dossier.papers.child_papers import PaperPartAnswer
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfHousehold
from shared.database import Write
from shared.dates.instant import Instant

READ_AS = {contracts.ADDRESS_PROOF: ADDRESS, contracts.JUDGMENT: RULINGS}
"""The reason of an opening in the read log; of a judgment no family reads the line (rule R7)."""


class HouseholdPapers(Service):
    """A home keeps a paper once; the front desk checks it. No provider is sent or shown any."""

    @answers(contracts.household_papers, callers=[PORTAL], right=is_guardian_of_home_without_agent)
    def household_papers(
        self, request: OfHousehold, caller: Caller
    ) -> contracts.HouseholdPapersAnswer:
        with store.read() as read:
            return contracts.HouseholdPapersAnswer(
                queries.papers_for_guardian(
                    read, request.household_id, caller.subject, Instant.now()
                )
            )

    @answers(
        contracts.keep_household_paper, callers=[PORTAL], right=is_guardian_of_home_without_agent
    )
    def keep_household_paper(
        self, write: Write, request: contracts.KeepHouseholdPaperRequest, caller: Caller
    ) -> Empty:
        commands.keep_household_paper(write, request, by=caller.subject, when=Instant.now())
        return Empty()

    @answers(
        contracts.household_paper_part, callers=[PORTAL], right=is_guardian_of_home_without_agent
    )
    def household_paper_part(
        self, request: contracts.HouseholdPaperPartRequest, caller: Caller
    ) -> PaperPartAnswer:
        with store.read() as read:
            return queries.paper_part_for_guardian(read, request, caller.subject)

    @answers(
        contracts.drop_household_paper, callers=[PORTAL], right=is_guardian_of_home_without_agent
    )
    def drop_household_paper(
        self, write: Write, request: contracts.OfHouseholdPaper, caller: Caller
    ) -> Empty:
        commands.drop_household_paper(write, request, by=caller.subject)
        return Empty()

    @answers(contracts.waiting_household_papers, callers=[FRONT_DESK], right=checks_some_papers)
    def waiting_household_papers(
        self, _request: Empty, caller: Caller
    ) -> contracts.WaitingHouseholdPapersAnswer:
        day = Instant.now().day
        kinds = self._kinds_checked(caller)
        protects = contracts.JUDGMENT in kinds
        with store.read() as read:
            homes = queries.homes_with_waiting_papers(read, kinds, day, protects=protects)
        return contracts.WaitingHouseholdPapersAnswer(homes)

    @answers(contracts.papers_at_desk, callers=[FRONT_DESK], right=checks_household_papers)
    def papers_at_desk(self, request: OfHousehold, caller: Caller) -> contracts.PapersAtDeskAnswer:
        home, when = request.household_id, Instant.now()
        kinds = self._kinds_checked(caller)
        with store.read() as read:
            guardians = guardians_by_household(read, [home], when.day)[home]
            papers = queries.papers_for_desk(read, home, kinds, when)
            children = children_living_in(read, home)
        log_reads_before_answer(caller, children, HOUSEHOLD, when)
        return contracts.PapersAtDeskAnswer([each["name"] for each in guardians], papers)

    @answers(contracts.read_household_paper, callers=[FRONT_DESK], right=checks_household_papers)
    def read_household_paper(
        self, request: contracts.HouseholdPaperPartRequest, caller: Caller
    ) -> PaperPartAnswer:
        with store.read() as read:
            kind, part = queries.paper_part_for_desk(read, request, self._kinds_checked(caller))
            children = children_living_in(read, request.household_id)
        with store.write() as write:
            log_home_paper_read(write, children, READ_AS[kind], request.part, caller, Instant.now())
        return part

    @answers(contracts.decide_household_paper, callers=[FRONT_DESK], right=checks_household_papers)
    def decide_household_paper(
        self, write: Write, request: contracts.DecideHouseholdPaperRequest, caller: Caller
    ) -> Empty:
        kinds, when = self._kinds_checked(caller), Instant.now()
        commands.decide_household_paper(write, request, kinds=kinds, by=caller.subject, when=when)
        return Empty()

    def _kinds_checked(self, caller: Caller) -> set[str]:
        """Return which kinds an agent checks: who protects reads judgments, and nobody else."""
        day = Instant.now().day
        with store.read() as read:
            able = {
                contracts.ADDRESS_PROOF: may_check(self, read, caller, day),
                contracts.JUDGMENT: may_protect(self, read, caller, day),
            }
        return {kind for kind, may in able.items() if may}
