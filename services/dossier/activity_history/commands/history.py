"""
Counts of a child's activities by month (rule R10): kept, taken over, deleted.

Never a day, never an hour. They stay while a provider has the child and three years after, unless
the family deletes them.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, or_

from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.models import PUBLISHED, TAKEN_OVER, Child, Course, CourseErasure
from services.dossier.sharing.publishing.commands.projection_publisher import lock_children
from shared.contracts.dossier.activity_history_requests import PastYear
from shared.contracts.dossier.families.imported_households import ImportedYear
from shared.contracts.enrolment.attendance import ActivityCounted
from shared.database import Write
from shared.dates.instant import Instant

_COUNTED = ("label", "times", "version", "origin", "batch")
_KEY = ("child_id", "provider", "activity", "school_year", "month")


def note_month_count(write: Write, provider: str, event: ActivityCounted) -> None:
    """Keep a month's count where it is newer; of a child that was erased nothing is kept."""
    lock_children(write, [event.child_id])
    child = write.get(Child, event.child_id)
    if child is None or child.first_name is None:
        return
    if event.month <= _last_deleted_month(write, event.child_id):
        return
    row = {
        "child_id": event.child_id,
        "provider": provider,
        "activity": event.activity,
        "school_year": event.school_year,
        "month": event.month,
        "label": event.label,
        "times": event.times,
        "version": event.version,
        "origin": PUBLISHED,
        "batch": None,
    }
    insert = write.upsert_into(Course).values(row)
    write.execute(
        insert.on_conflict_do_update(
            index_elements=_KEY,
            set_={name: insert.excluded[name] for name in _COUNTED},
            where=Course.version < insert.excluded.version,
        )
    )


def store_imported_months(
    write: Write,
    child_id: str,
    lines: Sequence[PastYear] | Sequence[ImportedYear],
    batch: str | None = None,
) -> int:
    """
    Store months counted by another software, if none is counted here; the child is locked.

    Months of a batch are replaced only when the same batch comes again. Returns the number of
    months that are new, or differ.
    """
    changed = 0
    deleted = _last_deleted_month(write, child_id) if lines else ""
    for line in lines:
        shared = {
            "provider": line["provider"],
            "activity": line["activity"],
            "school_year": line["school_year"],
            "label": line["label"],
        }
        for month, times in line["months"].items():
            if month > deleted:
                row = {"child_id": child_id, "month": month, "times": times, **shared}
                taken = write.upsert_into(Course).values(
                    **row, version=0, origin=TAKEN_OVER, batch=batch
                )
                again = {"times": taken.excluded.times, "label": taken.excluded.label}
                differs = or_(*(getattr(Course, name) != said for name, said in again.items()))
                done = write.execute(
                    taken.on_conflict_do_update(
                        index_elements=_KEY,
                        set_=again,
                        where=(Course.origin == TAKEN_OVER) & (Course.batch == batch) & differs,
                    )
                    if batch
                    else taken.on_conflict_do_nothing()
                )
                changed += int(done.rowcount)  # type: ignore[attr-defined]
    return changed


def delete_activity_history(write: Write, child_id: str, when: Instant) -> None:
    """
    Delete the course at a family's wish, this month's included.

    Later reports of a provider on these months are ignored; the next month counts again.
    """
    lock_children(write, [child_id])
    row = {"through_month": when.day.strftime("%Y-%m"), "erased_at": when.moment}
    for file in all_ids_of_child(write, child_id):
        forget_activity_histories(write, [file])
        insert = write.upsert_into(CourseErasure).values(child_id=file, **row)
        write.execute(insert.on_conflict_do_update(index_elements=["child_id"], set_=row))


def forget_activity_histories(write: Write, child_ids: Collection[str]) -> None:
    """Delete all that is counted of these children."""
    write.execute(delete(Course).where(Course.child_id.in_(child_ids)))


def _last_deleted_month(write: Write, child_id: str) -> str:
    """Return the last month that the family deleted, "" where it did not."""
    erasure = write.get(CourseErasure, child_id)
    return erasure.through_month if erasure else ""
