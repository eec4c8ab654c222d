"""Quarters as they were last published."""

from sqlalchemy.orm import Session as Database

from services.enrolment.models import PublishedFigures
from shared.contracts.enrolment.figures import FiguresPublished, QuarterFigures


def published_quarter(read: Database, code: str) -> FiguresPublished | None:
    """Return a quarter as it was last published; None where it never was."""
    row = read.get(PublishedFigures, code)
    return event_of_quarter(row) if row else None


def event_of_quarter(row: PublishedFigures) -> FiguresPublished:
    """Return a quarter as its event says it."""
    content: QuarterFigures = {
        "attendance": row.content["attendance"],
        "demand": row.content["demand"],
        "income": row.content.get("income", []),
    }
    return FiguresPublished(row.period, row.version, content, row.published_at)
