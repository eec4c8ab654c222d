"""
Applications: a family applies for a place, withdraws, answers an offer.

An application whose child's file is still on its way from the dossier waits `en_route`: it keeps
its place in the order of arrival, but no place is kept for it (decision 0012).
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session as Database

from services.enrolment.children.commands.child_file_locks import lock_files
from services.enrolment.models import Application
from services.enrolment.models.places import DESK, PORTAL
from services.enrolment.places.admission.queries.child_file import (
    children_with_file,
)
from services.enrolment.places.admission.rules import allocation_order
from services.enrolment.places.admission.rules.allowed_actions import OVER
from services.enrolment.places.applications.commands.first_decision import decide_new_application
from services.enrolment.places.applications.commands.new_application_refusals import (
    NewApplication,
    may_change_application,
    refuse_clash_of_hours,
    refuse_outside_window,
    refuse_person_without_home,
    refuse_second_application,
)
from services.enrolment.places.applications.queries.applicant_state import (
    state_of_undecided_applicant,
)
from services.enrolment.places.giving.commands.group_admission import (
    GroupAdmission,
    lock_group_admission,
    lock_group_admissions,
)
from shared.contracts.enrolment.places.family_acts import ApplyRequest, TooLate
from shared.contracts.enrolment.places.states import (
    ACCEPTED,
    DECIDING,
    EN_ROUTE,
    EXPIRED,
    OFFERED,
    WITHDRAWN,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.message import Caller
from shared.database import Write
from shared.database.prebuilt_statements import execute, list_parameter
from shared.runtime.ids import new_id

WHOLE = "whole"

_undecided = (
    Application.child_id.in_(list_parameter("child_ids")),
    Application.state.in_((EN_ROUTE, DECIDING)),
)
_GROUPS_UNDECIDED = select(Application.group_id).where(*_undecided).distinct()
_UNDECIDED = (
    select(Application)
    .where(*_undecided, Application.group_id == bindparam("group_id"))
    .order_by(Application.submitted_at, Application.id)
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True)
class Applied:
    """A stored application, with its rank where the list was just looked at; else None."""

    application: Application
    rank: int | None


def make_family_application(
    request: ApplyRequest, caller: Caller, submitted_at: datetime
) -> NewApplication:
    """
    Return a family's application from the portal, or from the front desk.

    Raises BadRequest for a request at the counter without the link that its portal opened first:
    its version proves that the family made it.
    """
    accompanied = bool(caller.actor)
    if accompanied and not request.link_version:
        raise BadRequest(errors={"link_version": ["missing"]})
    return NewApplication(
        channel=DESK if accompanied else PORTAL,
        accompanied=accompanied,
        child_id=request.child_id,
        group_id=request.group_id,
        subject=caller.subject,
        submitted_at=submitted_at,
        link_version=request.link_version,
        weekdays=request.weekdays,
        from_day=request.from_day,
        criteria=request.criteria,
        no_fixed_day=request.no_fixed_day,
    )


def apply_for_place(write: Write, new: NewApplication, now: datetime) -> Application:
    """Store an application as `apply_and_rank` does, and return it."""
    return apply_and_rank(write, new, now).application


def apply_and_rank(write: Write, new: NewApplication, now: datetime) -> Applied:
    """
    Store an application, and decide at once what can be decided.

    Raises NotFound, OfferClosed, AlreadyApplied, Clash, and NotEntitled for a person who is no
    guardian by the child's file.
    """
    lock_files(write, [new.child_id])
    with lock_group_admission(write, new.group_id, now) as admission:
        refuse_outside_window(admission, new)
        state = state_of_undecided_applicant(write, new.child_id, new.group_id, new.guardian, now)
        if state.is_in_group:
            refuse_second_application(admission, new.child_id, new.subject)
        if state.has_whole_places:
            refuse_clash_of_hours(admission, new)
        if state.has_file:
            refuse_person_without_home(new, state.homes)
        if not state.has_place_in_activity:
            admission.without_former_place.add(new.child_id)
        application = _new_application(admission, new)
        write.add(application)
        admission.changed_children.add(application.child_id)
        if state.has_file:
            decide_new_application(admission, application, state)
    return Applied(application, admission.rank_of_last)


def withdraw_application(
    write: Write, application_id: str, child_id: str, subject: str, now: datetime
) -> str:
    """Take an application back, or give its place up from tomorrow on; return its state."""
    with _lock_application_of_family(write, application_id, child_id, subject, now) as (
        admission,
        application,
    ):
        if application.state not in OVER:
            admission.withdraw(application)
    return application.state


def answer_offer(
    write: Write,
    application_id: str,
    child_id: str,
    subject: str,
    accept: bool,
    now: datetime,
    ordered_at: datetime | None = None,
) -> str:
    """
    Accept or decline an offer; return the application's state.

    Who answered in time (`ordered_at`) while the provider was down still gets a place, if there is
    one. Raises NotFound where nothing was offered, TooLate once the offer has ended.
    """
    with _lock_application_of_family(write, application_id, child_id, subject, now) as (
        admission,
        application,
    ):
        answered_at = ordered_at or now
        if application.state == EXPIRED and accept:
            _accept_expired_offer(admission, application, answered_at)
        elif application.state == OFFERED:
            _answer_open_offer(admission, application, accept, answered_at)
        elif application.state == EXPIRED:
            raise TooLate(**application.reason_detail)
        elif application.state != (ACCEPTED if accept else WITHDRAWN):
            raise NotFound
    return application.state


def decide_on_arrived_files(write: Write, child_ids: Collection[str], now: datetime) -> None:
    """
    Decide on applications that waited for the files of these children, in order of arrival.

    Those that are to be decided are judged anew: a part of the file may have come just now. Another
    instance may be storing an application: a lock orders them.
    """
    lock_files(write, child_ids)
    group_ids = _groups_undecided(write, children_with_file(write, child_ids))
    with lock_group_admissions(write, group_ids, now) as admissions:
        for group_id, admission in admissions.items():
            for application in _undecided_applications(write, group_id, child_ids):
                decide_new_application(admission, application)


def _new_application(admission: GroupAdmission, new: NewApplication) -> Application:
    known = [criterion["code"] for criterion in admission.activity.criteria]
    declared = [code for code in known if code in new.criteria]
    return Application(
        id=new_id(),
        child_id=new.child_id,
        group_id=admission.group.id,
        subject=new.subject,
        channel=new.channel,
        link_version=new.link_version,
        weekdays=_chosen_weekdays(admission, new),
        from_day=new.from_day,
        criteria=declared,
        points=allocation_order.points_of_request(declared, admission.activity.criteria),
        state=EN_ROUTE,
        reason="",
        reason_detail={},
        exception=new.exception,
        submitted_at=new.submitted_at,
    )


def _chosen_weekdays(admission: GroupAdmission, new: NewApplication) -> str:
    """Return the pattern of what is booked by the day: as asked, among the group's own days."""
    if admission.activity.booking == WHOLE or new.no_fixed_day:
        return ""
    chosen = {str(day) for day in new.weekdays} or set(admission.group.weekdays)
    days = "".join(day for day in admission.group.weekdays if day in chosen)
    if not days:
        raise BadRequest(errors={"weekdays": ["the group meets on none of these days"]})
    return days


