"""Stores the weeks of children who live in two homes, as said at a desk or by an import."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import delete

from services.dossier.models import ChildHousehold, ChildWeeks
from shared.contracts.dossier import two_home_weeks as contracts
from shared.database import Write
from shared.dates.two_home_weeks import HALVES


def store_homes_of_child(write: Write, child_id: str, homes: Collection[str]) -> None:
    """Let a child live in these homes from now on, and in no other."""
    write.execute(
        delete(ChildHousehold).where(
            ChildHousehold.child_id == child_id, ChildHousehold.household_id.not_in(homes)
        )
    )
    rows = [{"child_id": child_id, "household_id": home} for home in sorted(homes)]
    write.execute(write.upsert_into(ChildHousehold).on_conflict_do_nothing(), rows)
    write.flush()


def store_weeks_of_child(
    write: Write, child_id: str, weeks: contracts.ChildWeeks, valid_from: date | None
) -> None:
    """Note whose days those of a child are from a day on, instead of what was noted before."""
    row = write.get(ChildWeeks, child_id, populate_existing=True) or ChildWeeks(child_id=child_id)
    row.even_household, row.odd_household = weeks["even"], weeks["odd"]
    row.changes_on, row.changes_at = weeks["changes_on"], weeks["changes_at"]
    row.school_days, row.holidays = weeks["school_days"], weeks["holidays"]
    row.summer, row.valid_from = weeks["summer"], valid_from
    write.add(row)
    write.flush()


def store_imported_weeks(
    write: Write, child_id: str, household_id: str, parity: str, changes_on: int, changes_at: str
) -> None:
    """
    Note that the child lives in this household in the "even" or in the "odd" weeks.

    Of the other weeks the other household's import says whose they are. What was said at a desk,
    from a day on, no import changes.
    """
    row = write.get(ChildWeeks, child_id)
    if row is None:
        row = ChildWeeks(child_id=child_id, summer=HALVES)
        write.add(row)
    elif row.valid_from is not None:
        return
    row.changes_on, row.changes_at = changes_on, changes_at
    for each, column in (("even", "even_household"), ("odd", "odd_household")):
        if each == parity:
            setattr(row, column, household_id)
        elif getattr(row, column) == household_id:
            setattr(row, column, None)
    write.flush()
