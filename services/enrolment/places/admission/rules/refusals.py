"""
Reasons for refusing an application, as codes alone: no free text.

Pure. A canteen or a school service refuses for lack of room only if its capacity is reached at that
date, and shows it; the parents' situation or a debt is no ground (Conseil d'État, 22 March 2021, n°
429361).
"""

CAPACITY, AGE, NOT_GUARDIAN, NO_FILE = "capacity", "age", "not_guardian", "no_file"
CONDITIONS = "conditions"
CLOSED, CRITERIA, OTHER = "closed", "criteria", "other"

PUBLIC_SERVICE = frozenset({"school", "canteen"})
"""Regimes to which every child has a right as long as there is room."""


def refusal_reasons(regime: str, *, room_left: bool) -> tuple[str, ...]:
    """Return the reasons that an agent may give for an activity of this regime, today."""
    lack = () if room_left else (CAPACITY,)
    if regime in PUBLIC_SERVICE:
        return (*lack, AGE, CONDITIONS, NO_FILE, CLOSED)
    return (*lack, AGE, CONDITIONS, NO_FILE, CLOSED, CRITERIA, OTHER)
