"""Requests of operations: families taken in, providers that end a trial, leave or are replaced."""

from services.dossier.read_log.queries import affected_households
from services.dossier.read_log.queries import log_chain_check as read_log
from services.dossier.read_log.rules.chain import Head
from services.dossier.registrations.commands.household_of_other_software import import_household
from services.dossier.registrations.rules.incoming_sections import IncomingHousehold
from services.dossier.sharing.links.commands import offboarding, trials
from services.dossier.sharing.links.queries import offboarding as offboarding_queries
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store, vault
from shared.bus import OPS, Service, answers, service_only
from shared.contracts.dossier.data_protection import read_log as log_contracts
from shared.contracts.dossier.families import imported_households as contracts
from shared.contracts.dossier.sharing import provider_changes
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.instant import Instant


class Operations(Service):
    """Answers to the `preau` command alone."""

    @answers(contracts.import_household, callers=[OPS], right=service_only)
    def import_household(
        self, write: Write, request: contracts.ImportHouseholdRequest, _caller: Caller
    ) -> contracts.ImportHouseholdAnswer:
        household = IncomingHousehold(
            reference=request.reference,
            guardians=request.guardians,
            children=request.children,
            address=request.address,
            trial_of=request.trial_of,
        )
        ids = import_household(write, current_policy(), household, Instant.now())
        return contracts.ImportHouseholdAnswer(**ids)

    @answers(provider_changes.end_trial, callers=[OPS], right=service_only)
    def end_trial(
        self, write: Write, request: provider_changes.OfProvider, _caller: Caller
    ) -> provider_changes.EndTrialAnswer:
        """Delete the invented families of a trial that is over, and their keys."""
        ended = trials.end_trial(write, current_policy(), request.provider, Instant.now())
        vault.shred_keys(*ended.members)
        return provider_changes.EndTrialAnswer(ended.children)

    @answers(provider_changes.end_links, callers=[OPS], right=service_only)
    def end_links(
        self, write: Write, request: provider_changes.OfProvider, _caller: Caller
    ) -> provider_changes.LinksMoved:
        return offboarding.end_links(write, current_policy(), request.provider, Instant.now())

    @answers(provider_changes.move_links, callers=[OPS], right=service_only)
    def move_links(
        self, write: Write, request: provider_changes.MoveLinksRequest, _caller: Caller
    ) -> provider_changes.LinksMoved:
        move = offboarding.STEPS[request.step]
        return move(write, current_policy(), request.provider, request.successor, Instant.now())

    @answers(provider_changes.erasures, callers=[OPS], right=service_only)
    def erasures(
        self, request: provider_changes.OfProvider, _caller: Caller
    ) -> provider_changes.ErasuresAnswer:
        with store.read() as read:
            return offboarding_queries.erasure_receipts(read, request.provider, Instant.now())

    @answers(log_contracts.verify_reads, callers=[OPS], right=service_only)
    def verify_reads(
        self, request: log_contracts.VerifyReadsRequest, _caller: Caller
    ) -> log_contracts.VerifyReadsAnswer:
        """Verify the log of who read what against itself, and against heads that ops has noted."""
        noted = [Head(row["sequence"], row["mac"]) for row in request.heads]
        with store.read() as read:
            broken = read_log.verify_read_log(read, noted)
            head = read_log.last_line_of_log(read)
            return log_contracts.VerifyReadsAnswer(
                lines=read_log.count_lines(read),
                broken=broken.reason if broken else log_contracts.WHOLE,
                sequence=broken.sequence if broken else head.sequence,
                head={"sequence": head.sequence, "mac": head.mac},
            )

    @answers(log_contracts.households_touched, callers=[OPS], right=service_only)
    def households_touched(
        self, request: log_contracts.HouseholdsTouchedRequest, _caller: Caller
    ) -> log_contracts.HouseholdsTouchedAnswer:
        """Say by number which households a breach touched; their names stay here."""
        period = request.since, request.until
        with store.read() as read:
            return affected_households.affected_households(
                read, request.provider, *period, request.after
            )
