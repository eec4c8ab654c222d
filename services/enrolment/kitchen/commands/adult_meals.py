"""Meals of adults as they are typed: numbers alone, which no bill ever has."""

from collections.abc import Iterable
from datetime import date

from services.enrolment.models import AdultMeals
from shared.database import Write

MOST_ADULTS = 1_000


def store_counts_of_adults(
    write: Write,
    site: str,
    days: Iterable[date],
    staff: int,
    guests: int,
) -> None:
    """Write how many adults eat at a site on some days; what was typed before is replaced."""
    write.lock_names("adults")  # two cooks at once: the second finds the first one's rows
    for day in days:
        row = write.get(AdultMeals, (day, site), with_for_update=True)
        if row is None:
            row = AdultMeals(day=day, site=site)
            write.add(row)
        row.staff, row.guests = staff, guests
    write.flush()
