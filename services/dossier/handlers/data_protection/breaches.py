"""Breaches, for the data protection office: whom one touched, by number, and letters to them."""

from services.dossier.handlers.caller_rights import answers_persons
from services.dossier.read_log.commands.front_desk_reads import (
    ADDRESS,
    OF_BREACH,
    log_reads_before_answer,
)
from services.dossier.read_log.queries import affected_households
from services.dossier.read_log.queries import breach_letters as letters
from services.dossier.store import store
from shared.bus import FRONT_DESK, Service, answers
from shared.contracts.dossier.data_protection import breach_letters as contracts
from shared.contracts.dossier.data_protection import read_log
from shared.contracts.message import Caller
from shared.dates.instant import Instant


class Breaches(Service):
    """Numbers and ids; names and addresses in letters alone, each with its line of the log."""

    @answers(read_log.breach_scope, callers=[FRONT_DESK], right=answers_persons)
    def breach_scope(
        self, request: read_log.BreachScopeRequest, _caller: Caller
    ) -> read_log.BreachScopeAnswer:
        period = request.since, request.until
        with store.read() as read:
            return affected_households.scope_of_breach(read, request.provider, *period)

    @answers(read_log.breach_households, callers=[FRONT_DESK], right=answers_persons)
    def breach_households(
        self, request: read_log.HouseholdsTouchedRequest, _caller: Caller
    ) -> read_log.HouseholdsTouchedAnswer:
        """Say by number which households a breach touched; their names stay here."""
        period = request.since, request.until
        with store.read() as read:
            return affected_households.affected_households(
                read, request.provider, *period, request.after
            )

    @answers(contracts.breach_recipients, callers=[FRONT_DESK], right=answers_persons)
    def breach_recipients(
        self, request: read_log.HouseholdsTouchedRequest, _caller: Caller
    ) -> contracts.BreachRecipientsAnswer:
        """Say by id which may be written to; nothing of anybody is shown."""
        period = letters.Period(request.provider, request.since, request.until)
        with store.read() as read:
            return letters.breach_recipients(read, period, request.after, Instant.now().day)

    @answers(contracts.breach_letters, callers=[FRONT_DESK], right=answers_persons)
    def breach_letters(
        self, request: contracts.BreachLettersRequest, caller: Caller
    ) -> contracts.BreachLettersAnswer:
        """Give names and addresses; a line is left in the log of each child before (rule R13)."""
        period, when = letters.Period(request.provider, request.since, request.until), Instant.now()
        with store.read() as read:
            homes = letters.homes_that_may_be_written_to(
                read, period, request.household_ids, when.day
            )
            made = letters.letters_to_homes(read, homes, when.day)
        children = {child for home in homes.values() for child in home.children}
        log_reads_before_answer(caller, children, ADDRESS, when, OF_BREACH)
        return contracts.BreachLettersAnswer(list(made))
