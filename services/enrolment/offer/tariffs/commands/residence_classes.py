"""
Editing of residence classes by administrators; the rule is tariffs/rules/residences.py.

Every tariff has a price for every class: a new class first pays the price of `elsewhere`; a removed
one had no commune.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date

from sqlalchemy import select

from services.enrolment.models import Tariff
from services.enrolment.offer.tariffs import queries as tariffs_queries
from services.enrolment.offer.tariffs.commands.locks import insert_residences, lock_residences
from services.enrolment.offer.tariffs.commands.publishing import publish_residences, publish_tariff
from services.enrolment.offer.tariffs.rules import commune_class_table
from services.enrolment.offer.tariffs.rules.added_columns import (
    content_with_residence_class,
    without_residence,
)
from services.enrolment.offer.tariffs.rules.commune_class_table import PastWouldChange
from shared.contracts.enrolment.tariffs import ResidenceClass, Residences
from shared.contracts.enrolment.tariffs import Tariff as TariffContent
from shared.contracts.errors import NotFound
from shared.database import Write


class InUse(Exception):
    """A class that a commune is or was of stays, so does the one for all others."""


def write_first_classes(write: Write, classes: Sequence[ResidenceClass], elsewhere: str) -> None:
    """Write the first classes, where there are none yet; no commune is of any but `elsewhere`."""
    if lock_residences(write) is None:
        content: Residences = {"classes": list(classes), "elsewhere": elsewhere, "communes": []}
        publish_residences(write, insert_residences(write, content))


def add_class(write: Write, code: str, label: str, today: date) -> None:
    """Add a class; until a grid changes it, it pays the price of those from elsewhere."""

    def content_with_added_class(content: Residences) -> Residences:
        return {**content, "classes": [*content["classes"], {"code": code, "label": label}]}

    content = _change_classes(write, today, content_with_added_class)
    _change_all_tariffs(
        write, lambda tariff: content_with_residence_class(tariff, code, content["elsewhere"])
    )


def rename_class(write: Write, code: str, label: str, today: date) -> None:
    """Give a class another name; raises NotFound."""

    def content_with_renamed_class(content: Residences) -> Residences:
        renamed: list[ResidenceClass] = [
            {**residence, "label": label if residence["code"] == code else residence["label"]}
            for residence in content["classes"]
        ]
        return {**content, "classes": renamed}

    _change_classes(write, today, content_with_renamed_class)


def remove_class(write: Write, code: str, today: date) -> None:
    """Remove a class that never had a commune; raises InUse, NotFound."""

    def content_with_class_removed(content: Residences) -> Residences:
        if code in commune_class_table.classes_in_use(content):
            raise InUse
        return {
            **content,
            "classes": [residence for residence in content["classes"] if residence["code"] != code],
        }

    _change_classes(write, today, content_with_class_removed)
    _change_all_tariffs(write, lambda tariff: without_residence(tariff, code))


def put_communes_into_class(
    write: Write, communes: Collection[str], code: str, first: date, today: date
) -> None:
    """
    Put communes into a class from a day on: tomorrow or later, once any tariff has priced a day.

    Raises NotFound, PastWouldChange, Unfit.
    """
    _change_classes(
        write,
        today,
        lambda content: commune_class_table.table_with_communes_in_class(
            content, communes, code, first
        ),
    )


def _change_classes(
    write: Write, today: date, change: Callable[[Residences], Residences]
) -> Residences:
    row = lock_residences(write)
    if row is None:
        raise NotFound
    before = tariffs_queries.content_of_residences_row(row)
    after = change(before)
    if wrong := commune_class_table.table_mistakes(after):
        raise tariffs_queries.Unfit({"communes": wrong})
    if tariffs_queries.tariffs_by_code(write) and not commune_class_table.keeps_past_classes(
        before, after, today
    ):
        raise PastWouldChange
    row.content = tariffs_queries.residences_as_stored(after)
    write.flush()
    publish_residences(write, row)
    return after


def _change_all_tariffs(write: Write, change: Callable[[TariffContent], TariffContent]) -> None:
    query = select(Tariff).where(Tariff.content.is_not(None)).order_by(Tariff.code)
    locked = query.with_for_update()
    for row in write.scalars(locked).all():
        row.content = tariffs_queries.tariff_as_stored(
            change(tariffs_queries.content_of_tariff_row(row))
        )
        write.flush()
        publish_tariff(write, row)
