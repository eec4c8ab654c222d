"""
Tariffs and residence classes as rows hold them, read with their days as days.

What a row holds went through the contract's schema, and goes through it again on the way out.
"""

from collections.abc import Mapping
from typing import Any, cast

from marshmallow import Schema, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import ResidenceClasses, Tariff
from shared.contracts.enrolment import tariffs as contracts
from shared.contracts.errors import NotFound

Content = Mapping[str, Any]

_TARIFF = contracts.Tariff()
_RESIDENCES = Schema.from_dict(contracts.RESIDENCES, name="residences")()

ONLY = 1
"""The key of the one row of residence classes."""


class Unfit(Exception):
    """What was written is no whole tariff; `errors` are the contract's sentences by field."""

    def __init__(self, errors: Mapping[str, Any]) -> None:
        super().__init__("unfit")
        self.errors = errors


def tariffs(read: Database) -> dict[str, Content]:
    """Return the tariffs that are not withdrawn, by code."""
    rows = read.scalars(select(Tariff).where(Tariff.content.is_not(None)).order_by(Tariff.code))
    return {row.code: loaded(row) for row in rows}


def tariff(read: Database, code: str) -> Content:
    """Return one tariff; raises NotFound."""
    row = read.get(Tariff, code)
    if row is None or row.content is None:
        raise NotFound
    return loaded(row)


def residences(read: Database) -> Content | None:
    """Return the residence classes, None before there are any."""
    row = read.get(ResidenceClasses, ONLY)
    return cast(Content, _RESIDENCES.load(row.content)) if row else None


def dumped(content: Content) -> dict[str, Any]:
    """Return a tariff as a row holds it; raises Unfit where the contract refuses it."""
    return _dumped(_TARIFF, content)


def dumped_residences(content: Content) -> dict[str, Any]:
    """Return residence classes as a row holds them; raises Unfit."""
    return _dumped(_RESIDENCES, content)


def loaded(row: Tariff) -> Content:
    """Return the content of a row that is not withdrawn."""
    return cast(Content, _TARIFF.load(row.content or {}))


def loaded_residences(row: ResidenceClasses) -> Content:
    """Return the content of the row of residence classes."""
    return cast(Content, _RESIDENCES.load(row.content))


def _dumped(schema: Schema, content: Content) -> dict[str, Any]:
    written = cast("dict[str, Any]", schema.dump(content))
    try:
        schema.load(written)
    except ValidationError as error:
        raise Unfit(error.normalized_messages()) from None
    return written
