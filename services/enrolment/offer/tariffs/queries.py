"""
Tariffs and residence classes as stored, with days as dates.

A row's content was checked by the contract's schema, and is checked again when it is read.
"""

from collections.abc import Mapping

from marshmallow import Schema, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import ResidenceClasses, Tariff
from shared.contracts.enrolment import tariffs as contracts
from shared.contracts.errors import NotFound

ONLY = 1
"""The key of the one row of residence classes."""


class Unfit(Exception):
    """The input is no whole tariff; `errors` are the contract's sentences by field."""

    def __init__(self, errors: Mapping[str, object]) -> None:
        super().__init__("unfit")
        self.errors = errors


def tariffs_by_code(read: Database) -> dict[str, contracts.Tariff]:
    """Return the tariffs that are not withdrawn, by code."""
    rows = read.scalars(select(Tariff).where(Tariff.content.is_not(None)).order_by(Tariff.code))
    return {row.code: content_of_tariff_row(row) for row in rows}


def require_tariff(read: Database, code: str) -> contracts.Tariff:
    """Return one tariff; raises NotFound."""
    row = read.get(Tariff, code)
    if row is None or row.content is None:
        raise NotFound
    return content_of_tariff_row(row)


def residence_classes(read: Database) -> contracts.Residences | None:
    """Return the residence classes, None before there are any."""
    row = read.get(ResidenceClasses, ONLY)
    return content_of_residences_row(row) if row else None


def tariff_as_stored(content: contracts.Tariff) -> dict[str, object]:
    """Return a tariff as it is stored; raises Unfit if the contract refuses it."""
    return _dump_checked(contracts.tariff_schema, content)


def residences_as_stored(content: contracts.Residences) -> dict[str, object]:
    """Return residence classes as they are stored; raises Unfit."""
    return _dump_checked(contracts.residences_schema, content)


def content_of_tariff_row(row: Tariff) -> contracts.Tariff:
    """Return the content of a row that is not withdrawn."""
    tariff: contracts.Tariff = contracts.tariff_schema.load(row.content or {})
    return tariff


def content_of_residences_row(row: ResidenceClasses) -> contracts.Residences:
    """Return the content of the row of residence classes."""
    content: contracts.Residences = contracts.residences_schema.load(row.content)
    return content


def _dump_checked(
    schema: Schema, content: contracts.Tariff | contracts.Residences
) -> dict[str, object]:
    written: dict[str, object] = schema.dump(content)
    try:
        schema.load(written)
    except ValidationError as error:
        raise Unfit(error.normalized_messages()) from None
    return written
