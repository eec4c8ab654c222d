"""What the dossier does by itself: streams, cards and homes made whole, and what it forgets."""

from collections.abc import Callable, Sequence
from typing import Any

from services.dossier.households.commands import billing_household as homes
from services.dossier.households.queries import billing_household as homes_queries
from services.dossier.person_requests.commands import retention as requests_forgetting
from services.dossier.person_requests.queries import retention as requests_forgetting_queries
from services.dossier.read_log.commands import log as read_log
from services.dossier.read_log.queries import log as read_log_queries
from services.dossier.registrations.commands import emails
from services.dossier.registrations.commands import retention as forgetting
from services.dossier.registrations.queries import retention as forgetting_queries
from services.dossier.retention import commands as erasure
from services.dossier.retention import queries as erasure_queries
from services.dossier.sharing.cards import commands as cards
from services.dossier.sharing.cards import queries as cards_queries
from services.dossier.sharing.queries import current_policy
from services.dossier.sharing.streams.commands import reconciliation as streams
from services.dossier.sharing.streams.commands import widening_notices as announcing
from services.dossier.sharing.streams.queries import reconciliation as streams_queries
from services.dossier.sharing.streams.queries import widening_notices as announcing_queries
from services.dossier.store import store, vault
from shared.bus import Service, every
from shared.database.chunks import chunks
from shared.dates.instant import Instant
from shared.runtime.logs import log

MINUTE, HOUR = 60.0, 3600.0
ANNOUNCE_SECONDS = 10.0


class Jobs(Service):
    """Each step is one short transaction, found first."""

    @every(MINUTE, jitter=5.0)
    def keep_streams_whole(self) -> None:
        """Tell what a new day or a wider entitlement changed, though nobody wrote anything."""
        policy, when = current_policy(), Instant.now()
        while children := _found(streams_queries.children_of_the_day, when):
            with store.write() as write:
                streams.turn_the_day(write, policy, children, when)
        for provider in sorted(policy.running | policy.trial):
            while children := _found(streams_queries.children_sent_too_little, policy, provider):
                with store.write() as write:
                    streams.complete(write, policy, provider, children, when)

    @every(ANNOUNCE_SECONDS, jitter=2.0)
    def announce_widenings(self) -> None:
        """Tell the households concerned of what will be known more widely, before it is."""
        for announced in store.register.now.announced:
            while homes := _found(announcing_queries.households_to_notify, announced):
                with store.write() as write:
                    announcing.publish_widening(write, announced, homes, Instant.now())

    @every(5 * MINUTE, jitter=MINUTE)
    def complete_cards(self) -> None:
        """Tell the portal of guardians who came before it heard of cards."""
        policy = current_policy()
        while guardians := _found(cards_queries.guardians_never_published):
            with store.write() as write:
                cards.publish_cards(write, policy, guardians, Instant.now())

    @every(5 * MINUTE, jitter=MINUTE)
    def complete_homes(self) -> None:
        """Tell billing of households that came before it heard of them."""
        while households := _found(homes_queries.households_never_published):
            with store.write() as write:
                homes.publish_households(write, households, Instant.now())

    @every(HOUR, jitter=MINUTE)
    def forget_registrations(self) -> None:
        """Let go of registrations never sent or long decided, and of the keys of what is gone."""
        when = Instant.now()
        while due := _found(forgetting_queries.registrations_due, when):
            with store.write() as write:
                gone = forgetting.forget_due(write, due, when)
            vault.shred(*gone)
        vault.shred(*_found(forgetting_queries.lately_decided, when))
        with store.write() as write:
            emails.forget_letters(write, when)

    @every(6 * HOUR, jitter=MINUTE)
    def forget_person_requests(self) -> None:
        """Let go of requests of persons that were answered long ago, and of their keys."""
        when = Instant.now()
        while due := _found(requests_forgetting_queries.requests_due, when):
            with store.write() as write:
                requests_forgetting.forget_due(write, due, when)
        vault.shred(*_found(requests_forgetting_queries.lately_erased, when))

    @every(6 * HOUR, jitter=MINUTE)
    def forget(self) -> None:
        """
        Erase what the register's retention has come to the end of, and old lines of the log.

        The end of the log is noted in the service's log file: outside of the database, so that a
        read log that was cut short with its head shows.
        """
        when = Instant.now()
        with store.write() as write:
            read_log.purge_reads(write, when)
        with store.read() as read:
            head = read_log_queries.present_head(read)
            due = erasure_queries.list_due(read, store.register, when)
            courses = erasure_queries.courses_due(read, when)
        log("read_log_head", sequence=head.sequence, mac=head.mac)
        for some in chunks(courses, streams_queries.AT_ONCE):
            with store.write() as write:
                erasure.erase_courses(write, some, when)
        for some in chunks({one.child_id for one in due}, streams_queries.AT_ONCE):
            with store.write() as write:
                erased = erasure.erase_due(write, store.register, some, when)
            erasure.shred_keys(erased)


def _found(query: Callable[..., Sequence[str]], *asked: Any) -> Sequence[str]:
    """Return what a query finds, read in a transaction of its own."""
    with store.read() as read:
        return query(read, *asked)
