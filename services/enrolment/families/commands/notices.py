"""Notices of households, each published once; the portal shows them and sends them on."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table

from services.enrolment.families.queries.record_holds import muted_children
from services.enrolment.models import NoticeSent
from shared.contracts.enrolment import places
from shared.database import Write

_notices = cast(Table, NoticeSent.__table__)


def notify_households(
    write: Write,
    household_ids: Collection[str],
    key: str,
    kind: str,
    child_ids: Collection[str],
    detail: dict[str, Any],
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
        row = {"household_id": household_id, "key": key, "told_at": now}
        first = write.upsert(_notices).values(**row).on_conflict_do_nothing()
        if write.execute(first.returning(_notices.c.key)).first():
            write.publish(
                places.notice,
                places.Notice(
                    household_id=household_id,
                    key=key,
                    kind=kind,
                    child_ids=sorted(notified),
                    detail=detail,
                    at=now,
                ),
            )
