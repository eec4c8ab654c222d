"""Dates and contents that a correction may have; no database."""

from collections.abc import Mapping
from datetime import date, timedelta

from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.corrections import (
    AUTHORITY,
    GUARDIAN_COMES,
    GUARDIAN_LEAVES,
    GUARDIAN_NAME,
    ChangedField,
    CorrectionOf,
    FromPaper,
    NothingCorrected,
)
from shared.contracts.errors import BadRequest

OLDEST_CHILD = timedelta(days=25 * 366)
"""An older birth date is a slip of the pen."""
FARTHEST = timedelta(days=400)
"""A correction that holds from a later day is a slip of the pen."""


def check_dates(request: CorrectionOf, birth_date: date, today: date) -> None:
    """Raise BadRequest, by field, for days that cannot be; `birth_date` as it will stand."""
    errors = _paper_errors(request, today)
    if not today - OLDEST_CHILD <= birth_date <= today:
        errors["birth_date"] = ["to come, or more than 25 years ago"]
    elif not birth_date <= request.holds_from <= today + FARTHEST:
        errors["holds_from"] = ["before birth, or more than a year to come"]
    if errors:
        raise BadRequest(errors=errors)


def check_days_of_adult(request: FromPaper, today: date, *, to_come: bool = True) -> None:
    """Raise BadRequest, by field, for days that cannot be; only a death is never `to_come`."""
    errors = _paper_errors(request, today)
    last = today + FARTHEST if to_come else today
    if not today - OLDEST_CHILD <= request.holds_from <= last:
        errors["holds_from"] = ["too long ago, or to come"]
    if errors:
        raise BadRequest(errors=errors)


def _paper_errors(request: FromPaper, today: date) -> dict[str, list[str]]:
    return {"paper_date": ["to come"]} if request.paper_date > today else {}


def check_changed(before: Content, after: Content) -> None:
    """Raise NothingCorrected where it stands so already."""
    if before == after:
        raise NothingCorrected


def changed_fields(before: Mapping[str, object], after: Content) -> list[ChangedField]:
    """Return the fields of a section that differ, in the order of the section."""
    return [
        {"field": name, "before": str(before.get(name) or ""), "after": str(value or "")}
        for name, value in after.items()
        if before.get(name) != value
    ]


def changes_of_adult(subject: str, content: Content) -> list[ChangedField]:
    """Return what changed of an adult for one child; a death changes no field."""
    if subject == GUARDIAN_NAME:
        return [{"field": "name", "before": content["before"], "after": content["name"]}]
    if subject == GUARDIAN_COMES:
        field = AUTHORITY if content["authority"] else "answers"
        return [{"field": field, "before": "no", "after": "yes"}]
    if subject == GUARDIAN_LEAVES:
        field = "lives_here" if content["still_answers"] else "answers"
        return [{"field": field, "before": "yes", "after": "no"}]
    return []


def sealed_place_of_waiting(correction_id: str) -> str:
    """Return what the content of a correction that waits for its day is bound to."""
    return f"correction.{correction_id}"
