"""
Absences that a provider accepts after the deadline.

Pure. A child announced sick before the session starts is excused where the family has no choice of
day (school, canteen, leisure centre); elsewhere, and for any other reason, it counts. A constant
table until a délibération of each provider decides otherwise.
"""

from shared.register.entitlement import CANTEEN, LEISURE_CENTRE, SCHOOL

SICK = "sick"

ACCEPTS_SICKNESS = frozenset({SCHOOL, CANTEEN, LEISURE_CENTRE})
"""Regimes under which a sick child is excused after the deadline."""


def is_late_absence_excused(regime: str | None, reason: str) -> bool:
    """Return whether an activity of this regime excuses an absence declared after the deadline."""
    return reason == SICK and regime in ACCEPTS_SICKNESS
