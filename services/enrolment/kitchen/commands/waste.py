"""Waste as it is weighed at a site; a second weighing of a day replaces the first."""

from dataclasses import dataclass
from datetime import date

from services.enrolment.models import Waste
from shared.database import Write

MOST_GRAMS = 10_000_000
MOST_SERVED = 100_000


@dataclass(frozen=True)
class Weighing:
    """Food thrown away, in grams, and the meals served to children and to adults."""

    grams: int
    served: int
    adults: int


def store_weighed_waste(write: Write, site: str, day: date, weighed: Weighing) -> None:
    """Write what a site threw away on a day, and how many meals it served."""
    row = write.get(Waste, (day, site), with_for_update=True)
    if row is None:
        row = Waste(day=day, site=site)
        write.add(row)
    row.grams, row.served, row.adults = weighed.grams, weighed.served, weighed.adults
    write.flush()
