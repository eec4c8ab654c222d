"""Scheduled jobs of the dossier: replicas, cards and households kept complete; retention."""

import time
from collections.abc import Callable, Iterator, Sequence

from services.dossier.activity_history.queries.history import children_with_activity_history
from services.dossier.corrections.commands import adult_changes, due_corrections, separations
from services.dossier.corrections.queries import corrections as corrections_queries
from services.dossier.corrections.queries import separations as separation_queries
from services.dossier.data_protection.person_requests.commands import retention as request_retention
from services.dossier.data_protection.person_requests.queries import (
    retention as request_retention_queries,
)
from services.dossier.data_protection.retention import commands as retention
from services.dossier.data_protection.retention import queries as retention_queries
from services.dossier.households.commands import households_for_billing
from services.dossier.households.queries import households_for_billing as billing_household_queries
from services.dossier.households.queries.last_days_in_town import departures_due
from services.dossier.models import PROJECTION_SUMS
from services.dossier.papers.commands import household_papers, papers
from services.dossier.papers.queries import papers as papers_queries
from services.dossier.read_log.commands import log as read_log
from services.dossier.read_log.commands.office_asking_reader_names import (
    forget_reader_name_requests,
)
from services.dossier.read_log.queries import log_chain_check as read_log_queries
from services.dossier.registrations.commands import emails
from services.dossier.registrations.commands import retention as registration_retention
from services.dossier.registrations.queries import retention as registration_retention_queries
from services.dossier.sharing.grants.queries.projections_by_activity import (
    targets_not_matching_activities,
)
from services.dossier.sharing.guardian_cards import commands as cards
from services.dossier.sharing.guardian_cards import queries as cards_queries
from services.dossier.sharing.links.commands.departures import end_due_departures
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.rules.projection_targets import Target
from services.dossier.sharing.streams.commands import (
    conditional_grants,
    replica_reconciliation,
    widening_notices,
)
from services.dossier.sharing.streams.queries import (
    replica_reconciliation as reconciliation_queries,
)
from services.dossier.sharing.streams.queries import (
    widening_notices as widening_notice_queries,
)
from services.dossier.store import store, vault
from shared.bus import Service, every
from shared.database.comparison.record_of_walked_tasks import RegisterWalked
from shared.database.comparison.sums import merge_sum_rows_of_buckets
from shared.dates.instant import Instant
from shared.runtime.logs import log

MINUTE, HOUR = 60.0, 3600.0
ANNOUNCE_SECONDS = 10.0


_walked = RegisterWalked(store)


