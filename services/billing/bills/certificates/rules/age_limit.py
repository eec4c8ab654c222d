"""The age rule of tax certificates (art. 200 quater B CGI): under six on 1 January."""

from datetime import date

YOUNG = 6
"""A child must be under six on 1 January of the year."""


def earliest_birth_date(year: int) -> date:
    """Return the birth date after which a child is under six on 1 January of a year."""
    return date(year - YOUNG, 1, 1)


def is_under_six(birth_date: date, year: int) -> bool:
    """Say whether a child is under six on 1 January of a year."""
    return birth_date > earliest_birth_date(year)
