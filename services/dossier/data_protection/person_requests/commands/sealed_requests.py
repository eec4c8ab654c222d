"""Stores a request of a person and its acts, sealed with a key of its own."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select

from services.dossier.data_protection.person_requests.queries.requests import (
    CONTENT,
    sealed_place_of_request_act,
)
from services.dossier.data_protection.person_requests.rules.answer_deadline import (
    last_day_to_answer,
)
from services.dossier.models import PersonRequest, PersonRequestAct
from services.dossier.store import vault
from shared.contracts.dossier.data_protection.person_requests import (
    CLOSED,
    NOTIFIED,
    RECEIVED,
    PersonRequestChanged,
    RequestClosed,
    person_request_changed,
)
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.runtime.ids import new_id


def store_request(
    write: Write,
    content: Mapping[str, str],
    act: str,
    *,
    by: str | None,
    when: Instant,
    **columns: Any,
) -> PersonRequest:
    """Keep a new request; its month runs from `received_on`."""
    request_id = new_id()
    row = PersonRequest(
        id=request_id,
        due_on=last_day_to_answer(columns["received_on"]),
        state=RECEIVED,
        content=vault.seal(request_id, CONTENT, dict(content)),
        **columns,
    )
    write.add(row)
    write.flush()
    note_act(write, row, act, by=by, when=when)
    return row


def note_act(
    write: Write,
    row: PersonRequest,
    act: str,
    *,
    by: str | None,
    when: Instant,
    text: str = "",
    until: date | None = None,
) -> None:
    """Note what was done, and notify the guardian who asked of what concerns it."""
    acts = PersonRequestAct.person_request_id == row.id
    number = (write.scalar(select(func.max(PersonRequestAct.number)).where(acts)) or 0) + 1
    content = vault.seal(row.id, sealed_place_of_request_act(number), text) if text else None
    write.add(
        PersonRequestAct(
            person_request_id=row.id,
            number=number,
            act=act,
            at=when.moment,
            done_by=by,
            until=until,
            content=content,
        )
    )
    write.flush()
    if row.asked_by and act in NOTIFIED:
        event = PersonRequestChanged(row.id, row.asked_by, act, when.moment)
        write.publish(person_request_changed, event)


def lock_open_request(write: Write, request_id: str) -> PersonRequest:
    """Return a request that is open, locked; raises NotFound, RequestClosed."""
    row = lock_request(write, request_id)
    refuse_closed_request(row)
    return row


def lock_request(write: Write, request_id: str) -> PersonRequest:
    """Return a request, locked until the commit; raises NotFound."""
    query = select(PersonRequest).where(PersonRequest.id == request_id).with_for_update()
    row = write.scalar(query)
    if row is None:
        raise NotFound(person_request_id=request_id)
    return row


def refuse_closed_request(row: PersonRequest) -> None:
    """Raise RequestClosed for one that was answered, refused or withdrawn."""
    if row.state in CLOSED:
        raise RequestClosed(state=row.state)
