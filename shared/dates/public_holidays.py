"""The public holidays of France (code du travail, art. L3133-1), as everything here counts them."""

from collections.abc import Iterable, Mapping
from datetime import date

# By its package: `holidays.France` would read all countries later, in each process on its own.
from holidays.countries import France


def public_holidays(years: Iterable[int]) -> Mapping[date, str]:
    """Return the public holidays of these calendar years with their French names."""
    return dict(France(years=list(years), language="fr").items())
