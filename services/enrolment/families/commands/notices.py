"""Notices of households, each published once; the portal shows them and sends them on."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import cast

from sqlalchemy import Executable, Table, select, tuple_, update
from sqlalchemy.orm import Session

from services.enrolment.families.queries.muted_children import muted_children
from services.enrolment.models import NoticeSent
from shared.contracts.enrolment.places import family_cards
from shared.database import Write
from shared.database.chunks import AT_ONCE, chunks
from shared.database.prebuilt_statements import store_rows
from shared.json_values import JsonObject

_notices = cast(Table, NoticeSent.__table__)


def notify_households(
    write: Write,
    household_ids: Collection[str],
    key: str,
    kind: str,
    child_ids: Collection[str],
    detail: JsonObject,
    now: datetime,
) -> None:
    """
    Notify these households, except those already notified under this key.

    Nothing is published about a child under a record hold (rules' test 10).
    """
    notified = set(child_ids) - muted_children(write, child_ids)
    if child_ids and not notified:
        return
    for household_id in sorted(set(household_ids)):
        content: JsonObject = {
            "kind": kind,
            "child_ids": sorted(notified),
            "detail": detail,
        }
        row = {"household_id": household_id, "key": key, "sent_at": now, "content": content}
        if store_rows(write, _make_insert_of_first_notice, row).first():
            notice = family_cards.Notice(household_id=household_id, key=key, at=now, **content)
            write.publish(family_cards.notice, notice)


def _make_insert_of_first_notice(write: Write) -> Executable:
    return write.upsert_into(_notices).on_conflict_do_nothing().returning(_notices.c.key)


def keys_of_notices_sent(read: Session, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of these pairs of household and key under which a notice was sent."""
    of_notice = _notices.c.household_id, _notices.c.key
    return {
        (household_id, key)
        for some in chunks(keys, AT_ONCE)
        for household_id, key in read.execute(
            select(*of_notice).where(tuple_(*of_notice).in_(some))
        )
    }


def sent_notices(read: Session, keys: Iterable[tuple[str, ...]]) -> list[family_cards.Notice]:
    """Return the notices sent under these pairs of household and key, as they were published."""
    sent = tuple_(NoticeSent.household_id, NoticeSent.key).in_(list(keys))
    return [
        family_cards.Notice(
            household_id=row.household_id, key=row.key, at=row.sent_at, **row.content
        )
        for row in read.scalars(select(NoticeSent).where(sent))
        if row.content is not None
    ]


def publish_again(write: Write, keys: Iterable[tuple[str, ...]]) -> None:
    """Publish these notices once more; nothing about a child under a record hold."""
    for notice in sent_notices(write, keys):
        if not muted_children(write, notice.child_ids):
            write.publish(family_cards.notice, notice)


def forget_contents_of_notices(write: Write, before: datetime) -> None:
    """Forget what was said in notices that the portal shows no longer."""
    old = update(_notices).where(_notices.c.sent_at < before, _notices.c.content.is_not(None))
    write.execute(old.values(content=None))
