"""Requests for a school: what is to be decided, with the addresses that were given."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.enrolment.families.queries.guardians import households_of_guardian
from services.enrolment.families.queries.shielding import hidden_homes
from services.enrolment.models import ChildCard, RecordHold, SchoolRequest
from services.enrolment.school_year.schools.queries.catchment import school_of_typed_address
from services.enrolment.school_year.schools.rules.catchment import Answer
from shared.contracts.enrolment.school_year.enrolments import ASKED, HomeAddress
from shared.contracts.errors import NotFound
from shared.database import Vault
from shared.text import folded

ADDRESSES = "school_request.addresses"
"""Place in the vault to which a request's addresses are bound, under its own key."""
MOST_REQUESTS = 500
"""The most requests on one page of the desk, the oldest first."""


@dataclass(frozen=True)
class AddressAnswer:
    """An address of a request, and the school that follows from it, or why none does."""

    address: HomeAddress
    answer: Answer


def require_request(read: Session, request_id: str) -> SchoolRequest:
    """Return a request; raises NotFound, for a child under a record hold too."""
    row = read.get(SchoolRequest, request_id)
    if row is None or _is_file_held(read, row.child_id):
        raise NotFound(request_id=request_id)
    return row


def require_undecided_request(read: Session, request_id: str) -> SchoolRequest:
    """Return a request that is not decided; raises NotFound."""
    row = require_request(read, request_id)
    if row.state != ASKED:
        raise NotFound(request_id=request_id)
    return row


def homonyms_of_child(read: Session, child_id: str) -> Sequence[ChildCard]:
    """Return the other children here of the same name, born on the same day."""
    card = read.get_one(ChildCard, child_id)
    born = select(ChildCard).where(
        ChildCard.birth_date == card.birth_date, ChildCard.child_id != child_id
    )
    name = folded(f"{card.first_name} {card.last_name}")
    return [
        each for each in read.scalars(born) if folded(f"{each.first_name} {each.last_name}") == name
    ]


def undecided_requests(read: Session) -> Sequence[SchoolRequest]:
    """Return the requests to be decided whose child is here, in order of arrival."""
    held = select(RecordHold.child_id).where(RecordHold.held.is_(True))
    query = (
        select(SchoolRequest)
        .join(ChildCard, ChildCard.child_id == SchoolRequest.child_id)
        .where(SchoolRequest.state == ASKED, SchoolRequest.child_id.not_in(held))
        .order_by(SchoolRequest.submitted_at, SchoolRequest.id)
        .limit(MOST_REQUESTS)
    )
    return read.scalars(query).all()


def count_requests_waiting_for_file(read: Session) -> int:
    """Return how many requests wait for their child's file."""
    cards = select(ChildCard.child_id)
    query = (
        select(func.count())
        .select_from(SchoolRequest)
        .where(SchoolRequest.state == ASKED, SchoolRequest.child_id.not_in(cards))
    )
    return read.scalar(query) or 0


def is_request_seen_by_guardian(read: Session, request: SchoolRequest, subject: str) -> bool:
    """Return whether a guardian asked, or sees who asked: no home of the child's is protected."""
    homes = households_of_guardian(read, subject, request.child_id)
    hidden = hidden_homes(read, [request.child_id], homes).get(request.child_id)
    return request.subject == subject or (bool(homes) and not hidden)


def undecided_requests_of_child(read: Session, child_id: str) -> list[SchoolRequest]:
    """Return a child's requests that are not decided: one, or one of each home under rule R9."""
    query = select(SchoolRequest).where(
        SchoolRequest.child_id == child_id, SchoolRequest.state == ASKED
    )
    return list(read.scalars(query.order_by(SchoolRequest.submitted_at, SchoolRequest.id)))


def unsealed_addresses_of_request(vault: Vault, row: SchoolRequest) -> list[HomeAddress]:
    """Return the addresses of a request: one, or one for each home of the child."""
    return cast(list[HomeAddress], vault.open(row.id, ADDRESSES, row.addresses))


def answers_by_address(read: Session, vault: Vault, row: SchoolRequest) -> list[AddressAnswer]:
    """Return for each address of a request the school that follows from it, or why none does."""
    return [
        AddressAnswer(
            address,
            school_of_typed_address(read, address["street"], address["insee"], row.level),
        )
        for address in unsealed_addresses_of_request(vault, row)
    ]


def _is_file_held(read: Session, child_id: str) -> bool:
    hold = read.get(RecordHold, child_id)
    return hold is not None and hold.held