def _accept_expired_offer(
    admission: GroupAdmission, application: Application, answered_at: datetime
) -> None:
    until = application.reason_detail.get("until")
    in_time = until is not None and answered_at <= datetime.fromisoformat(until)
    if not in_time or not admission.has_room_for(application):
        raise TooLate(**application.reason_detail)
    refuse_second_application(admission, application.child_id, application.subject)
    application.reason_detail = {}
    admission.accept(application)


def _answer_open_offer(
    admission: GroupAdmission, application: Application, accept: bool, answered_at: datetime
) -> None:
    until = application.answer_until
    if until is not None and answered_at > until:
        raise TooLate(until=until.isoformat())
    if accept:
        admission.accept(application)
    else:
        admission.withdraw(application)


@contextmanager
def _lock_application_of_family(
    write: Write, application_id: str, child_id: str, subject: str, now: datetime
) -> Iterator[tuple[GroupAdmission, Application]]:
    """Lock an application of the person's with its group; raises NotFound, NotEntitled."""
    known = write.get(Application, application_id)
    if (
        known is None
        or known.child_id != child_id
        or not may_change_application(write, known, subject)
    ):
        raise NotFound
    with lock_group_admission(write, known.group_id, now) as admission:
        write.refresh(known)
        yield admission, known


def _groups_undecided(read: Database, child_ids: Collection[str]) -> list[str]:
    if not child_ids:
        return []
    return sorted(set(execute(read, _GROUPS_UNDECIDED, child_ids=child_ids).scalars()))


def _undecided_applications(
    write: Write, group_id: str, child_ids: Collection[str]
) -> Sequence[Application]:
    with_file = list(children_with_file(write, child_ids))
    return write.scalars(_UNDECIDED, {"group_id": group_id, "child_ids": with_file}).all()
