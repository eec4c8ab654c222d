"""
Requests for a school: taken in from a family or at a counter, completed, taken back.

A request never waits for a paper (art. D131-3-1 code de l'éducation); it is noted how each of the
three was given. One whose child's file is still on its way waits for it (decision 0012).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from services.enrolment.children.commands.child_file_locks import lock_files
from services.enrolment.models import ChildCard, SchoolEnrolment, SchoolRequest, SchoolWaiver
from services.enrolment.models.places import DESK, PORTAL
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.places.admission.queries.child_file import (
    children_with_file,
    households_of_child,
)
from services.enrolment.school_year.enrolments.commands.catchment_waivers import (
    enter_waiver,
    take_back_waivers,
    waiver_from_wish,
)
from services.enrolment.school_year.enrolments.commands.publishing import (
    notify_family,
    publish_cards_and_reload_desk,
)
from services.enrolment.school_year.enrolments.queries.requests import (
    ADDRESSES,
    is_request_seen_by_guardian,
    require_request,
    undecided_requests_of_child,
    unsealed_addresses_of_request,
)
from shared.contracts.enrolment.school_year.enrolments import (
    ASKED,
    WITHDRAWN,
    AlreadyAsked,
    HomeAddress,
    PapersGiven,
    RequestSchoolRequest,
    WaiverWish,
)
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.contracts.message import Caller
from shared.database import Vault, Write
from shared.database.prebuilt_statements import execute, list_parameter
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id

MOST_ADDRESSES = 2
"""The most addresses of a child: one for each home of separated parents."""
KEPT_EN_ROUTE = timedelta(days=60)
"""Time after which a request goes whose child's file has never come."""
ERASED_AT_ONCE = 200

_ASKED_FROM_AFAR = select(SchoolRequest.id, SchoolRequest.child_id, SchoolRequest.subject).where(
    SchoolRequest.child_id.in_(list_parameter("child_ids")),
    SchoolRequest.state == ASKED,
    SchoolRequest.link_version > 0,
)


@dataclass(frozen=True, kw_only=True)
class NewSchoolRequest:
    """A request before it is stored; `subject` is the guardian or, at a counter, the agent."""

    child_id: str
    subject: str
    submitted_at: datetime
    school_year: str
    level: str
    address: HomeAddress
    papers: PapersGiven
    waiver: WaiverWish | None = None
    channel: str = DESK
    link_version: int = 0
    by_family: bool = False


def make_family_request(
    request: RequestSchoolRequest, caller: Caller, submitted_at: datetime
) -> NewSchoolRequest:
    """Return a family's request from the portal, or from the front desk where an agent is by."""
    return NewSchoolRequest(
        child_id=request.child_id,
        subject=caller.subject,
        submitted_at=submitted_at,
        school_year=request.school_year,
        level=request.level,
        address=request.address,
        papers=request.papers,
        waiver=request.waiver,
        channel=DESK if caller.actor else PORTAL,
        link_version=request.link_version,
        by_family=True,
    )


def ask_for_school(
    write: Write, vault: Vault, new: NewSchoolRequest, now: datetime
) -> SchoolRequest:
    """
    Store a request for a school.

    Raises AlreadyAsked while another one of the child's is not decided; the other home of a
    protected child learns of none, and the desk then has one of each (rule R9). Raises BadRequest
    for a school year that is neither this one nor the next, and NotEntitled for a family that has
    no such child.
    """
    this_year = school_year_of(now.astimezone(PARIS).date())
    if new.school_year not in (this_year, next_school_year(this_year)):
        raise BadRequest(errors={"school_year": ["neither this one nor the next"]})
    lock_files(write, [new.child_id])
    has_file = bool(children_with_file(write, [new.child_id]))
    if new.by_family and has_file and not _is_guardian(write, new.child_id, new.subject):
        raise NotEntitled
    asked = undecided_requests_of_child(write, new.child_id)
    if any(
        not new.by_family or is_request_seen_by_guardian(write, each, new.subject) for each in asked
    ):
        raise AlreadyAsked
    row_id = new_id()
    row = SchoolRequest(
        id=row_id,
        child_id=new.child_id,
        subject=new.subject,
        channel=new.channel,
        link_version=new.link_version,
        school_year=new.school_year,
        level=new.level,
        addresses=vault.seal(row_id, ADDRESSES, [dict(new.address)]),
        papers=dict(new.papers),
        state=ASKED,
        submitted_at=new.submitted_at,
    )
    write.add(row)
    write.flush()
    if new.waiver is not None:
        enter_waiver(write, vault, waiver_from_wish(row_id, new.waiver), by=new.subject, now=now)
    publish_cards_and_reload_desk(write, row.child_id, now)
    return row


