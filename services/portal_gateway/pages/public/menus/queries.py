"""Menus of a week by site."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.models import PublishedMenu
from shared.contracts.enrolment.kitchen.menus import Dish
from shared.text import collation_key

WEEK = timedelta(days=6)


@dataclass(frozen=True)
class SiteWeek:
    """The menus of a site in a week, by day."""

    provider: str
    site: str
    days: Mapping[date, Sequence[Dish]]


def menus_of_week(read: Session, monday: date) -> list[SiteWeek]:
    """Return the menus of a week by site, sites by name."""
    query = select(PublishedMenu).where(PublishedMenu.day.between(monday, monday + WEEK))
    found: dict[tuple[str, str], dict[date, Sequence[Dish]]] = {}
    for row in read.scalars(query.order_by(PublishedMenu.day)):
        if dishes := json.loads(row.content):
            found.setdefault((row.provider, row.site), {})[row.day] = dishes
    weeks = [SiteWeek(provider, site, days) for (provider, site), days in found.items()]
    return sorted(weeks, key=lambda each: (*collation_key(each.site), each.provider))


def days_with_menus(read: Session, first: date) -> tuple[date | None, date | None]:
    """Return the first and the last day with a menu, from a day on."""
    query = select(PublishedMenu.day).where(PublishedMenu.day >= first)
    days = sorted(read.scalars(query.where(PublishedMenu.content != "[]").distinct()))
    return (days[0], days[-1]) if days else (None, None)
