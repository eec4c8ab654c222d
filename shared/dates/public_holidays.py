"""The public holidays of France (code du travail, L3133-1, L3422-2), as everything counts them."""

from collections.abc import Iterable, Mapping
from datetime import date

# By its package: `holidays.France` would read all countries later, in each process on its own.
from holidays.countries import France


def public_holidays(years: Iterable[int], territory: str = "") -> Mapping[date, str]:
    """
    Return the public holidays of these calendar years with their French names.

    `territory` is a subdivision that has more of them than the law names for all: Alsace-Moselle or
    one overseas.
    """
    return dict(France(years=list(years), language="fr", subdiv=territory or None).items())
