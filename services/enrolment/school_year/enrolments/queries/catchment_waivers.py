"""Waivers of the area: those that wait, in the order of the commission, and those decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.enrolment.models import RecordHold, SchoolWaiver, WaiverMotives
from services.enrolment.school_year.enrolments.rules.catchment_waivers import (
    Listed,
    in_commission_order,
)
from shared.contracts.enrolment.school_year.enrolments import GRANTED, REFUSED, WAITING, WITHDRAWN
from shared.contracts.errors import NotFound
from shared.database import Vault

CONTENT = "school_waiver.content"
"""Place in the vault to which a waiver's words are bound, under its own key."""
MOST_WAIVERS = 500
ONLY = 1
"""Key of the one row of motives."""


class RefusalContent(TypedDict):
    """Content of a refusal's letter, as it was on the day of the decision."""

    first_name: str
    last_name: str
    birth_date: str
    address: str
    controller: str
    quality: str
    delegation: str
    signer: str
    place: str
    deliberation: str
    appeal_address: str
    court: str


class WaiverContent(TypedDict):
    """`school` is the one that is asked for, `motives` codes; `letter` is null before a refusal."""

    school: str
    motives: list[str]
    letter: RefusalContent | None


@dataclass(frozen=True)
class Motive:
    """A motive of the deliberation, with its points in the order of the commission."""

    code: str
    label: str
    points: int


def motives_of_deliberation(read: Session) -> list[Motive]:
    """Return the motives of the deliberation, those of most points first."""
    row = read.get(WaiverMotives, ONLY)
    motives = [Motive(**each) for each in (row.motives if row is not None else ())]
    return sorted(motives, key=lambda each: (-each.points, each.label))


def points_by_motive(read: Session) -> Mapping[str, int]:
    """Return the points of each motive of the deliberation."""
    return {row.code: row.points for row in motives_of_deliberation(read)}


def require_waiver(read: Session, waiver_id: str) -> SchoolWaiver:
    """Return a waiver; raises NotFound of one withdrawn, and for a child under a record hold."""
    row = read.get(SchoolWaiver, waiver_id)
    hold = read.get(RecordHold, row.child_id) if row is not None else None
    if row is None or row.state == WITHDRAWN or (hold is not None and hold.held):
        raise NotFound(waiver_id=waiver_id)
    return row


def waiting_waivers_in_order(read: Session, seed: str) -> list[SchoolWaiver]:
    """Return the waivers that wait, in the order of the commission with this seed."""
    rows = {
        row.id: row
        for row in read.scalars(_select_waivers_not_held().where(SchoolWaiver.state == WAITING))
    }
    listed = in_commission_order((Listed(row.id, row.points) for row in rows.values()), seed)
    return [rows[each.waiver_id] for each in listed]


def decided_waivers(read: Session) -> Sequence[SchoolWaiver]:
    """Return the waivers that are decided, the latest first."""
    decided = _select_waivers_not_held().where(SchoolWaiver.state.in_((GRANTED, REFUSED)))
    return read.scalars(decided.order_by(SchoolWaiver.decided_at.desc(), SchoolWaiver.id)).all()


def waivers_of_request(read: Session, request_id: str) -> Sequence[SchoolWaiver]:
    """Return the waivers of a request that were not withdrawn, the latest first."""
    query = select(SchoolWaiver).where(
        SchoolWaiver.request_id == request_id, SchoolWaiver.state != WITHDRAWN
    )
    return read.scalars(query.order_by(SchoolWaiver.entered_at.desc(), SchoolWaiver.id)).all()


def schools_granted_by_waiver(read: Session, request_id: str) -> frozenset[str]:
    """Return the schools of the town for which a request has a waiver."""
    rows = waivers_of_request(read, request_id)
    return frozenset(row.school_id for row in rows if row.state == GRANTED and row.school_id)


def waiver_content(vault: Vault, row: SchoolWaiver) -> WaiverContent:
    """Return what is sealed of a waiver."""
    return cast(WaiverContent, vault.open(row.id, CONTENT, row.content))


def _select_waivers_not_held() -> Select[SchoolWaiver]:
    held = select(RecordHold.child_id).where(RecordHold.held.is_(True))
    return select(SchoolWaiver).where(SchoolWaiver.child_id.not_in(held)).limit(MOST_WAIVERS)
