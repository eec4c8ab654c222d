"""
Limits of children for one adult, by declaration of an activity, its time and its length.

Pure. The figures are those of the code de l'action sociale et des familles; each has its article. A
reception that is declared to nobody has no limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.enrolment.figures.rules.caf_hours import OUTSIDE_SCHOOL
from shared.register.entitlement import DECLARABLE, LEISURE_CENTRE

LONG_AFTER = 5 * 60
"""Minutes in a row after which a reception on a day of school has the stricter limit."""


@dataclass(frozen=True)
class Terms:
    """Declaration of an activity, and whether it is within an educational project (PEDT)."""

    declared: bool = False
    with_pedt: bool = False


@dataclass(frozen=True)
class Limit:
    """Children of each age for one adult, and the article that says so."""

    under_6: int
    from_6: int
    article: str


OUT_OF_SCHOOL = Limit(8, 12, "CASF R227-15")
LONG = Limit(8, 12, "CASF R227-16, I")
SHORT = Limit(10, 14, "CASF R227-16, I")
LONG_WITH_PEDT = Limit(10, 14, "CASF R227-16, II")
SHORT_WITH_PEDT = Limit(14, 18, "CASF R227-16, II")


def children_per_adult_limit(terms: Terms, slot: str, minutes: int) -> Limit | None:
    """Return the limit of a reception in a slot (figures/rules/caf_hours.py); None without one."""
    if not terms.declared:
        return None
    if slot in OUTSIDE_SCHOOL:
        return OUT_OF_SCHOOL
    if terms.with_pedt:
        return LONG_WITH_PEDT if minutes > LONG_AFTER else SHORT_WITH_PEDT
    return LONG if minutes > LONG_AFTER else SHORT


def declaration_terms_by_code(
    regimes: Mapping[str, str], stated: Mapping[str, Terms]
) -> dict[str, Terms]:
    """
    Return how each activity that may be declared is, by its code: as stated, or as usual.

    A leisure centre is a declared reception, at the stricter limit; a canteen or an evening at
    school is one only where somebody says so.
    """
    return {
        code: stated.get(code, Terms(declared=regime == LEISURE_CENTRE))
        for code, regime in regimes.items()
        if regime in DECLARABLE
    }
