"""Lookup of a child by its whole name, for agents who may not search; few may fail in a day."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete

from services.enrolment.children.queries.search_index import children_of_whole_name_and_birth
from services.enrolment.models import ChildCard, NamesInVain
from shared.database import Write

MOST_IN_VAIN = 20
"""More mistakes than an agent makes in a day, and far fewer than the birth dates of one name."""


def find_by_whole_name_and_birth(
    write: Write, last_name: str, first_name: str, born: date, *, by: str, day: date
) -> Sequence[ChildCard] | None:
    """
    Return the children who are called so and born then; None after too many names in vain.

    A name that nobody here has is counted against the agent for that day.
    """
    write.lock_names(f"names_in_vain:{by}")
    tried = write.get(NamesInVain, (by, day))
    if tried is not None and tried.count >= MOST_IN_VAIN:
        return None
    found = children_of_whole_name_and_birth(write, last_name, first_name, born)
    if not found:
        if tried is None:
            tried = NamesInVain(subject=by, day=day, count=0)
            write.add(tried)
        tried.count += 1
    return found


def forget_counts_of_vain_names(write: Write, today: date) -> None:
    """Forget the counts of past days."""
    write.execute(delete(NamesInVain).where(NamesInVain.day < today))
