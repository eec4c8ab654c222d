"""Stores providers' cards of threads with their readers, bulletins, and absences of providers."""

from datetime import datetime

from sqlalchemy import delete, insert, select

from services.portal_gateway.cards.commands.versioned_upsert import keep_newer
from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.models import AwayCard, BulletinCard, ThreadCard, ThreadReader
from services.portal_gateway.models.sealed_value_bindings import bulletin_binding, thread_binding
from services.portal_gateway.notices.commands.thread_notices import notify_thread_readers
from services.portal_gateway.store import seal_for_row
from shared.contracts.enrolment.messages import conversations
from shared.database import Write
from shared.json_values import as_json


def keep_thread_card(
    write: Write, provider: str, event: conversations.ThreadCard, moment: datetime
) -> bool:
    """
    Store a provider's card of a thread with its readers, if it is newer; return whether it was.

    Past readers lose their row: nothing of the thread is shown to them or counted.
    """
    place = thread_binding(provider, event.thread_id)
    names = ("kind", "title", "child_ids", "last_at", "last_side")
    values = {
        "version": event.version,
        "content": seal_for_row(place, to_json({name: getattr(event, name) for name in names})),
        "received_at": moment,
    }
    newer = (
        write.upsert_into(ThreadCard)
        .values(provider=provider, thread_id=event.thread_id, **values)
        .on_conflict_do_update(
            index_elements=["provider", "thread_id"],
            set_=values,
            where=ThreadCard.version < event.version,
        )
        .returning(ThreadCard.version)
    )
    if not write.execute(newer).first():
        return False
    key = {"provider": provider, "thread_id": event.thread_id}
    readers = select(ThreadReader.subject, ThreadReader.unread).filter_by(**key)
    before = {subject: unread for subject, unread in write.execute(readers)}
    notify_thread_readers(
        write, before, {row["subject"]: row["unread"] for row in event.readers}, moment
    )
    write.execute(delete(ThreadReader).filter_by(**key))
    if event.readers:
        write.execute(insert(ThreadReader), [{**key, **reader} for reader in event.readers])
    return True


def keep_bulletin(
    write: Write, provider: str, event: conversations.BulletinPublished, moment: datetime
) -> None:
    """Keep that a provider wrote to many families: one row, once."""
    row = {
        "provider": provider,
        "number": event.number,
        "target": event.target,
        "target_id": event.target_id,
        "day": event.day,
        "content": seal_for_row(
            bulletin_binding(provider, event.number),
            to_json({"title": event.title, "at": event.at}),
        ),
        "received_at": moment,
    }
    write.execute(write.upsert_into(BulletinCard).values(**row).on_conflict_do_nothing())


def keep_absences(write: Write, provider: str, event: conversations.AwayPublished) -> None:
    """Keep when a provider does not answer, if it is newer."""
    content = as_json(to_json(event.away))
    keep_newer(write, AwayCard, {"provider": provider}, event.version, content)
