"""Conditions on rows that hold for a time: a right, a place, a guardianship."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_


def has_not_ended_before(valid_to: Any, day: Any) -> ColumnElement[bool]:
    """
    Compare a column of last days, each of them included, with a day.

    An empty one is open-ended: true. `day` is a date or a parameter of a statement.
    """
    return or_(valid_to.is_(None), valid_to >= day)


def ends_after(valid_to: Any, day: Any) -> ColumnElement[bool]:
    """Compare a column of last days with a day on which it must not end; open-ended: true."""
    return or_(valid_to.is_(None), valid_to > day)


def is_valid_on(dated: Any, day: Any) -> ColumnElement[bool]:
    """Compare first and last day of a model or an alias with a day: `periods.holds_on` in SQL."""
    return and_(dated.valid_from <= day, has_not_ended_before(dated.valid_to, day))
