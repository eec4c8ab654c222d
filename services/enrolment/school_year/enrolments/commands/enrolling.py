"""
The mayor's decision: a child goes to a school from a day on, by a dated act with its certificate.

It becomes the section `schooling` of the dossier as every school does
(`schools/commands/pupil_moves`). Of a child one certificate is valid: a new decision withdraws the
one before.
"""

from dataclasses import dataclass
from datetime import date, datetime

from services.enrolment.models import PupilMoves, School, SchoolEnrolment, SchoolRequest
from services.enrolment.models.school_year.enrolments import REPLACED
from services.enrolment.models.school_year.schools import DONE, SENDING
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.enrolments.commands.publishing import notify_family
from services.enrolment.school_year.enrolments.queries.enrolments import (
    CONTENT,
    CertificateContent,
    active_enrolment,
    certificate_signature,
    last_act_number_of_year,
    require_enrolment,
)
from services.enrolment.school_year.enrolments.queries.places_by_level import (
    expected_school_by_child,
    rooms_by_level,
)
from services.enrolment.school_year.enrolments.queries.requests import require_request
from services.enrolment.school_year.enrolments.rules.obstacles_to_enrolling import (
    Wish,
    obstacles_to_enrolling,
)
from services.enrolment.school_year.schools.commands import sending_pupil_moves
from services.enrolment.school_year.schools.commands.moving_up import (
    decide_move_of_one_child,
    make_corrected_move,
)
from services.enrolment.school_year.schools.queries.pupils import PupilCard, pupil_cards_by_child
from services.enrolment.school_year.schools.queries.schools import require_school
from shared.contracts.enrolment.school_year.enrolments import ASKED, ENROLLED
from shared.contracts.errors import NotFound, Refusal
from shared.database import Vault, Write
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id


class NotPossible(Refusal):
    """The decision cannot be made so; `detail["reasons"]` are codes of `rules/decision.py`."""

    code = "not_possible"


class DecidedAlready(Refusal):
    """The request was decided, or taken back."""

    code = "decided_already"


class NoSignature(Refusal):
    """The signer of certificates is not written yet."""

    code = "no_signature"


class WithdrawnAlready(Refusal):
    """The certificate is no longer valid."""

    code = "withdrawn_already"


class NotThatDay(Refusal):
    """The school cannot admit the child on that day: it is to come, or before the enrolment."""

    code = "not_that_day"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """
    An agent's decision on a request; `controller` is who answers for it, as the register says.

    `level` may be another one than asked for; `basis_address` is that of one of the child's homes.
    `over_places`: all the same, where it is full.
    """

    request_id: str
    school_id: str
    level: str
    holds_from: date
    basis: str
    class_name: str = ""
    over_places: bool = False
    controller: str = ""
    basis_address: str = ""


def enrol_child_at_school(
    write: Write, vault: Vault, decision: Decision, *, by: str, now: datetime
) -> SchoolEnrolment:
    """
    Enrol a child, and return the act; the dossier is asked for it within seconds.

    Raises DecidedAlready, NoSignature, NotPossible, and NotFound for a child who is not here.
    """
    write.lock_names("school_enrolments")
    request = _lock_asked_request(write, decision.request_id)
    school = require_school(write, decision.school_id)
    card = pupil_cards_by_child(write, vault, [request.child_id]).get(request.child_id)
    if card is None:
        raise NotFound(request_id=decision.request_id)
    former = active_enrolment(write, request.child_id)
    _refuse_impossible(write, vault, decision, school, card, former, now)
    content = _certificate_content(write, card, school, decision)
    row = _new_enrolment(write, vault, request, decision, content, by=by, now=now)
    if former is not None:
        _note_withdrawal(former, REPLACED, by, now)
        if now.astimezone(PARIS).date() < former.holds_from > decision.holds_from:
            _undo_schooling_decision(
                write, former, by, now
            )  # or it would come true on its later day
        write.flush()  # before the one that takes its place: of a child one is valid
    write.add(row)
    request.state = ENROLLED
    write.flush()
    if former is not None:
        former.replaced_by = row.id
    _publish_and_notify(write, row, school, "school_decided", now)
    return row


def withdraw_certificate(
    write: Write, enrolment_id: str, why: str, *, by: str, now: datetime
) -> SchoolEnrolment:
    """
    Withdraw a certificate: a dated act of its own. The dossier goes back to what stood before.

    Raises WithdrawnAlready. The request stays decided: who wants another school asks again.
    """
    require_enrolment(write, enrolment_id)
    row = write.get_one(SchoolEnrolment, enrolment_id, with_for_update=True)
    if row.withdrawn_at is not None:
        raise WithdrawnAlready
    _note_withdrawal(row, why, by, now)
    _undo_schooling_decision(write, row, by, now)
    _publish_and_notify(write, row, require_school(write, row.school_id), "school_withdrawn", now)
    return row


