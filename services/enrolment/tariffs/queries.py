"""
Tariffs and residence classes as rows hold them: read and locked with their days as days.

What a row holds went through the contract's schema, and goes through it again on the way out.
"""

from collections.abc import Mapping
from typing import Any, cast

from marshmallow import Schema, ValidationError
from sqlalchemy import Table, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import ResidenceClasses, Tariff
from shared.contracts.enrolment import tariffs as contracts
from shared.contracts.errors import NotFound
from shared.database import Write

Content = Mapping[str, Any]

_TARIFF = contracts.Tariff()
_RESIDENCES = Schema.from_dict(contracts.RESIDENCES, name="residences")()
_residences = cast(Table, ResidenceClasses.__table__)

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


def locked_tariff(write: Write, code: str) -> Tariff:
    """Return the row of a tariff that is not withdrawn, which nobody else writes; NotFound."""
    row = write.get(Tariff, code, with_for_update=True, populate_existing=True)
    if row is None or row.content is None:
        raise NotFound
    return row


def locked_residences(write: Write) -> ResidenceClasses | None:
    """Return the row of residence classes, locked by whoever writes a tariff too."""
    return write.get(ResidenceClasses, ONLY, with_for_update=True, populate_existing=True)


def put_residences(write: Write, content: Content) -> ResidenceClasses:
    """Write the residence classes for the first time; one row is there afterwards."""
    row = {"id": ONLY, "content": dumped_residences(content), "version": 0, "told": ""}
    write.execute(write.upsert(_residences).values(**row).on_conflict_do_nothing())
    found = locked_residences(write)
    assert found is not None
    return found


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
