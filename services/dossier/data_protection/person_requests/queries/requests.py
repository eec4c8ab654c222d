"""A request as its guardian reads it, and as the data protection office does."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.dossier.data_protection.person_requests.rules.answer_deadline import (
    MOST_MORE,
    is_request_late,
    last_day_to_answer,
)
from services.dossier.data_protection.retention.rules import CUSTODY, last_day_of_rulings
from services.dossier.households.queries.guardianships import authority_conditions
from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.households.queries.protection import protected_homes_of, view_of_guardian
from services.dossier.models import Guardianship, PersonRequest, PersonRequestAct
from services.dossier.overview.queries.guardian_view import has_authority
from services.dossier.sections.queries import content_of_section as section_content_of
from services.dossier.store import vault
from shared.contracts.dossier.data_protection import person_requests as contracts
from shared.contracts.dossier.data_protection.person_requests import ADULT, CLOSED, PUPIL
from shared.contracts.errors import NotFound
from shared.dates.instant import Instant

MOST_MINE, MOST_LISTED, MOST_CLOSED = 100, 250, 60
"""The most requests in one answer: a message has a size."""


def requests_of_guardian(session: Session, guardian_id: str) -> list[contracts.Mine]:
    """Return the requests of one guardian, the latest first."""
    query = select(PersonRequest).where(PersonRequest.asked_by == guardian_id)
    latest = query.order_by(PersonRequest.received_on.desc(), PersonRequest.id.desc())
    return [_request_summary(row) for row in session.scalars(latest.limit(MOST_MINE))]


def request_of_guardian(
    session: Session, request_id: str, guardian_id: str
) -> contracts.ReadMyRequestAnswer:
    """Return one with what was done; raises NotFound, for another guardian's too."""
    row = session.get(PersonRequest, request_id)
    if row is None or row.asked_by != guardian_id:
        raise NotFound(person_request_id=request_id)
    acts: list[contracts.Act] = [
        {"act": act["act"], "at": act["at"], "text": act["text"], "until": act["until"]}
        for act in acts_on_request(session, row.id)
    ]
    return contracts.ReadMyRequestAnswer(
        **_request_summary(row), text=content_of_request(row)["text"], acts=acts
    )


def list_requests(
    session: Session, when: Instant
) -> tuple[contracts.PersonRequestsAnswer, set[str]]:
    """Return what waits by its day and what was closed last; and the children who are named."""
    open_ones = PersonRequest.state.not_in(CLOSED)
    waiting = session.scalars(
        select(PersonRequest)
        .where(open_ones)
        .order_by(PersonRequest.due_on, PersonRequest.id)
        .limit(MOST_LISTED)
    ).all()
    closed = session.scalars(
        select(PersonRequest)
        .where(~open_ones)
        .order_by(PersonRequest.closed_on.desc(), PersonRequest.id.desc())
        .limit(MOST_CLOSED)
    ).all()
    all_open = session.scalar(select(func.count()).select_from(PersonRequest).where(open_ones)) or 0
    vault.prepare_keys(row.id for row in (*waiting, *closed))
    answer = contracts.PersonRequestsAnswer(
        open=[_listed_request(row, when) for row in waiting],
        closed=[_listed_request(row, when) for row in closed],
        left_out=all_open - len(waiting),
    )
    return answer, _children_of_requests([*waiting, *closed])


def request_with_named_child(
    session: Session, request_id: str, when: Instant
) -> tuple[contracts.OpenPersonRequestAnswer, set[str]]:
    """Return one request whole, and the child who is named in it; raises NotFound."""
    row = session.get(PersonRequest, request_id)
    if row is None:
        raise NotFound(person_request_id=request_id)
    content = content_of_request(row)
    more = range(1, MOST_MORE + 1) if may_request_be_prolonged(row, when) else ()
    answer = contracts.OpenPersonRequestAnswer(
        **_listed_request(row, when),
        way=row.way,
        contact=content["contact"],
        text=content["text"],
        first_due_on=last_day_to_answer(row.received_on),
        prolongable=[last_day_to_answer(row.received_on, months) for months in more],
        careful=is_answer_delicate(session, row, when),
        person=row.person or "",
        paper=row.paper or "",
        acts=acts_on_request(session, row.id),
    )
    return answer, _children_of_requests([row])


def _request_dates(row: PersonRequest) -> contracts.Dated:
    return contracts.Dated(
        person_request_id=row.id,
        kind=row.kind,
        provider=row.provider,
        received_on=row.received_on,
        due_on=row.due_on,
        state=row.state,
        closed_on=row.closed_on,
        prolonged=row.more > 0,
    )


