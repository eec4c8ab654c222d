"""Enrolments: the active one of a child, those of a school year, what a household sees."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict, cast

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from services.enrolment.models import (
    ChildGuardian,
    RecordHold,
    School,
    SchoolEnrolment,
    SchoolRequest,
    SchoolSignature,
    SchoolWaiver,
)
from shared.contracts.enrolment.school_year.enrolments import (
    ASKED,
    WITHDRAWN,
    CardSchoolEnrolment,
    CardSchoolRequest,
    CardSchoolWaiver,
    PapersGiven,
)
from shared.contracts.errors import NotFound
from shared.database import Vault
from shared.database.prebuilt_statements import execute, list_parameter

CONTENT = "school_enrolment.content"
"""Place in the vault to which a certificate's words are bound, under the enrolment's key."""
MOST_ENROLMENTS = 1_000

_children = list_parameter("child_ids")
_ANY_LINE = union_all(
    *(
        select(table.child_id).where(table.child_id.in_(_children))
        for table in (SchoolRequest, SchoolEnrolment, SchoolWaiver)
    )
).limit(1)


class CertificateContent(TypedDict):
    """
    Content of a certificate, as it was on the day of the decision; dates are ISO.

    `basis_address` is of the act alone: the certificate does not say where a child lives.
    """

    first_name: str
    last_name: str
    birth_date: str
    school: str
    uai: str
    school_street: str
    school_commune: str
    controller: str
    acts_as: str
    quality: str
    signer: str
    delegation: str
    place: str
    deliberation: str
    basis_address: str


def certificate_signature(read: Session) -> SchoolSignature | None:
    """Return who signs; None where nobody has said it yet."""
    return read.get(SchoolSignature, 1)


def require_enrolment(read: Session, enrolment_id: str) -> SchoolEnrolment:
    """Return an enrolment; raises NotFound, for a child under a record hold too."""
    row = read.get(SchoolEnrolment, enrolment_id)
    hold = read.get(RecordHold, row.child_id) if row is not None else None
    if row is None or (hold is not None and hold.held):
        raise NotFound(enrolment_id=enrolment_id)
    return row


def active_enrolment(read: Session, child_id: str) -> SchoolEnrolment | None:
    """Return the enrolment of a child whose certificate is valid."""
    query = select(SchoolEnrolment).where(
        SchoolEnrolment.child_id == child_id, SchoolEnrolment.withdrawn_at.is_(None)
    )
    return read.scalars(query).first()


def enrolments_of_child(read: Session, child_id: str) -> Sequence[SchoolEnrolment]:
    """Return the enrolments of a child, the latest first."""
    query = select(SchoolEnrolment).where(SchoolEnrolment.child_id == child_id)
    return read.scalars(query.order_by(SchoolEnrolment.decided_at.desc())).all()


def enrolments_of_year(
    read: Session, school_year: str, school_ids: Collection[str] | None
) -> Sequence[SchoolEnrolment]:
    """Return the enrolments of a school year (in these schools), the latest first."""
    held = select(RecordHold.child_id).where(RecordHold.held.is_(True))
    query = select(SchoolEnrolment).where(
        SchoolEnrolment.school_year == school_year, SchoolEnrolment.child_id.not_in(held)
    )
    if school_ids is not None:
        query = query.where(SchoolEnrolment.school_id.in_(school_ids))
    latest = query.order_by(
        SchoolEnrolment.act_year.desc(), SchoolEnrolment.act_number.desc()
    ).limit(MOST_ENROLMENTS)
    return read.scalars(latest).all()


def years_of_enrolments(read: Session) -> list[str]:
    """Return the school years with enrolments, the latest first."""
    return sorted(read.scalars(select(SchoolEnrolment.school_year).distinct()), reverse=True)


def last_act_number_of_year(read: Session, year: int) -> int:
    """Return the number of the last act of a calendar year, 0 before the first."""
    numbers = select(func.max(SchoolEnrolment.act_number)).where(SchoolEnrolment.act_year == year)
    return read.scalar(numbers) or 0


def unsealed_certificate_content(vault: Vault, row: SchoolEnrolment) -> CertificateContent:
    """Return what an enrolment's certificate says."""
    return cast(CertificateContent, vault.open(row.id, CONTENT, row.content))


