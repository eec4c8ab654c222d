"""
The course of a child (rule R10): activity, provider, year, how often in each month.

Never a day, never an hour. The family alone reads it: no desk, no provider, not even the one that
told it. It stays while a provider has the child and three years after, unless the family deletes
it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.protection import known_providers, shown_to
from services.dossier.models import TAKEN_OVER, TOLD, Child, Course, CourseErasure
from services.dossier.sharing.publishing.commands.publisher import lock_children
from shared.database import Write
from shared.dates.instant import When

Line = dict[str, Any]
_COUNTED = ("label", "times", "version", "origin", "batch")
_KEY = ("child_id", "provider", "activity", "school_year", "month")


def note_count(write: Write, provider: str, fact: SimpleNamespace) -> None:
    """Keep a month's count where it is newer; of a child that was erased nothing is kept."""
    lock_children(write, [fact.child_id])
    child = write.get(Child, fact.child_id)
    if child is None or child.first_name is None:
        return
    if fact.month <= _deleted_through(write, fact.child_id):
        return
    row = {
        "child_id": fact.child_id,
        "provider": provider,
        "activity": fact.activity,
        "school_year": fact.school_year,
        "month": fact.month,
        "label": fact.label,
        "times": fact.times,
        "version": fact.version,
        "origin": TOLD,
        "batch": None,
    }
    insert = write.upsert(Course).values(row)
    write.execute(
        insert.on_conflict_do_update(
            index_elements=_KEY,
            set_={name: insert.excluded[name] for name in _COUNTED},
            where=Course.version < insert.excluded.version,
        )
    )


def take_over(
    write: Write, child_id: str, lines: Sequence[Mapping[str, Any]], batch: str | None = None
) -> int:
    """
    Keep what another software counted, where nothing is counted here; the child is held.

    What came with a batch is replaced when the same batch comes again, and by nothing else. Returns
    how many months are new, or differ.
    """
    changed = 0
    deleted = _deleted_through(write, child_id) if lines else ""
    for line in lines:
        shared = {key: line[key] for key in ("provider", "activity", "school_year", "label")}
        for month, times in line["months"].items():
            if month > deleted:
                row = {"child_id": child_id, "month": month, "times": times, **shared}
                taken = write.upsert(Course).values(
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


@dataclass(frozen=True)
class View:
    """
    What one guardian reads of one child's course; `known` None: of all providers.

    Who does not live in a protected home of the child reads nothing of services added since (R9).
    """

    child_id: str
    known: Collection[str] | None

    @staticmethod
    def of(session: Session, child_id: str, reader: str) -> "View":
        return View(
            child_id, known_providers(session, child_id, shown_to(session, reader, child_id))
        )

    def rows(self, provider: str | None = None) -> list[ColumnElement[bool]]:
        """Return which rows are read, of one provider or of all that are known."""
        wanted = [Course.child_id == self.child_id, Course.times > 0]
        if self.known is not None:
            wanted.append(Course.provider.in_(self.known))
        return wanted if provider is None else [*wanted, Course.provider == provider]


def course_of(
    session: Session, view: View, school_year: str = "", provider: str | None = None
) -> list[Line]:
    """Return one line per activity and school year, the newest first; "": of all years."""
    wanted = view.rows(provider)
    if school_year:
        wanted.append(Course.school_year == school_year)
    rows = session.scalars(
        select(Course)
        .where(*wanted)
        .order_by(Course.school_year.desc(), Course.provider, Course.activity, Course.month)
    )
    return _lines(rows)


def years_of(session: Session, view: View, provider: str | None = None) -> list[str]:
    """Return the school years in which something is counted of a child, the newest first."""
    years = select(Course.school_year).where(*view.rows(provider)).distinct()
    return list(session.scalars(years.order_by(Course.school_year.desc())))


def providers_of(session: Session, view: View) -> list[str]:
    """Return the providers, those that left too, that counted something of a child."""
    wanted = select(Course.provider).where(*view.rows())
    return list(session.scalars(wanted.distinct().order_by(Course.provider)))


def delete_course(write: Write, child_id: str, when: When) -> None:
    """
    Delete the course at a family's wish, this month's included.

    What a provider tells later of these months is let go of; the next month counts again.
    """
    lock_children(write, [child_id])
    forget_course(write, [child_id])
    row = {"through_month": when.day.strftime("%Y-%m"), "erased_at": when.moment}
    insert = write.upsert(CourseErasure).values(child_id=child_id, **row)
    write.execute(insert.on_conflict_do_update(index_elements=["child_id"], set_=row))


def forget_course(write: Write, child_ids: Collection[str]) -> None:
    """Delete all that is counted of these children."""
    write.execute(delete(Course).where(Course.child_id.in_(child_ids)))


def children_with_course(session: Session) -> Sequence[str]:
    """Return the children of whom something is counted."""
    return session.scalars(select(Course.child_id).distinct().order_by(Course.child_id)).all()


def _deleted_through(write: Write, child_id: str) -> str:
    """Return the last month that the family deleted, "" where it did not."""
    erasure = write.get(CourseErasure, child_id)
    return erasure.through_month if erasure else ""


def _lines(rows: Iterable[Course]) -> list[Line]:
    lines: dict[tuple[str, str, str, str], Line] = {}
    for row in rows:
        line = lines.setdefault(
            (row.school_year, row.provider, row.activity, row.origin),
            {
                "provider": row.provider,
                "activity": row.activity,
                "school_year": row.school_year,
                "origin": row.origin,
                "months": {},
            },
        )
        line["label"] = row.label  # as it was called last
        line["months"][row.month] = row.times
    return list(lines.values())
