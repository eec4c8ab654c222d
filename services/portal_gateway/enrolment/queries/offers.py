"""Offers that providers publish, filtered for a child and a day."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.models import Activity
from services.portal_gateway.session.queries.children import Child


@dataclass(frozen=True)
class Offer:
    """One activity with the groups that are still to come or running."""

    provider: str
    activity_id: str
    content: Mapping[str, Any]
    groups: tuple[Mapping[str, Any], ...]

    @property
    def opens_at(self) -> datetime:
        return datetime.fromisoformat(self.content["opens_at"])

    @property
    def closes_at(self) -> datetime | None:
        closes = self.content["closes_at"]
        return datetime.fromisoformat(closes) if closes else None

    def takes_applications(self, moment: datetime) -> bool:
        return self.opens_at <= moment and (self.closes_at is None or moment <= self.closes_at)

    def group(self, group_id: str) -> Mapping[str, Any] | None:
        return next((row for row in self.groups if row["group_id"] == group_id), None)


def offers(read: Session, day: date) -> list[Offer]:
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
    return {
        (provider, at): str(_parse_content(content or "")["code"]) for provider, at, content in rows
    }


def group_fits_child(group: Mapping[str, Any], child: Child) -> bool:
    """Say whether a group is for children born when this one was."""
    born = child.birth_date.isoformat()
    first, last = group["born_from"], group["born_to"]
    return (first is None or first <= born) and (last is None or born <= last)


def narrow_offers(offers: list[Offer], child: Child | None, weekday: int | None) -> list[Offer]:
    """Return the offers with a group for this child, on this day of the week."""
    kept = []
    for candidate in offers:
        groups = tuple(
            group
            for group in candidate.groups
            if (child is None or group_fits_child(group, child))
            and (weekday is None or weekday in group["weekdays"])
        )
        if groups:
            kept.append(Offer(candidate.provider, candidate.activity_id, candidate.content, groups))
    return kept


def _parse_offer(provider: str, activity_id: str, content: str, day: date) -> Offer:
    parsed = _parse_content(content)
    running = tuple(row for row in parsed["groups"] if row["last_day"] >= day.isoformat())
    return Offer(provider, activity_id, parsed, running)


@lru_cache(maxsize=512)
def _parse_content(content: str) -> Mapping[str, Any]:
    return dict(json.loads(content))
