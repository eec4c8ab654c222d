"""
Waivers of the area: motives, their points, the order of a commission, when the law obliges. Pure.

For a school of another commune the motives are those of the law (L212-8, R212-21 code de
l'éducation), and bind; inside the town they are the deliberation's, with its points. The order is
by points, then by a draw: anyone with the printed seed and the ids can repeat it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from services.enrolment.places.admission.rules.allocation_order import lot_of_application
from shared.contracts.enrolment.school_year.enrolments import MOTIVES_OF_LAW

NOT_PROVEN = "not_proven"


@dataclass(frozen=True)
class Listed:
    """A waiver that waits, as far as its order matters."""

    waiver_id: str
    points: int


def points_of_motives(motives: Collection[str], points: Mapping[str, int]) -> int:
    """Return the points of these motives; one that the deliberation has not is worth none."""
    return sum(points.get(motive, 0) for motive in set(motives))


def in_commission_order(waivers: Iterable[Listed], seed: str) -> list[Listed]:
    """Return waivers in the order in which a commission looks at them; it needs a seed."""
    return sorted(
        waivers,
        key=lambda each: (-each.points, lot_of_application(seed, each.waiver_id), each.waiver_id),
    )


def binding_motives(motives: Iterable[str], elsewhere: bool) -> list[str]:
    """Return the motives of law that bind: those for a school of another commune."""
    return [motive for motive in MOTIVES_OF_LAW if elsewhere and motive in set(motives)]


def is_reason_that_may_refuse(why: str, motives: Iterable[str], elsewhere: bool) -> bool:
    """Say whether a reason may refuse: of a binding motive, only that nothing shows it."""
    return why == NOT_PROVEN or not binding_motives(motives, elsewhere)
