"""
Publishes the figures of a quarter for the council: an act of who directs, of sums alone.

A quarter alone is published, once it is over: months and years within and around it would give its
hidden numbers away by subtraction.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach_of_right import EVERYWHERE
from services.enrolment.figures.queries.attendance import attendance_by_part_of_period
from services.enrolment.figures.queries.demand import demand_lines
from services.enrolment.figures.queries.published_quarters import event_of_quarter
from services.enrolment.figures.rules.council_figures import (
    Counted,
    attendance_numbers,
    demand_numbers,
    table_as_published,
)
from services.enrolment.figures.rules.periods import Period
from services.enrolment.models import PublishedFigures
from shared.contracts.enrolment.figures import (
    IncomeRow,
    QuarterFigures,
    figures_published,
)
from shared.database import Write


class NotOver(Exception):
    """A quarter of which something is still to come."""


def publish_figures(
    write: Write,
    quarter: Period,
    subject: str,
    today: date,
    now: datetime,
    income: Sequence[IncomeRow] = (),
) -> bool:
    """
    Publish a quarter if it differs from what was published; return whether it did. NotOver.

    With its income, where that is given and was not published yet.
    """
    if not quarter.is_over(today):
        raise NotOver
    write.lock_names(f"figures:{quarter.code}")
    content = figures_of_quarter(write, quarter, income)
    row = write.get(PublishedFigures, quarter.code, with_for_update=True)
    if row is not None and row.content == content:
        return False
    if row is None:
        row = PublishedFigures(period=quarter.code, version=0)
        write.add(row)
    row.version, row.content = row.version + 1, dict(content)
    row.published_at, row.published_by = now, subject
    write.flush()
    write.publish(figures_published, event_of_quarter(row))
    return True


def publish_again(write: Write, periods: Collection[str], above: dict[str, int]) -> None:
    """Publish these quarters as they stand, at versions above those that are stored."""
    for period in periods:
        row = write.get(PublishedFigures, period, with_for_update=True)
        if row is not None:
            row.version = max(row.version, above[period]) + 1
            write.flush()
            write.publish(figures_published, event_of_quarter(row))


def figures_of_quarter(
    read: Database, quarter: Period, income: Sequence[IncomeRow] = ()
) -> QuarterFigures:
    """
    Return the figures of a quarter as anybody may read them, who read the former ones too.

    Income that was published stays as it was: of two sums that differ by one credit note, whoever
    kept the former would read that family's.
    """
    row = read.get(PublishedFigures, quarter.code)
    former = row.content if row else {}
    came = [
        Counted(
            line.site,
            line.activity,
            attendance_numbers(line.sums),
            line.sums.sessions,
            line.sums.places,
        )
        for line in attendance_by_part_of_period(read, quarter, EVERYWHERE)
    ]
    asked = [
        Counted(line.site, line.activity, demand_numbers(line.demand))
        for line in demand_lines(read, quarter, EVERYWHERE)
    ]
    return {
        "attendance": table_as_published(came, former.get("attendance")),
        "demand": table_as_published(asked, former.get("demand")),
        "income": former.get("income") or list(income),
    }
