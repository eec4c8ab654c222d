"""The persons of a request's copy: a guardian, or a person without an account who was proven."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.data_protection.person_requests.queries.requests import (
    children_under_authority,
    is_answer_delicate,
)
from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.households.queries.protection import protected_homes_of
from services.dossier.households.queries.record_holds import is_file_held
from services.dossier.models import HouseholdGuardian, PersonRequest
from shared.contracts.dossier.data_protection.person_requests import (
    ADULT,
    AGENT,
    ASKED,
    CALLED,
    CLOSED,
    HIDDEN,
    NO_AUTHORITY,
    NO_COPY,
    NOT_PROVEN,
    PUPIL,
    UNKNOWN,
    WITH_COPY,
    RequestClosed,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.every_service import held_data
from shared.contracts.every_service.held_data import HeldOfPersonRequest
from shared.dates.instant import Instant


@dataclass(frozen=True)
class Scope:
    """A kind of person and the request to the services; `children` get a line in the read log."""

    person: str
    asked: HeldOfPersonRequest
    children: Collection[str]


def scope_of_copy(session: Session, request_id: str, when: Instant) -> Scope:
    """
    Return whom the copy covers.

    Raises NotFound, RequestClosed, and BadRequest where there can be none.
    """
    row = session.get(PersonRequest, request_id)
    if row is None:
        raise NotFound(person_request_id=request_id)
    if row.state in CLOSED:
        raise RequestClosed(state=row.state)
    if row.kind not in WITH_COPY:
        raise BadRequest(errors={NO_COPY: ["no copy was asked for"]})
    if row.proof == ASKED:
        raise BadRequest(errors={NOT_PROVEN: ["who it is was asked for and not proven"]})
    if row.asked_by:
        return _scope_of_adult(session, row, row.asked_by, when)
    if row.person == ADULT and row.person_id:
        return _scope_of_adult(session, row, row.person_id, when)
    if row.person == AGENT and row.person_id:
        asked = _question_to_services(row.person_id, whose=held_data.AGENT)
        return Scope(AGENT, asked, ())
    child_id = row.person_id or row.file_id
    if row.person not in (PUPIL, CALLED) or child_id is None:
        raise BadRequest(errors={UNKNOWN: ["who it is was not noted"]})
    return _scope_of_child(session, row.person, child_id)


def _scope_of_adult(session: Session, row: PersonRequest, adult: str, when: Instant) -> Scope:
    children = children_under_authority(session, adult, when)
    about = all_ids_of_child(session, row.child_id) if row.child_id else []
    if row.child_id and row.child_id not in children:
        raise BadRequest(errors={NO_AUTHORITY: ["over the child no more"]})
    homes = select(HouseholdGuardian.household_id).where(HouseholdGuardian.guardian_id == adult)
    asked = HeldOfPersonRequest(
        subject=adult,
        households=sorted(session.scalars(homes)),
        children=sorted(children),
        about=about,
        apart=is_answer_delicate(session, row, when),
    )
    return Scope(ADULT, asked, about or asked.children)


def _scope_of_child(session: Session, person: str, child_id: str) -> Scope:
    """Return the files of one child; of a protected home or a held file nothing leaves, nor why."""
    files = all_ids_of_child(session, child_id)
    if is_file_held(session, files) or any(protected_homes_of(session, files).values()):
        raise BadRequest(errors={HIDDEN: ["a home of this file is protected, or it is held"]})
    return Scope(person, _question_to_services(files[0], files, held_data.PUPIL), files)


def _question_to_services(
    subject: str, files: Sequence[str] = (), whose: str = held_data.FAMILY
) -> HeldOfPersonRequest:
    return HeldOfPersonRequest(
        subject=subject,
        households=[],
        children=list(files),
        about=list(files),
        apart=False,
        whose=whose,
    )
