"""The kitchen's tables: menus, orders at both of their ends, what was thrown away."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.contracts.enrolment.kitchen.meal_orders import ANSWERS, KINDS
from shared.database import Day, Id, Moment, one_of

ANSWERED_WHOLE = "(answer IS NULL) = (answered_at IS NULL)"


class Menu(Base):
    """
    The dishes of one day at one site; without dishes where it was taken back.

    `version` counts what was published, `changes` how often the dishes became others: a site that
    is renamed and a menu that is published again change none.
    """

    __tablename__ = "menu"
    __table_args__ = (UniqueConstraint("day", "site", name="uq_menu_day_site"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[date] = mapped_column(Day)
    site: Mapped[str] = mapped_column(String(120))
    dishes: Mapped[list] = mapped_column(JSON, comment="as published: course, name, allergens")
    version: Mapped[int] = mapped_column(BigInteger)
    changes: Mapped[int] = mapped_column(BigInteger)


class MealOrder(Base):
    """A version of a day's order, as it was sent; its answer is written once."""

    __tablename__ = "meal_order"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("answer", ANSWERS),
        CheckConstraint(ANSWERED_WHOLE, name="answered_at_a_moment"),
    )

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    meals: Mapped[list] = mapped_column(JSON, comment="site, menu, meals: numbers alone")
    allergens: Mapped[list] = mapped_column(JSON, comment="site, allergen, meals: numbers alone")
    adults: Mapped[list] = mapped_column(JSON, comment="site, kind, meals: numbers alone")
    sent_by: Mapped[str] = mapped_column(Id)
    sent_at: Mapped[datetime] = mapped_column(Moment)
    answer: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class ReceivedOrder(Base):
    """A version of a customer's order, as it came to this caterer; its answer is written once."""

    __tablename__ = "received_order"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("answer", ANSWERS),
        CheckConstraint(ANSWERED_WHOLE, name="answered_at_a_moment"),
    )

    customer: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(Day, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    meals: Mapped[list] = mapped_column(JSON, comment="site, menu, meals: numbers alone")
    allergens: Mapped[list] = mapped_column(JSON, comment="site, allergen, meals: numbers alone")
    adults: Mapped[list] = mapped_column(JSON, comment="site, kind, meals: numbers alone")
    sent_at: Mapped[datetime] = mapped_column(Moment)
    answer: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200), default="")
    answered_by: Mapped[str | None] = mapped_column(Id)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class AdultMeals(Base):
    """Meals of adults at a site on a day, as they are typed; numbers alone."""

    __tablename__ = "adult_meals"
    __table_args__ = (
        CheckConstraint("staff BETWEEN 0 AND 1000", name="staff_counted"),
        CheckConstraint("guests BETWEEN 0 AND 1000", name="guests_counted"),
    )

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    site: Mapped[str] = mapped_column(String(120), primary_key=True)
    staff: Mapped[int] = mapped_column(BigInteger)
    guests: Mapped[int] = mapped_column(BigInteger)


class Waste(Base):
    """
    Food weighed as thrown away at a site on a day, in grams, with the meals served.

    `served` are those of children, `adults` those of staff and guests.
    """

    __tablename__ = "waste"
    __table_args__ = (
        CheckConstraint("grams BETWEEN 0 AND 10000000", name="grams_weighed"),
        CheckConstraint("served BETWEEN 0 AND 100000", name="served_counted"),
        CheckConstraint("adults BETWEEN 0 AND 100000", name="adults_counted"),
    )

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    site: Mapped[str] = mapped_column(String(120), primary_key=True)
    grams: Mapped[int] = mapped_column(BigInteger)
    served: Mapped[int] = mapped_column(BigInteger)
    adults: Mapped[int] = mapped_column(BigInteger)