def withdraw_request(
    write: Write, vault: Vault, child_id: str, request_id: str, subject: str | None, now: datetime
) -> SchoolRequest:
    """
    Take a request back with the waiver that waits, and destroy their keys; a decided one stays.

    `subject` is a guardian, None for the desk. Raises NotFound for another family's.
    """
    row = _lock_request(write, request_id)
    if row.child_id != child_id or not (subject is None or _may_withdraw(write, row, subject)):
        raise NotFound(request_id=request_id)
    if row.state == ASKED:
        take_back_waivers(write, vault, row.id, subject or row.subject, now)
        row.state = WITHDRAWN
        write.flush()
        vault.shred_keys(row.id)
        publish_cards_and_reload_desk(write, row.child_id, now)
    return row


def drop_requests_of_non_guardians(
    write: Write, vault: Vault, child_ids: Collection[str], now: datetime
) -> None:
    """Drop what was asked, before a child's file was here, by who is no guardian by that file."""
    asked = execute(write, _ASKED_FROM_AFAR, child_ids=child_ids).all()
    with_file = children_with_file(write, {row.child_id for row in asked}) if asked else ()
    for row in asked:
        if row.child_id in with_file and not _is_guardian(write, row.child_id, row.subject):
            withdraw_request(write, vault, row.child_id, row.id, None, now)


def note_ways_of_papers(write: Write, request_id: str, papers: PapersGiven, now: datetime) -> None:
    """Note how each of the three papers was given; the family reads it."""
    row = _lock_request(write, request_id)
    row.papers = dict(papers)
    write.flush()
    publish_cards_and_reload_desk(write, row.child_id, now)


def notify_of_papers_to_show(write: Write, request_id: str, now: datetime) -> None:
    """Notify the family, once a day at most, that a paper is still to be shown."""
    require_request(write, request_id)
    key = f"school_papers-{request_id}-{now.astimezone(PARIS).date().isoformat()}"
    notify_family(write, request_id, "school_papers", key, now)


def change_request(
    write: Write, vault: Vault, request_id: str, level: str, addresses: Sequence[HomeAddress]
) -> None:
    """Correct level and addresses of a request that is not decided; raises NotFound."""
    row = _lock_request(write, request_id)
    if row.state != ASKED or not 1 <= len(addresses) <= MOST_ADDRESSES:
        raise NotFound(request_id=request_id)
    row.level = level
    row.addresses = vault.seal(row.id, ADDRESSES, [dict(each) for each in addresses])
    write.flush()


def add_address(write: Write, vault: Vault, request_id: str, address: HomeAddress) -> None:
    """Add the address of the child's other home; raises NotFound where there are two already."""
    row = _lock_request(write, request_id)
    change_request(
        write, vault, request_id, row.level, [*unsealed_addresses_of_request(vault, row), address]
    )


def erase_requests_of_gone_children(write: Write, vault: Vault, now: datetime) -> int:
    """
    Erase requests, waivers and enrolments of children who are here no longer, with their keys.

    A request whose file never came goes after KEPT_EN_ROUTE. Return how many requests went.
    """
    cards = select(ChildCard.child_id)
    gone = select(SchoolRequest.id, SchoolRequest.child_id).where(
        SchoolRequest.child_id.not_in(cards),
        or_(SchoolRequest.state != ASKED, SchoolRequest.submitted_at < now - KEPT_EN_ROUTE),
    )
    rows = write.execute(gone.limit(ERASED_AT_ONCE)).all()
    children = {row.child_id for row in rows}
    enrolments = list(
        write.scalars(select(SchoolEnrolment.id).where(SchoolEnrolment.child_id.in_(children)))
    )
    waivers = list(
        write.scalars(select(SchoolWaiver.id).where(SchoolWaiver.child_id.in_(children)))
    )
    write.execute(delete(SchoolWaiver).where(SchoolWaiver.child_id.in_(children)))
    write.execute(delete(SchoolEnrolment).where(SchoolEnrolment.child_id.in_(children)))
    write.execute(delete(SchoolRequest).where(SchoolRequest.id.in_([row.id for row in rows])))
    vault.shred_keys(*enrolments, *waivers, *(row.id for row in rows))
    return len(rows)


def _lock_request(write: Write, request_id: str) -> SchoolRequest:
    require_request(write, request_id)
    return write.get_one(SchoolRequest, request_id, with_for_update=True)


def _may_withdraw(write: Write, request: SchoolRequest, subject: str) -> bool:
    """Return whether a guardian sees the request; until the child's file comes, who asked may."""
    if not children_with_file(write, [request.child_id]):
        return request.subject == subject
    is_guardian = _is_guardian(write, request.child_id, subject)
    return is_guardian and is_request_seen_by_guardian(write, request, subject)


def _is_guardian(write: Write, child_id: str, subject: str) -> bool:
    return bool(households_of_child(write, child_id, subject))