@dataclass(frozen=True)
class SchoolLines:
    """Requests and enrolments of some children, as their households see them."""

    requests: Mapping[str, Sequence[tuple[SchoolRequest, frozenset[str]]]]
    enrolments: Mapping[str, Sequence[tuple[SchoolEnrolment, str]]]
    waivers: Mapping[str, Sequence[tuple[SchoolWaiver, str, frozenset[str]]]]

    def requests_shown_to_household(
        self, child_id: str, household_id: str, hidden: Collection[str]
    ) -> list[CardSchoolRequest]:
        """Return the requests that a household made; one of an agent's, if no home is hidden."""
        return [
            {
                "request_id": row.id,
                "school_year": row.school_year,
                "level": row.level,
                "submitted_at": row.submitted_at,
                "papers": cast(PapersGiven, row.papers),
            }
            for row, households in self.requests.get(child_id, ())
            if household_id in households or (not households and not hidden)
        ]

    def enrolments_shown_to_household(
        self, child_id: str, hidden: Collection[str]
    ) -> list[CardSchoolEnrolment]:
        """Return the enrolments of a child: none where another home is protected (rule R9)."""
        if hidden:
            return []
        return [
            {
                "enrolment_id": row.id,
                "number": row.number,
                "school": school,
                "level": row.level,
                "holds_from": row.holds_from,
                "withdrawn_at": row.withdrawn_at,
                "admitted_on": row.admitted_on,
            }
            for row, school in self.enrolments.get(child_id, ())
        ]

    def waivers_shown_to_household(
        self, child_id: str, household_id: str, hidden: Collection[str]
    ) -> list[CardSchoolWaiver]:
        """Return the waivers of a child: its own alone, where another home is protected (R9)."""
        return [
            {
                "waiver_id": row.id,
                "request_id": row.request_id,
                "school": school,
                "proof": row.proof,
                "state": row.state,
                "entered_at": row.entered_at,
                "decided_at": row.decided_at,
            }
            for row, school, households in self.waivers.get(child_id, ())
            if household_id in households or not hidden
        ]


def make_school_lines(read: Session, child_ids: Collection[str]) -> SchoolLines:
    """Return what households see of these children, in a fixed number of statements."""
    if not child_ids or execute(read, _ANY_LINE, child_ids=child_ids).first() is None:
        return SchoolLines({}, {}, {})
    homes: dict[tuple[str, str], set[str]] = defaultdict(set)
    guardians = select(ChildGuardian).where(ChildGuardian.child_id.in_(child_ids))
    for guardian in read.scalars(guardians):
        homes[guardian.child_id, guardian.subject].add(guardian.household_id)
    requests: dict[str, list[tuple[SchoolRequest, frozenset[str]]]] = defaultdict(list)
    asked = select(SchoolRequest).where(
        SchoolRequest.child_id.in_(child_ids), SchoolRequest.state == ASKED
    )
    for row in read.scalars(asked.order_by(SchoolRequest.submitted_at, SchoolRequest.id)):
        homes_of_asker = frozenset(homes.get((row.child_id, row.subject), ()))
        requests[row.child_id].append((row, homes_of_asker))
    enrolments: dict[str, list[tuple[SchoolEnrolment, str]]] = defaultdict(list)
    decided = (
        select(SchoolEnrolment, School.name)
        .join(School, School.id == SchoolEnrolment.school_id)
        .where(SchoolEnrolment.child_id.in_(child_ids))
        .order_by(SchoolEnrolment.decided_at.desc(), SchoolEnrolment.id)
    )
    for enrolment, school in read.execute(decided):
        enrolments[enrolment.child_id].append((enrolment, school))
    return SchoolLines(requests, enrolments, _waivers_of_children(read, child_ids, homes))


def _waivers_of_children(
    read: Session, child_ids: Collection[str], homes: Mapping[tuple[str, str], set[str]]
) -> Mapping[str, list[tuple[SchoolWaiver, str, frozenset[str]]]]:
    """Return the waivers of each child with their school and the households of who asked."""
    waivers: dict[str, list[tuple[SchoolWaiver, str, frozenset[str]]]] = defaultdict(list)
    entered = (
        select(SchoolWaiver, School.name, SchoolRequest.subject)
        .join(SchoolRequest, SchoolRequest.id == SchoolWaiver.request_id)
        .outerjoin(School, School.id == SchoolWaiver.school_id)
        .where(SchoolWaiver.child_id.in_(child_ids), SchoolWaiver.state != WITHDRAWN)
        .order_by(SchoolWaiver.entered_at.desc(), SchoolWaiver.id)
    )
    for waiver, name, subject in read.execute(entered):
        askers = frozenset(homes.get((waiver.child_id, subject), ()))
        waivers[waiver.child_id].append((waiver, name or "", askers))
    return waivers


def usual_first_day_of_enrolment(school_year: str, today: date) -> date:
    """Return from when an enrolment of a school year usually holds: its first day, or today."""
    return max(date(int(school_year[:4]), 9, 1), today)
