"""A request comes: from a guardian at the portal, or noted by an agent for who has no account."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from services.dossier.data_protection.person_requests.commands.sealed_requests import store_request
from services.dossier.households.queries import record_holds
from services.dossier.households.queries.guardianships import authority_conditions
from services.dossier.households.queries.protection import providers_shown, view_of_guardian
from services.dossier.models import Child, Guardian, Guardianship, PersonRequest
from services.dossier.overview.queries.guardian_view import has_authority
from shared.contracts.dossier.data_protection.person_requests import (
    ACCOUNT,
    CLOSED,
    FILED,
    RECORDED,
    TOWN,
    FilePersonRequestRequest,
    NobodyAnswers,
    RecordPersonRequestRequest,
    TooManyRequests,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.register import Register

MOST_OPEN = 10
"""Open requests of one guardian."""
OLDEST = timedelta(days=366)
"""A letter older than that is a slip of the pen."""


def file_request(
    write: Write, register: Register, request: FilePersonRequestRequest, *, by: str, when: Instant
) -> PersonRequest:
    """
    Keep what a guardian asks, with the names as they are today.

    Raises NotFound for a child over whom it has no authority, and for a provider that it does not
    know to have that child: whether another has it, nobody learns here (rule R9).
    """
    _require_answering_office(register)
    guardian = write.get(Guardian, by)
    if guardian is None:
        raise NotFound(subject=by)
    about = _name_concerned(write, request.child_id, by, when.day)
    if request.provider not in {
        TOWN,
        *_providers_known_to_guardian(write, request.child_id, by, when.day),
    }:
        raise NotFound(provider=request.provider)
    _refuse_too_many_requests(write, by)
    content = {"name": guardian.name, "contact": "", "about": about, "text": request.text}
    return store_request(
        write,
        content,
        FILED,
        by=None,
        when=when,
        kind=request.kind,
        provider=request.provider,
        asked_by=by,
        child_id=request.child_id,
        way=ACCOUNT,
        proof=ACCOUNT,
        received_on=when.day,
    )


def record_request_for_person(
    write: Write, register: Register, request: RecordPersonRequestRequest, *, by: str, when: Instant
) -> PersonRequest:
    """Keep what an agent notes for a person; raises BadRequest for a day that cannot be."""
    _require_answering_office(register)
    if request.provider not in {TOWN, *(each.code for each in register.now.providers)}:
        raise NotFound(provider=request.provider)
    if not when.day - OLDEST <= request.received_on <= when.day:
        raise BadRequest(errors={"received_on": ["to come, or more than a year ago"]})
    content = {
        "name": request.name,
        "contact": request.contact,
        "about": request.about,
        "text": request.text,
    }
    return store_request(
        write,
        content,
        RECORDED,
        by=by,
        when=when,
        recorded_by=by,
        kind=request.kind,
        provider=request.provider,
        way=request.way,
        proof=request.proof,
        received_on=request.received_on,
    )


def _require_answering_office(register: Register) -> None:
    if not register.now.handles_data_requests:
        raise NobodyAnswers


def _name_concerned(write: Write, child_id: str | None, by: str, day: date) -> str:
    """Return the name of the child that it concerns, "" for the guardian itself."""
    if child_id is None:
        return ""
    child = write.get(Child, child_id) if has_authority(write, by, child_id, day) else None
    if child is None or child.first_name is None:
        raise NotFound(child_id=child_id)
    record_holds.refuse_held_file(write, child_id)
    return f"{child.first_name} {child.last_name}"


def _providers_known_to_guardian(
    write: Write, child_id: str | None, by: str, day: date
) -> set[str]:
    """Return the providers that this guardian knows to have the child, or any of its children."""
    children: Any = [child_id]
    if child_id is None:
        mine = (Guardianship.guardian_id == by, *authority_conditions(day))
        children = write.scalars(select(Guardianship.child_id).where(*mine)).all()
    return {
        provider
        for each in children
        for provider in providers_shown(write, each, view_of_guardian(write, by, each))
    }


def _refuse_too_many_requests(write: Write, by: str) -> None:
    mine = (PersonRequest.asked_by == by, PersonRequest.state.not_in(CLOSED))
    waiting = select(func.count()).select_from(PersonRequest).where(*mine)
    if (write.scalar(waiting) or 0) >= MOST_OPEN:
        raise TooManyRequests(most=MOST_OPEN)
