"""Notices of households, each published once; the portal shows them and sends them on."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table

from services.enrolment.families.queries.muted import held_among
from services.enrolment.models import NoticeTold
from shared.contracts.enrolment import places
from shared.database import Write

_told = cast(Table, NoticeTold.__table__)


def notify(
    write: Write,
    household_ids: Collection[str],
    key: str,
    kind: str,
    child_ids: Collection[str],
    detail: dict[str, Any],
    now: datetime,
) -> None:
    """
    Tell these households something, those apart who were told under this key before.

    Nothing leaves about a child whose file is held (rules' test 10).
    """
    told_of = set(child_ids) - held_among(write, child_ids)
    if child_ids and not told_of:
        return
    for household_id in sorted(set(household_ids)):
        row = {"household_id": household_id, "key": key, "told_at": now}
        first = write.upsert(_told).values(**row).on_conflict_do_nothing()
        if write.execute(first.returning(_told.c.key)).first():
            write.publish(
                places.notice,
                places.Notice(
                    household_id=household_id,
                    key=key,
                    kind=kind,
                    child_ids=sorted(told_of),
                    detail=detail,
                    at=now,
                ),
            )
