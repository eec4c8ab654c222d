"""States on conversations that the portal stores: cards of threads, bulletins, days away."""

from collections.abc import Mapping

from sqlalchemy import Select, String, cast, exists, literal, select
from sqlalchemy.orm import Session

from services.enrolment.conversations.commands import bulletins, provider_away_days, thread_card
from services.enrolment.models import (
    THREAD_SUMS,
    Bulletin,
    ConversationCount,
    Thread,
    ThreadReader,
)
from services.enrolment.store import vault
from shared.contracts.enrolment.messages import conversations
from shared.database import Write
from shared.database.comparison.compared_states import (
    NEWS_COMPARED,
    Published,
    Route,
    Versions,
    make_page_reader,
)
from shared.database.comparison.sums_found_equal import KeptSums
from shared.dates.clock import now, today

AWAY = "away"
"""Key of the one state of a provider."""


def _select_thread_versions(_route: Route) -> Select[str, int]:
    """Return the threads that somebody reads: the portal may have forgotten the others."""
    read = exists().where(ThreadReader.thread_id == Thread.id, ThreadReader.reads)
    return select(Thread.id, Thread.version).where(Thread.version > 0, read)


def _thread_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, conversations.ThreadCard]:
    rows = read.scalars(select(Thread).where(Thread.id.in_(versions)))
    return {row.id: thread_card.card_of_thread(read, vault, row) for row in rows}


def _publish_threads(write: Write, _route: Route, versions: Versions) -> None:
    for thread_id, version in versions.items():
        thread = write.get(Thread, thread_id, with_for_update=True)
        if thread is not None:
            thread.version = max(thread.version, version)
            thread_card.publish_thread_card(write, vault, thread)


def _select_bulletin_versions(_route: Route) -> Select[str, int]:
    key = cast(Bulletin.number, String).label("key")
    return select(key, literal(1)).where(Bulletin.sent_at > now() - NEWS_COMPARED)


def _bulletin_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, conversations.BulletinPublished]:
    sent = bulletins.bulletins_as_published(read, vault, [int(key) for key in versions])
    return {str(event.number): event for event in sent}


def _publish_bulletins(write: Write, _route: Route, versions: Versions) -> None:
    for event in bulletins.bulletins_as_published(write, vault, [int(key) for key in versions]):
        write.publish(conversations.bulletin_published, event)


def _select_away_days_version(_route: Route) -> Select[str, int]:
    key = literal(AWAY).label("key")
    return select(key, ConversationCount.away).where(ConversationCount.away > 0)


def _away_days_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, conversations.AwayPublished]:
    return {
        key: provider_away_days.event_of_away_days(read, version, today())
        for key, version in versions.items()
    }


def _publish_away_days(write: Write, _route: Route, versions: Versions) -> None:
    provider_away_days.publish_again(write, now(), above=max(versions.values()))


PUBLISHED = (
    Published(
        conversations.thread_card,
        make_page_reader(_select_thread_versions),
        _thread_contents,
        _publish_threads,
        lambda event: [event.thread_id],
        sums=lambda _route: [KeptSums(THREAD_SUMS)],
    ),
    Published(
        conversations.bulletin_published,
        make_page_reader(_select_bulletin_versions),
        _bulletin_contents,
        _publish_bulletins,
        lambda event: [str(event.number)],
        apart=frozenset({"bulletin_id"}),
    ),
    Published(
        conversations.away_published,
        make_page_reader(_select_away_days_version),
        _away_days_contents,
        _publish_away_days,
        lambda _event: [AWAY],
    ),
)
