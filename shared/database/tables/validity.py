"""Conditions on rows that hold for a time: a right, a place, a guardianship."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_


def not_ended_before_condition(valid_to: Any, day: Any) -> ColumnElement[bool]:
    """
    Compare a column of last days, each of them included, with a day.

    An empty one is open-ended: true. `day` is a date or a parameter of a statement.
    """
    return or_(valid_to.is_(None), valid_to >= day)


def ends_after_condition(valid_to: Any, day: Any) -> ColumnElement[bool]:
    """Compare a column of last days with a day on which it must not end; open-ended: true."""
    return or_(valid_to.is_(None), valid_to > day)


def valid_on_condition(dated: Any, day: Any) -> ColumnElement[bool]:
    """Compare first and last day of a model or an alias with a day: `periods.holds_on` in SQL."""
    return and_(dated.valid_from <= day, not_ended_before_condition(dated.valid_to, day))