def note_admission(
    write: Write, enrolment_id: str, day: date, *, by: str, now: datetime
) -> SchoolEnrolment:
    """
    Note that the school admitted the child, on a day; noted again, the later word counts.

    Raises WithdrawnAlready, and NotThatDay for a day before the enrolment or to come.
    """
    row = require_enrolment(write, enrolment_id)
    if row.withdrawn_at is not None:
        raise WithdrawnAlready
    if not row.holds_from <= day <= now.astimezone(PARIS).date():
        raise NotThatDay
    row.admitted_on, row.admitted_by = day, by
    notify_family(write, row.request_id, "school_admitted", f"school_admitted-{row.id}", now, {})
    return row


def _lock_asked_request(write: Write, request_id: str) -> SchoolRequest:
    require_request(write, request_id)
    row = write.get_one(SchoolRequest, request_id, with_for_update=True)
    if row.state != ASKED:
        raise DecidedAlready
    return row


def _refuse_impossible(
    write: Write,
    vault: Vault,
    decision: Decision,
    school: School,
    card: PupilCard,
    former: SchoolEnrolment | None,
    now: datetime,
) -> None:
    year = school_year_of(decision.holds_from)
    rooms = rooms_by_level(
        write, expected_school_by_child(write, vault, year), school.id, year, card.child_id
    )
    wish = Wish(
        birth_date=card.birth_date,
        school_levels=school.levels.split(),
        level=decision.level,
        holds_from=decision.holds_from,
        school_year=year,
        room=rooms.get(decision.level),
        is_enrolled=former is not None
        and (former.school_id, former.level, former.school_year)
        == (school.id, decision.level, year),
        over_places=decision.over_places,
    )
    reasons = obstacles_to_enrolling(wish, now.astimezone(PARIS).date())
    if reasons:
        raise NotPossible(reasons=reasons)


def _certificate_content(
    write: Write, card: PupilCard, school: School, decision: Decision
) -> CertificateContent:
    signed = certificate_signature(write)
    if signed is None:
        raise NoSignature
    return CertificateContent(
        first_name=card.first_name,
        last_name=card.last_name,
        birth_date=card.birth_date.isoformat(),
        school=school.name,
        uai=school.uai or "",
        school_street=school.street,
        school_commune=" ".join(part for part in (school.postcode, school.commune) if part),
        controller=decision.controller,
        acts_as=signed.acts_as,
        quality=signed.quality,
        signer=signed.signer,
        delegation=signed.delegation,
        place=signed.place,
        deliberation=signed.deliberation,
        basis_address=decision.basis_address,
    )


def _new_enrolment(
    write: Write,
    vault: Vault,
    request: SchoolRequest,
    decision: Decision,
    content: CertificateContent,
    *,
    by: str,
    now: datetime,
) -> SchoolEnrolment:
    move = make_corrected_move(decision.school_id, decision.level, decision.class_name)
    batch = decide_move_of_one_child(
        write, request.child_id, move, decision.holds_from, by=by, now=now
    )
    year = now.astimezone(PARIS).year
    row_id = new_id()
    return SchoolEnrolment(
        id=row_id,
        act_year=year,
        act_number=last_act_number_of_year(write, year) + 1,
        child_id=request.child_id,
        request_id=request.id,
        school_id=decision.school_id,
        school_year=batch.school_year,
        level=decision.level,
        holds_from=decision.holds_from,
        basis=decision.basis,
        moves_id=batch.id,
        content=vault.seal(row_id, CONTENT, content),
        decided_by=by,
        decided_at=now,
        withdrawn_for="",
    )


def _note_withdrawal(row: SchoolEnrolment, why: str, by: str, now: datetime) -> None:
    row.withdrawn_for, row.withdrawn_by, row.withdrawn_at = why, by, now


def _undo_schooling_decision(write: Write, row: SchoolEnrolment, by: str, now: datetime) -> None:
    """Let the dossier go back to what stood before, unless a person had that done already."""
    if write.get_one(PupilMoves, row.moves_id).state in (SENDING, DONE):
        sending_pupil_moves.undo_batch_of_moves(
            write, row.moves_id, by=by, today=now.astimezone(PARIS).date()
        )


def _publish_and_notify(
    write: Write, row: SchoolEnrolment, school: School, kind: str, now: datetime
) -> None:
    detail = {"activity": f"{school.name}, {row.level}", "days": [row.holds_from.isoformat()]}
    notify_family(write, row.request_id, kind, f"{kind}-{row.id}", now, detail)
