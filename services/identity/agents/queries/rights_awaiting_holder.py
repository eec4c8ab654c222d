"""Offers of rights, as the office that made them and the person whom they are for read them."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from services.identity.accounts import queries
from services.identity.accounts.rules.dated_rights import Period, Right
from services.identity.models import Account, RightOffer
from shared.contracts.identity import rights_awaiting_holder as contracts
from shared.contracts.identity.accounts import DatedRight


def open_offer_by_digest(read: Session, digest: str, at: datetime) -> RightOffer | None:
    """Return the offer of this code, where it may still be accepted."""
    query = select(RightOffer).where(RightOffer.digest == digest, queries.open_offer_condition(at))
    return read.scalar(query)


def open_offers_to_person(read: Session, subject: str, at: datetime) -> Sequence[RightOffer]:
    """Return what offices offer to a person, by office."""
    query = select(RightOffer).where(
        RightOffer.subject == subject, queries.open_offer_condition(at)
    )
    return read.scalars(query.order_by(RightOffer.office).limit(contracts.MOST_OWN)).all()


def last_offer_to_person(read: Session, subject: str, office: str) -> RightOffer | None:
    """Return the last offer of an office to a person, whatever became of it."""
    query = select(RightOffer).where(RightOffer.subject == subject, RightOffer.office == office)
    return read.scalar(query.execution_options(populate_existing=True))


def has_undecided_offer(read: Session, subject: str, office: str, role: str) -> bool:
    """Say whether an office offers this role to a person who has not answered, in time or late."""
    offer = last_offer_to_person(read, subject, office)
    if offer is None or offer.decided_at is not None:
        return False
    return role in [offered.role for offered in rights_in_offer(offer)]


def page_of_unaccepted_offers(
    read: Session, office: str, after: str, at: datetime
) -> contracts.ListOffersAnswer:
    """Return some offers of an office that were not accepted, by id."""
    query = (
        select(RightOffer, Account.login)
        .join(Account)
        .where(RightOffer.office == office, RightOffer.id > after, _unaccepted_offer_condition())
        .order_by(RightOffer.id)
        .limit(contracts.OFFERS_AT_ONCE + 1)
    )
    rows = read.execute(query).all()
    page = rows[: contracts.OFFERS_AT_ONCE]
    return contracts.ListOffersAnswer(
        offers=[_offer_for_list(offer, login, at) for offer, login in page],
        next=page[-1][0].id if len(rows) > len(page) else "",
    )


def offer_as_its_person_reads(offer: RightOffer) -> contracts.OwnOffer:
    """Return an offer as the person whom it is for reads it: no name, no login."""
    return contracts.OwnOffer(
        office=offer.office, rights=offered_rights_as_published(offer), expires_at=offer.expires_at
    )


def offered_rights_as_published(offer: RightOffer) -> list[DatedRight]:
    """Return the rights of an offer as they travel."""
    return [
        DatedRight(
            role=right.role,
            place=right.place,
            valid_from=right.period.first,
            valid_to=right.period.last,
        )
        for right in rights_in_offer(offer)
    ]


def rights_in_offer(offer: RightOffer) -> list[Right]:
    """Return the rights of an offer."""
    return [
        Right(
            str(right["role"]),
            Period(_parse_day(right["valid_from"]) or date.min, _parse_day(right["valid_to"])),
            str(right["place"]),
        )
        for right in offer.rights
    ]


def _offer_for_list(offer: RightOffer, login: str, at: datetime) -> contracts.ListedOffer:
    state = contracts.DECLINED
    if offer.outcome is None:
        state = contracts.WAITING if offer.expires_at > at else contracts.EXPIRED
    return contracts.ListedOffer(
        offer=offer.id,
        login=login,
        name=offer.name,
        rights=offered_rights_as_published(offer),
        state=state,
        at=offer.decided_at or offer.expires_at,
    )


def _unaccepted_offer_condition() -> ColumnElement[bool]:
    return or_(RightOffer.outcome.is_(None), RightOffer.outcome == contracts.DECLINED)


def _parse_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
