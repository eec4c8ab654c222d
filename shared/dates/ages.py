"""
Ages on a day, and their bands as the CAF counts hours: under 6, 6 to 11, 12 and over.

Pure.
"""

from datetime import date

UNDER_6, FROM_6, FROM_12, AGE_UNKNOWN = "under_6", "from_6", "from_12", "age_unknown"
KNOWN = (UNDER_6, FROM_6, FROM_12)
AGES = (*KNOWN, AGE_UNKNOWN)


def years_old(born: date, day: date) -> int:
    """Return the age in whole years; who is born on 29 February turns on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def age_band(born: date | None, day: date) -> str:
    """Return the band of a child on a day."""
    if born is None:
        return AGE_UNKNOWN
    years = years_old(born, day)
    return UNDER_6 if years < 6 else FROM_6 if years < 12 else FROM_12