def _request_summary(row: PersonRequest) -> contracts.Mine:
    return contracts.Mine(**_request_dates(row), child_id=row.child_id)


def _listed_request(row: PersonRequest, when: Instant) -> contracts.Listed:
    content = content_of_request(row)
    return contracts.Listed(
        **_request_dates(row),
        name=content["name"],
        about=content["about"],
        proof=row.proof,
        late=row.closed_on is None and is_request_late(row.due_on, when.day),
    )


def _children_of_requests(rows: Iterable[PersonRequest]) -> set[str]:
    return {row.child_id for row in rows if row.child_id}


def is_answer_delicate(session: Session, row: PersonRequest, when: Instant) -> bool:
    """
    Say whether an answer could reveal to who asks what a protection or a ruling hides.

    So it is where another home of a child is protected, an adult barred, now or later, or authority
    over: of the child that is asked about, of every one of a guardian who asks about itself, of the
    one in whose file somebody without an account was found. Until then nothing is known of these.
    """
    guardian = asking_guardian(row)
    if guardian is None:
        file = row.file_id or (row.person_id if row.person == PUPIL else None)
        return file is not None and is_file_guarded(session, file, when)
    about = [row.child_id] if row.child_id else _children_of_guardian(session, guardian)
    return any(is_anything_hidden_of_child(session, guardian, each, when) for each in about)


def asking_guardian(row: PersonRequest) -> str | None:
    """Return the guardian who asks, by its account or known by a paper; None for another person."""
    return row.asked_by or (row.person_id if row.person == ADULT else None)


def _children_of_guardian(session: Session, guardian_id: str) -> Sequence[str]:
    """Return the children for whom a guardian answers, or did."""
    mine = Guardianship.guardian_id == guardian_id
    return session.scalars(select(Guardianship.child_id).where(mine).distinct()).all()


def children_under_authority(session: Session, guardian_id: str, when: Instant) -> set[str]:
    """Return all ids of the children over whom a guardian has authority today."""
    mine = select(Guardianship.child_id).where(
        Guardianship.guardian_id == guardian_id, *authority_conditions(when.day)
    )
    return {
        file for child_id in session.scalars(mine) for file in all_ids_of_child(session, child_id)
    }


def is_file_guarded(session: Session, child_id: str, when: Instant) -> bool:
    """Say whether a home of the child is protected, or an adult barred, now or later."""
    files = all_ids_of_child(session, child_id)
    return any(protected_homes_of(session, files).values()) or any(
        _is_an_adult_barred(session, each, when) for each in files
    )


def is_anything_hidden_of_child(
    session: Session, guardian_id: str, child_id: str, when: Instant
) -> bool:
    """Say whether anything of a child is hidden from a guardian, now or later."""
    if not has_authority(session, guardian_id, child_id, when.day):
        return True
    shown = view_of_guardian(session, guardian_id, child_id).is_everything_shown
    return not shown or _is_an_adult_barred(session, child_id, when)


def _is_an_adult_barred(session: Session, child_id: str, when: Instant) -> bool:
    custody = section_content_of(session, child_id, CUSTODY)
    ended = last_day_of_rulings(custody)
    return bool(custody.get("barred")) and (ended is None or ended >= when.day)


CONTENT = "person_request"


def content_of_request(row: PersonRequest) -> dict[str, str]:
    """Return who asks, whom it concerns and what was written."""
    opened: dict[str, str] = vault.open(row.id, CONTENT, row.content)
    return opened


def acts_on_request(session: Session, request_id: str) -> list[contracts.ActOfAgent]:
    """Return what was done about a request, in order, with its texts and agents."""
    done = select(PersonRequestAct).where(PersonRequestAct.person_request_id == request_id)
    return [
        {
            "act": row.act,
            "at": row.at,
            "by": row.done_by,
            "until": row.until,
            "text": vault.open(request_id, sealed_place_of_request_act(row.number), row.content)
            if row.content
            else "",
        }
        for row in session.scalars(done.order_by(PersonRequestAct.number))
    ]


def sealed_place_of_request_act(number: int) -> str:
    return f"person_request_act.{number}"


def may_request_be_prolonged(row: PersonRequest, when: Instant) -> bool:
    """Say whether it may still be prolonged: once, and announced within the first month."""
    return row.more == 0 and row.closed_on is None and when.day <= row.due_on
