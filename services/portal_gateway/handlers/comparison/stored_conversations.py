"""Cards of threads with their readers, bulletins, days on which a provider is away."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.portal_gateway.cards.rules.json_values import to_day, to_moment
from services.portal_gateway.handlers.comparison.provider_code_of_principal import code_of_provider
from services.portal_gateway.handlers.comparison.stored_cards import sealed_content_without_moment
from services.portal_gateway.models import (
    THREAD_SUMS,
    AwayCard,
    BulletinCard,
    ThreadCard,
    ThreadReader,
)
from services.portal_gateway.models.sealed_value_bindings import bulletin_binding, thread_binding
from services.portal_gateway.store import open_sealed
from shared.contracts.enrolment.messages import conversations
from shared.database import Unreadable, Write
from shared.database.comparison.compared_states import NEWS_COMPARED, Stored, StoredState
from shared.database.comparison.sums_found_equal import KeptSums, Within, condition_of_rows_within
from shared.dates.clock import now, today
from shared.json_values import JsonObject

AWAY = "away"
"""Key of the one state of a provider."""


def _stored_threads(read: Session, source: str, within: Within = ()) -> Iterator[StoredState]:
    code = code_of_provider(source)
    here = (ThreadCard.provider == code, condition_of_rows_within(ThreadCard.thread_id, within))
    readers: dict[str, list[dict[str, object]]] = defaultdict(list)
    theirs = select(ThreadReader).where(ThreadReader.provider == code)
    if within:
        theirs = theirs.where(ThreadReader.thread_id.in_(select(ThreadCard.thread_id).where(*here)))
    for row in read.scalars(theirs):
        readers[row.thread_id].append({"subject": row.subject, "unread": row.unread})
    for card in read.scalars(select(ThreadCard).where(*here)):
        mine = sorted(readers[card.thread_id], key=lambda row: str(row["subject"]))
        content = sealed_content_without_moment(thread_binding(code, card.thread_id), card.content)
        content |= {"thread_id": card.thread_id, "readers": mine}
        yield StoredState(card.thread_id, card.version, content, ended=not mine)


def _delete_threads(write: Write, source: str, keys: Collection[str]) -> None:
    for table in (ThreadReader, ThreadCard):
        theirs = (table.provider == code_of_provider(source), table.thread_id.in_(keys))
        write.execute(delete(table).where(*theirs))


def _stored_bulletins(read: Session, source: str) -> Iterator[StoredState]:
    code = code_of_provider(source)
    oldest = now() - NEWS_COMPARED
    for row in read.scalars(select(BulletinCard).where(BulletinCard.provider == code)):
        content: JsonObject = {
            "number": row.number,
            "day": row.day,
            "target": row.target,
            "target_id": row.target_id,
        }
        try:
            content |= open_sealed(bulletin_binding(code, row.number), row.content)
            old = to_moment(content["at"]) < oldest
        except Unreadable:
            old = row.received_at < oldest
        yield StoredState(str(row.number), 1, content, ended=old)


def _delete_bulletins(write: Write, source: str, keys: Collection[str]) -> None:
    numbers = [int(key) for key in keys]
    theirs = (BulletinCard.provider == code_of_provider(source), BulletinCard.number.in_(numbers))
    write.execute(delete(BulletinCard).where(*theirs))


def _stored_absences(read: Session, source: str) -> Iterator[StoredState]:
    row = read.get(AwayCard, code_of_provider(source))
    if row is not None:
        day = today()
        to_come = [each for each in json.loads(row.content) if to_day(each["last_day"]) >= day]
        yield StoredState(AWAY, row.version, {"away": to_come}, ended=not to_come)


def _delete_absences(write: Write, source: str, _keys: Collection[str]) -> None:
    write.execute(delete(AwayCard).where(AwayCard.provider == code_of_provider(source)))


STORED = (
    Stored(
        conversations.thread_card,
        _stored_threads,
        _delete_threads,
        sums=lambda source: KeptSums(
            THREAD_SUMS, (THREAD_SUMS.c.provider == code_of_provider(source),)
        ),
    ),
    Stored(conversations.bulletin_published, _stored_bulletins, _delete_bulletins, once=True),
    Stored(conversations.away_published, _stored_absences, _delete_absences),
)
