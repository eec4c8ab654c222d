"""
Activity history of a child (rule R10): activity, provider, year, how often in each month.

The family alone reads it: no desk, no provider, not even the one that counted.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.households.queries.protection import (
    providers_known_to_guardian,
    view_of_guardian,
)
from services.dossier.models import Course
from shared.contracts.dossier.activity_history_requests import HistoryLine
from shared.dates.clock import PARIS
from shared.dates.months import month_of


@dataclass(frozen=True)
class View:
    """
    The part of a child's history that one guardian reads; `known` None: of all providers.

    A guardian outside a protected home of the child reads nothing of services added since, nor of
    the months since then at services that were known: an activity is often called by its school,
    and how often a child came says where it lives (R9).
    """

    child_ids: Collection[str]
    known: Collection[str] | None
    before: str | None = None
    """The month in which the home came to be protected: months before it are read."""

    @staticmethod
    def make_for_guardian(session: Session, child_id: str, reader: str) -> "View":
        view = view_of_guardian(session, reader, child_id)
        since = month_of(view.since.astimezone(PARIS).date()) if view.since else None
        files = all_ids_of_child(session, child_id)
        return View(files, providers_known_to_guardian(session, child_id, view), since)

    def row_conditions(self, provider: str | None = None) -> list[ColumnElement[bool]]:
        """Return the conditions of the rows that are read, of one provider or all known."""
        wanted = [Course.child_id.in_(self.child_ids), Course.times > 0]
        if self.known is not None:
            wanted.append(Course.provider.in_(self.known))
        if self.before is not None:
            wanted.append(Course.month < self.before)
        return wanted if provider is None else [*wanted, Course.provider == provider]


def activity_history_of_child(
    session: Session,
    view: View,
    labels: Mapping[str, str],
    school_year: str = "",
    provider: str | None = None,
) -> list[HistoryLine]:
    """
    Return one line per activity and school year, the newest first; "": of all years.

    `labels` are those of the providers, by code.
    """
    wanted = view.row_conditions(provider)
    if school_year:
        wanted.append(Course.school_year == school_year)
    rows = session.scalars(
        select(Course)
        .where(*wanted)
        .order_by(Course.school_year.desc(), Course.provider, Course.activity, Course.month)
    )
    return _history_lines(rows, labels)


def school_years_of_child(session: Session, view: View, provider: str | None = None) -> list[str]:
    """Return the school years in which something is counted of a child, the newest first."""
    years = select(Course.school_year).where(*view.row_conditions(provider)).distinct()
    return list(session.scalars(years.order_by(Course.school_year.desc())))


def providers_that_counted(session: Session, view: View) -> list[str]:
    """Return the providers, those that left too, that counted something of a child."""
    wanted = select(Course.provider).where(*view.row_conditions())
    return list(session.scalars(wanted.distinct().order_by(Course.provider)))


def children_with_activity_history(session: Session, after: str, most: int) -> Sequence[str]:
    """Return children of whom something is counted, in order of their ids."""
    counted = select(Course.child_id).where(Course.child_id > after).distinct()
    return session.scalars(counted.order_by(Course.child_id).limit(most)).all()


def _history_lines(rows: Iterable[Course], labels: Mapping[str, str]) -> list[HistoryLine]:
    lines: dict[tuple[str, str, str, str], HistoryLine] = {}
    for row in rows:
        line = lines.setdefault(
            (row.school_year, row.provider, row.activity, row.origin),
            {
                "provider": row.provider,
                "provider_label": labels[row.provider],
                "activity": row.activity,
                "label": row.label,
                "school_year": row.school_year,
                "origin": row.origin,
                "months": {},
            },
        )
        line["label"] = row.label  # as it was called last
        line["months"][row.month] = row.times
    return list(lines.values())
