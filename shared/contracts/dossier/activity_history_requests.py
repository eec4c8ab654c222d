"""Contracts of a child's course (rule R10): read, deleted, taken away, past years brought in."""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import ValidationError, validate

from shared.contracts.message import Empty, Method
from shared.contracts.values import (
    Code,
    Count,
    Id,
    Month,
    OfChild,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "dossier"

EXPORT_FORMS = ("json", "pdf")


@dataclass(frozen=True)
class NoteExportRequest:
    child_id: Id
    form: Annotated[str, one_of(EXPORT_FORMS)]


note_export = Method(OWNER, "note_export", NoteExportRequest, Empty, writes=True)
"""A guardian takes the child's history away: a line of the log, shown to that guardian alone."""


class PastYear(TypedDict):
    """One activity of one child in one school year that is over: how often in each month."""

    child: Annotated[str, text(60)]
    provider: Code
    activity: Code
    label: Annotated[str, text(120)]
    school_year: Annotated[str, validate.Regexp(r"^20\d\d-20\d\d\Z")]
    months: Annotated[dict[Month, Annotated[int, validate.Range(0, 1000)]], list_length(1, 12)]


def check_months_of_year(row: PastYear) -> None:
    """Raise ValidationError for a year that is not one, or a month that is not of it."""
    first, last = (int(year) for year in row["school_year"].split("-"))
    if last != first + 1:
        raise ValidationError("Une année scolaire va d’une année à la suivante.", "school_year")
    if not all(f"{first}-09" <= month <= f"{last}-08" for month in row["months"]):
        raise ValidationError("Ce mois n’est pas de cette année scolaire.", "months")


class LabelledProvider(TypedDict):
    code: Code
    label: Annotated[str, text(120)]


BATCH = validate.Regexp(r"^[a-z0-9][a-z0-9_.-]{0,59}\Z")


@dataclass(frozen=True)
class ImportHistoryRequest:
    """`providers` names those that the town no longer has."""

    batch: Annotated[str, BATCH]
    lines: Annotated[list[Annotated[PastYear, check_months_of_year]], list_length(1, 500)]
    providers: list[LabelledProvider] = field(default_factory=list)


@dataclass(frozen=True)
class ImportHistoryAnswer:
    """`unknown`: lines of no child of the dossier; `changed`: months that are new or differ."""

    unknown: Count
    changed: Count


import_history = Method(
    OWNER, "import_history", ImportHistoryRequest, ImportHistoryAnswer, writes=True
)
"""
Past years of children from another software, never billed; `child` is that software's reference.

A batch may come in several requests, and again: it replaces what it brought, nothing else.
"""


@dataclass(frozen=True)
class UndoHistoryRequest:
    batch: Annotated[str, BATCH]


@dataclass(frozen=True)
class UndoHistoryAnswer:
    removed: Count


undo_history = Method(OWNER, "undo_history", UndoHistoryRequest, UndoHistoryAnswer, writes=True)
"""Takes a whole batch of past years back; answers how many months that was."""


@dataclass(frozen=True)
class HistoryRequest:
    """One school year, else the latest one (LATEST, or a year without anything), or all."""

    child_id: Id
    school_year: Annotated[str, maybe_text(9)] = ""
    provider: Code | None = None


class HistoryLine(TypedDict):
    """One activity in one year, and the times per month ("2026-11": 12)."""

    provider: Code
    provider_label: Annotated[str, text(120)]
    activity: Code
    label: Annotated[str, text(120)]
    school_year: Annotated[str, text(9)]
    months: dict[str, int]
    origin: Annotated[str, one_of(("published", "taken_over"))]


@dataclass(frozen=True)
class HistoryAnswer:
    """`years` are those of the provider asked for, `providers` all, those that left included."""

    lines: list[HistoryLine]
    years: list[Annotated[str, text(9)]]
    providers: list[LabelledProvider]


history = Method(OWNER, "history", HistoryRequest, HistoryAnswer)
"""
The child's course (rule R10): provider, activity, year, times per month.

Only the family reads it. The newest year comes first; `taken_over` came from another software.
"""


LATEST = "latest"


delete_history = Method(OWNER, "delete_history", OfChild, Empty, writes=True)
"""A guardian deletes the child's course, this month's counts included; the next month counts."""
