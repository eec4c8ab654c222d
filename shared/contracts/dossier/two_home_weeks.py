"""Weeks of a child that lives in two homes, as messages hold them."""

from collections.abc import Mapping
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.values import NONE, maybe_text, one_of
from shared.dates.two_home_weeks import HALVES, MOMENTS, SUMMERS, Weeks

Home = Annotated[str, maybe_text(36)]
"""
A household's id; where a home is not said, as on the other parent's card, "".

In a separation, whose new household has none yet, WITH_WHO_STAYS or WITH_WHO_LEAVES.
"""


class ChildWeeks(TypedDict):
    """The fields of `shared.dates.two_home_weeks.Weeks`, which says what each means."""

    even: Home
    odd: Home
    changes_on: Annotated[int, validate.Range(1, 7)]
    changes_at: Annotated[str, one_of(MOMENTS)]
    school_days: Annotated[Home | None, NONE]
    holidays: Annotated[Home | None, NONE]
    summer: Annotated[str, one_of(SUMMERS)]


def weeks_in_one_home(household: str) -> ChildWeeks:
    """Return the weeks of a child all of whose days are of one home."""
    return content_of_weeks(Weeks(household, household, summer=HALVES))


def content_of_weeks(weeks: Weeks) -> ChildWeeks:
    """Return weeks as a message holds them."""
    return {
        "even": weeks.even,
        "odd": weeks.odd,
        "changes_on": weeks.changes_on,
        "changes_at": weeks.changes_at,
        "school_days": weeks.school_days,
        "holidays": weeks.holidays,
        "summer": weeks.summer,
    }


def weeks_with_homes_replaced(weeks: ChildWeeks, homes: Mapping[str, str]) -> ChildWeeks:
    """Return weeks of other homes, by former home; one that `homes` does not name is ""."""
    return {
        **weeks,
        "even": homes.get(weeks["even"], ""),
        "odd": homes.get(weeks["odd"], ""),
        "school_days": _replaced_home(weeks["school_days"], homes),
        "holidays": _replaced_home(weeks["holidays"], homes),
    }


def _replaced_home(home: str | None, homes: Mapping[str, str]) -> str | None:
    return None if home is None else homes.get(home, "")