class Jobs(Service):
    """Each step reads a batch, then writes it in one short transaction."""

    @every(MINUTE, jitter=5.0)
    def apply_and_publish_due_changes(self) -> None:
        """Publish what a new day or a wider entitlement changed without a write."""
        policy, when = current_policy(), Instant.now()
        while due := _read_in_own_transaction(separation_queries.separations_due, when):
            for separation_id in due:
                with store.write() as write:
                    separations.apply_due_separation(write, store.register, separation_id, when)
        while due := _read_in_own_transaction(corrections_queries.corrections_due, when):
            with store.write() as write:
                due_corrections.apply_due_corrections(write, policy, due, when)
        while due := _read_in_own_transaction(corrections_queries.adult_changes_due, when):
            for correction_id in due:
                with store.write() as write:
                    adult_changes.apply_due_adult_change(write, policy, correction_id, when)
        while children := _read_in_own_transaction(departures_due, when.day):
            with store.write() as write:
                end_due_departures(write, policy, children, when)
        while children := _read_in_own_transaction(
            reconciliation_queries.children_with_change_today, when
        ):
            with store.write() as write:
                replica_reconciliation.publish_day_changes(write, policy, children, when)
        if not _walked.is_walk_done("streams"):
            with _walked.remember_walk("streams"):
                policy = current_policy()  # the register may have been read anew since
                for provider in sorted(policy.running | policy.trial):
                    self._complete_replica(policy, provider, when)

    @staticmethod
    def _complete_replica(policy: AccessPolicy, provider: str, when: Instant) -> None:
        for children in _walked.walk_in_portions(
            reconciliation_queries.children_sent_too_little, policy, provider
        ):
            with store.write() as write:
                replica_reconciliation.complete_replicas(write, policy, provider, children, when)

    @every(5 * MINUTE, jitter=MINUTE)
    def add_up_inventory_sums(self) -> None:
        """Add up the sums of inventories, which grow by a row with each change on PostgreSQL."""
        with store.write() as write:
            merge_sum_rows_of_buckets(write, PROJECTION_SUMS)

    @every(10 * MINUTE, jitter=MINUTE)
    def reconcile_activity_projections(self) -> None:
        """Send and end what the register has come to bind to other activities (rule R2)."""
        if _walked.is_walk_done("activities"):
            return
        with _walked.remember_walk("activities"):
            policy, when = current_policy(), Instant.now()
            for provider in sorted(policy.by_activity):
                while targets := self._targets_not_matching_activities(policy, provider):
                    with store.write() as write:
                        conditional_grants.reconcile_targets(write, policy, targets, when)

    @staticmethod
    def _targets_not_matching_activities(policy: AccessPolicy, provider: str) -> list[Target]:
        with store.read() as read:
            return targets_not_matching_activities(
                read, policy, provider, reconciliation_queries.AT_ONCE
            )

    @every(ANNOUNCE_SECONDS, jitter=2.0)
    def announce_widenings(self) -> None:
        """Notify the households concerned by a widening before it takes effect."""
        for announced in store.register.now.announced:
            while billing_household := _read_in_own_transaction(
                widening_notice_queries.households_to_notify, announced
            ):
                with store.write() as write:
                    widening_notices.publish_widening(
                        write, announced, billing_household, Instant.now()
                    )

    @every(5 * MINUTE, jitter=MINUTE)
    def publish_missing_cards(self) -> None:
        """Publish cards of guardians who had none yet: whoever writes one publishes its card."""
        policy, when = current_policy(), Instant.now()
        if _walked.is_walk_done("cards", when.day):
            return
        with _walked.remember_walk("cards", when.day):
            for guardians in _walked.walk_in_portions(cards_queries.guardians_never_published):
                with store.write() as write:
                    cards.publish_cards(write, policy, guardians, when)

    @every(5 * MINUTE, jitter=MINUTE)
    def publish_missing_households(self) -> None:
        """Publish to billing the households that it has not received."""
        when = Instant.now()
        while households := _read_in_own_transaction(
            billing_household_queries.households_to_publish_again
        ):
            with store.write() as write:
                households_for_billing.publish_households(write, households, when)
        if _walked.is_walk_done("homes", when.day):
            return
        with _walked.remember_walk("homes", when.day):
            for households in _walked.walk_in_portions(
                billing_household_queries.households_never_published
            ):
                with store.write() as write:
                    households_for_billing.publish_households(write, households, when)

    @every(HOUR, jitter=MINUTE)
    def forget_registrations(self) -> None:
        """Let go of registrations never sent or long decided, and of the keys of what is gone."""
        when = Instant.now()
        while due := _read_in_own_transaction(
            registration_retention_queries.registrations_due, when
        ):
            with store.write() as write:
                gone = registration_retention.erase_due_registrations(write, due, when)
            vault.shred_keys(*gone)
        vault.shred_keys(
            *_read_in_own_transaction(
                registration_retention_queries.registrations_decided_lately, when
            )
        )
        with store.write() as write:
            emails.forget_old_letters(write, when)

    @every(HOUR, jitter=MINUTE)
    def ask_for_papers(self) -> None:
        """Ask families for the next paper, thirty days before one ends; forget unfinished ones."""
        when = Instant.now()
        while due := _read_in_own_transaction(papers_queries.papers_to_ask_again, when):
            with store.write() as write:
                papers.ask_for_next_paper(write, due, when)
        with store.write() as write:
            papers.forget_unfinished_papers(write, when)
            household_papers.forget_unfinished_papers(write, when)

    @every(6 * HOUR, jitter=MINUTE)
    def forget_person_requests(self) -> None:
        """Let go of requests of persons that were answered long ago, and of their keys."""
        when = Instant.now()
        while due := _read_in_own_transaction(
            request_retention_queries.requests_kept_no_longer, when
        ):
            with store.write() as write:
                request_retention.erase_due_requests(write, due, when)
        vault.shred_keys(
            *_read_in_own_transaction(request_retention_queries.requests_erased_lately, when)
        )

    @every(6 * HOUR, jitter=MINUTE)
    def erase_expired_data(self) -> None:
        """
        Erase what the register's retention has come to the end of, and old lines of the log.

        The end of the log is noted in the service's log file: outside of the database, so that a
        read log that was cut short with its head shows.
        """
        when = Instant.now()
        gone = read_log.PURGED_AT_ONCE
        while gone >= read_log.PURGED_AT_ONCE:
            with store.write() as write:
                gone = read_log.purge_reads(write, when)
            time.sleep(0)
        with store.write() as write:
            forget_reader_name_requests(write, when)
        with store.read() as read:
            head = read_log_queries.last_line_of_log(read)
        log("read_log_head", sequence=head.sequence, mac=head.mac)
        for children in _children_in_portions(children_with_activity_history):
            if due := _read_in_own_transaction(
                retention_queries.children_with_history_due, when, children
            ):
                with store.write() as write:
                    retention.erase_activity_histories(write, due, when)
        for children in _children_in_portions(retention_queries.children_still_named):
            if due := _read_in_own_transaction(
                retention_queries.children_with_section_due, store.register, when, children
            ):
                with store.write() as write:
                    erased = retention.erase_due_sections(write, store.register, due, when)
                retention.shred_keys(erased)


def _children_in_portions(children: Callable[..., Sequence[str]]) -> Iterator[Sequence[str]]:
    """Yield all children that a query gives, some at a time; requests go in between."""
    after = ""
    while portion := _read_in_own_transaction(children, after, reconciliation_queries.AT_ONCE):
        yield portion
        after = portion[-1]
        time.sleep(0)


def _read_in_own_transaction(query: Callable[..., Sequence[str]], *asked: object) -> Sequence[str]:
    """Return the result of a query, read in a transaction of its own."""
    with store.read() as read:
        return query(read, *asked)
