"""
Tariffs and residence classes as stored, with days as dates.

A row's content was checked by the contract's schema, and is checked again when it is read.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import ResidenceClasses, Tariff
from shared.contracts.enrolment import tariffs as contracts
from shared.contracts.errors import NotFound

Content = Mapping[str, Any]

ONLY = 1
"""The key of the one row of residence classes."""


class Unfit(Exception):
    """The input is no whole tariff; `errors` are the contract's sentences by field."""

    def __init__(self, errors: Mapping[str, Any]) -> None:
        super().__init__("unfit")
        self.errors = errors


def tariffs(read: Database) -> dict[str, contracts.Tariff]:
    """Return the tariffs that are not withdrawn, by code."""
    rows = read.scalars(select(Tariff).where(Tariff.content.is_not(None)).order_by(Tariff.code))
    return {row.code: loaded(row) for row in rows}


def tariff(read: Database, code: str) -> contracts.Tariff:
    """Return one tariff; raises NotFound."""
    row = read.get(Tariff, code)
    if row is None or row.content is None:
        raise NotFound
    return loaded(row)


def residences(read: Database) -> contracts.Residences | None:
    """Return the residence classes, None before there are any."""
    row = read.get(ResidenceClasses, ONLY)
    return loaded_residences(row) if row else None


def dumped(content: Content) -> dict[str, Any]:
    """Return a tariff as it is stored; raises Unfit if the contract refuses it."""
    return _dumped(contracts.tariff_schema, content)


def dumped_residences(content: Content) -> dict[str, Any]:
    """Return residence classes as they are stored; raises Unfit."""
    return _dumped(contracts.residences_schema, content)


def loaded(row: Tariff) -> contracts.Tariff:
    """Return the content of a row that is not withdrawn."""
    tariff: contracts.Tariff = contracts.tariff_schema.load(row.content or {})
    return tariff


def loaded_residences(row: ResidenceClasses) -> contracts.Residences:
    """Return the content of the row of residence classes."""
    content: contracts.Residences = contracts.residences_schema.load(row.content)
    return content


def _dumped(schema: Schema, content: Content) -> dict[str, Any]:
    written: dict[str, Any] = schema.dump(content)
    try:
        schema.load(written)
    except ValidationError as error:
        raise Unfit(error.normalized_messages()) from None
    return written
