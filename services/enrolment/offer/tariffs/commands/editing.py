"""
Editing of tariffs by administrators. The rule is tariffs/rules/grid_succession.py, the form the
contract's schema.

Each command locks the residence classes first and then the tariff: a class added meanwhile is not
missing in a grid. Changes are published to billing in the same transaction.
"""

from collections.abc import Callable, Sequence
from datetime import date

from services.enrolment.models import Tariff
from services.enrolment.offer.tariffs import queries as tariffs_queries
from services.enrolment.offer.tariffs.commands.locks import lock_residences, lock_tariff
from services.enrolment.offer.tariffs.commands.publishing import publish_tariff
from services.enrolment.offer.tariffs.rules import grid_succession
from services.enrolment.offer.tariffs.rules.added_columns import content_with_attendance_modes
from services.enrolment.offer.tariffs.rules.grid_succession import PastWouldChange
from services.enrolment.offer.tariffs.rules.terms import ChangedTerms, Terms
from shared.contracts.enrolment.tariffs import Grid
from shared.contracts.enrolment.tariffs import Tariff as TariffContent
from shared.contracts.errors import NotFound
from shared.database import Write

Change = Callable[[TariffContent], TariffContent]


class AlreadyExists(Exception):
    """A tariff of this activity has that name: the same form may have been sent twice."""


class HasBegun(Exception):
    """A tariff that has priced a day is not withdrawn: its grid is ended."""


class NoClasses(Exception):
    """Residence classes come first: a grid has a column for each."""


def add_tariff(write: Write, code: str, terms: Terms, grid: Grid, today: date) -> None:
    """
    Add a tariff with its first grid, which may begin in the past.

    Raises AlreadyThere, NoClasses, Unfit.
    """
    if lock_residences(write) is None:
        raise NoClasses
    for known in tariffs_queries.tariffs_by_code(write).values():
        if (known["activity"], known["label"]) == (terms["activity"], terms["label"]):
            raise AlreadyExists
    content = grid_succession.content_with_grid({**terms, "grids": []}, grid, today)
    row = Tariff(
        code=code, content=tariffs_queries.tariff_as_stored(content), version=0, published_digest=""
    )
    write.add(row)
    write.flush()
    publish_tariff(write, row)


def add_grid(
    write: Write,
    code: str,
    grid: Grid,
    today: date,
    *,
    instead: date | None = None,
    variants: Sequence[str] = ("",),
) -> None:
    """
    Write a grid from its first day on, `instead` of a coming one where it takes its place.

    Raises NotFound, PastWouldChange, NoSuchGrid, Unfit.
    """

    def content_with_written_grid(content: TariffContent) -> TariffContent:
        return grid_succession.content_with_grid(
            content_with_attendance_modes(content, variants), grid, today, instead
        )

    _change_content(write, code, today, content_with_written_grid)


def remove_grid(write: Write, code: str, first: date, today: date) -> None:
    """
    Take a coming grid out; the last one takes its tariff with it.

    Raises NotFound, PastWouldChange, NoSuchGrid.
    """
    row = _lock_with_residences(write, code)
    content = grid_succession.without_grid(tariffs_queries.content_of_tariff_row(row), first, today)
    row.content = tariffs_queries.tariff_as_stored(content) if content["grids"] else None
    write.flush()
    publish_tariff(write, row)


def end_tariff(write: Write, code: str, last_day: date, today: date) -> None:
    """End a tariff with a day, today or later; raises NotFound, PastWouldChange, NoSuchGrid."""
    _change_content(
        write,
        code,
        today,
        lambda content: grid_succession.content_with_last_day(content, last_day, today),
    )


def change_terms(write: Write, code: str, terms: ChangedTerms, today: date) -> None:
    """Change the label, or terms to come; raises NotFound, PastWouldChange, Unfit."""
    _change_content(write, code, today, lambda content: {**content, **terms})


def withdraw_tariff(write: Write, code: str, today: date) -> None:
    """Withdraw a tariff that has priced no day yet; raises NotFound, HasBegun."""
    row = _lock_with_residences(write, code)
    if grid_succession.has_any_priced_day(tariffs_queries.content_of_tariff_row(row), today):
        raise HasBegun
    row.content = None
    write.flush()
    publish_tariff(write, row)


def _change_content(write: Write, code: str, today: date, change: Change) -> None:
    row = _lock_with_residences(write, code)
    before = tariffs_queries.content_of_tariff_row(row)
    after = change(before)
    if not grid_succession.keeps_past_prices(before, after, today):
        raise PastWouldChange
    row.content = tariffs_queries.tariff_as_stored(after)
    write.flush()
    publish_tariff(write, row)


def _lock_with_residences(write: Write, code: str) -> Tariff:
    if lock_residences(write) is None:
        raise NotFound
    return lock_tariff(write, code)
