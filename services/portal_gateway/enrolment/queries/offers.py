"""Offers that providers publish, with the groups that are still to come or running."""

import json
from datetime import date
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.enrolment.rules.joinable_offers import Offer
from services.portal_gateway.enrolment.rules.stored_offers import StoredOffer
from services.portal_gateway.models import Activity


def offers_from_day(read: Session, day: date) -> list[Offer]:
    """Return everything on offer from a day on, by provider and name."""
    columns = select(Activity.provider, Activity.activity_id, Activity.content)
    rows = read.execute(columns.where(Activity.content.is_not(None)).order_by(Activity.provider))
    all_offers = [
        _parse_offer(provider, activity_id, content or "", day)
        for provider, activity_id, content in rows
    ]
    return sorted(
        (offer for offer in all_offers if offer.groups),
        key=lambda offer: (offer.provider, offer.content["label"]),
    )


def find_offer(read: Session, provider: str, activity_id: str, day: date) -> Offer | None:
    """Return one activity as it is offered; None where it is not, or no longer."""
    row = read.get(Activity, (provider, activity_id))
    if row is None or row.content is None:
        return None
    current = _parse_offer(provider, activity_id, row.content, day)
    return current if current.groups else None


def activity_codes(read: Session) -> dict[tuple[str, str], str]:
    """Return the code of each activity on offer, by provider and id: tariffs name it."""
    columns = select(Activity.provider, Activity.activity_id, Activity.content)
    rows = read.execute(columns.where(Activity.content.is_not(None)))
    return {(provider, at): _parse_content(content or "")["code"] for provider, at, content in rows}


def _parse_offer(provider: str, activity_id: str, content: str, day: date) -> Offer:
    parsed = _parse_content(content)
    running = tuple(row for row in parsed["groups"] if row["last_day"] >= day.isoformat())
    return Offer(provider, activity_id, parsed, running)


@lru_cache(maxsize=512)
def _parse_content(content: str) -> StoredOffer:
    offer: StoredOffer = json.loads(content)
    return offer
