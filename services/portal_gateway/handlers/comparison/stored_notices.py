"""Notices of providers to households."""

from collections.abc import Collection, Iterator

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.portal_gateway.cards.rules.json_values import to_moment
from services.portal_gateway.handlers.comparison.provider_code_of_principal import code_of_provider
from services.portal_gateway.models import Notice
from services.portal_gateway.models.sealed_value_bindings import notice_binding
from services.portal_gateway.store import open_sealed
from shared.contracts.enrolment.places import family_cards
from shared.database import Unreadable, Write
from shared.database.comparison.compared_states import (
    NEWS_COMPARED,
    Stored,
    StoredState,
    joined_key,
    parts_of_key,
)
from shared.dates.clock import now
from shared.json_values import JsonObject


def _stored_notices(read: Session, source: str) -> Iterator[StoredState]:
    """Yield the provider's own; billing and the dossier write under the same code."""
    code = code_of_provider(source)
    oldest = now() - NEWS_COMPARED
    for row in read.scalars(select(Notice).where(Notice.provider == code)):
        content: JsonObject = {"household_id": row.household_id, "key": row.key}
        try:
            content |= open_sealed(notice_binding(row.household_id, code, row.key), row.content)
            if content["kind"] not in family_cards.NOTICES:
                continue
            old = to_moment(content["at"]) < oldest
        except Unreadable:
            old = True  # whose it was cannot be read any more; what its provider sent, it knows
        yield StoredState(joined_key(row.household_id, row.key), 1, content, ended=old)


def _delete_notices(write: Write, source: str, keys: Collection[str]) -> None:
    code = code_of_provider(source)
    for household_id, key in (parts_of_key(each, 2) for each in keys):
        one = (Notice.household_id == household_id, Notice.key == key, Notice.provider == code)
        write.execute(delete(Notice).where(*one))


STORED = (Stored(family_cards.notice, _stored_notices, _delete_notices, once=True),)
