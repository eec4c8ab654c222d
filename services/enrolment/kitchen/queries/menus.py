"""Menus by day and site, and the sites that have meals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.kitchen.rules.kitchens import LUNCH
from services.enrolment.models import Activity, Group, Menu, School, Session
from services.enrolment.models.offer import GROUP_SITE, PLANNED
from shared.contracts.enrolment.kitchen.menus import Dish
from shared.dates.clock import PARIS
from shared.text import collation_key

Menus = Mapping[tuple[date, str], Sequence[Dish]]


@dataclass(frozen=True)
class Restaurant:
    """A school in which meals are served: its UAI and commune, and its levels."""

    uai: str
    insee: str
    levels: Sequence[str]


def dishes_by_day_and_site(read: Database, first: date, last: date) -> Menus:
    """Return the dishes by day and site; a menu that was taken back is none."""
    query = select(Menu).where(Menu.day.between(first, last)).order_by(Menu.day, Menu.site)
    return {(row.day, row.site): row.dishes for row in read.scalars(query) if row.dishes}


def menu_row_of_day_at_site(read: Database, day: date, site: str) -> Menu | None:
    """Return the row of a day at a site."""
    return read.scalars(select(Menu).filter_by(day=day, site=site)).one_or_none()


def restaurants_by_school_name(read: Database) -> dict[str, Restaurant]:
    """Return by name the schools that the provider keeps; a site may be none of them."""
    query = select(School.name, School.uai, School.insee, School.levels)
    return {
        name: Restaurant(uai or "", insee, levels.split())
        for name, uai, insee, levels in read.execute(query)
    }


def next_day_with_meals(read: Database, codes: Collection[str], after: date) -> date:
    """Return the next day on which a meal is planned; the very next one where none is."""
    query = (
        select(Session.day)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Session.day > after, Session.state == PLANNED, Activity.code.in_(codes))
        .order_by(Session.day)
        .limit(1)
    )
    return read.scalar(query) or after + timedelta(days=1)


def days_of_next_meals(read: Database, codes: Collection[str], moment: datetime) -> list[date]:
    """Return today, where a meal is still to begin, and the next day on which one is planned."""
    day = moment.astimezone(PARIS).date()
    begins = (
        select(Session.id)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Session.day == day, meal_to_begin_condition(day, moment))
        .where(Session.state == PLANNED, Activity.code.in_(codes))
    )
    today = [day] if read.scalar(select(begins.exists())) else []
    return [*today, next_day_with_meals(read, codes, day)]


def meal_to_begin_condition(day: date, moment: datetime) -> ColumnElement[bool]:
    """Return the condition that the meal of a session of a day is still to begin."""
    lunch = datetime.combine(day, LUNCH, PARIS)
    is_to_begin = Session.starts_at > moment
    if moment >= lunch:
        return is_to_begin
    return or_(is_to_begin, and_(Session.starts_at < lunch, Session.ends_at > lunch))


def menus_of_day_by_site(read: Database, day: date) -> dict[str, Menu]:
    """Return by site the row of its menu of a day."""
    return {row.site: row for row in read.scalars(select(Menu).where(Menu.day == day))}


def sites_with_meals(read: Database, codes: Collection[str], first: date, last: date) -> list[str]:
    """Return the sites at which a meal is planned between two days, by name."""
    query = (
        select(GROUP_SITE)
        .select_from(Group)
        .join(Activity, Activity.id == Group.activity_id)
        .join(Session, Session.group_id == Group.id)
        .where(Session.day.between(first, last), Session.state == PLANNED, Activity.code.in_(codes))
        .distinct()
    )
    return sorted((site for site in read.scalars(query) if site), key=collation_key)
