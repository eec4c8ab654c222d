"""Menus of providers, as the portal stores them."""

import json
from collections.abc import Collection, Iterator

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.portal_gateway.handlers.comparison.provider_code_of_principal import code_of_provider
from services.portal_gateway.models import PublishedMenu
from shared.contracts.enrolment.kitchen.menus import menu_published
from shared.database import Write
from shared.database.comparison.compared_states import Stored, StoredState
from shared.dates.clock import today
from shared.dates.periods import monday_of


def _stored_menus(read: Session, source: str) -> Iterator[StoredState]:
    this_week = monday_of(today())
    for row in read.scalars(
        select(PublishedMenu).where(PublishedMenu.provider == code_of_provider(source))
    ):
        dishes = json.loads(row.content)
        content = {"menu_id": row.menu_id, "site": row.site, "day": row.day, "dishes": dishes}
        yield StoredState(row.menu_id, row.version, content, ended=row.day < this_week)


def _delete_menus(write: Write, source: str, keys: Collection[str]) -> None:
    theirs = (PublishedMenu.provider == code_of_provider(source), PublishedMenu.menu_id.in_(keys))
    write.execute(delete(PublishedMenu).where(*theirs))


STORED = (Stored(menu_published, _stored_menus, _delete_menus),)
