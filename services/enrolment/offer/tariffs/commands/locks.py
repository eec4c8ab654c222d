"""Locks on rows of tariffs and residence classes."""

from typing import cast

from sqlalchemy import Table

from services.enrolment.models import ResidenceClasses, Tariff
from services.enrolment.offer.tariffs.queries import ONLY, residences_as_stored
from shared.contracts.enrolment.tariffs import Residences
from shared.contracts.errors import NotFound
from shared.database import Write

_residences = cast(Table, ResidenceClasses.__table__)


def lock_tariff(write: Write, code: str) -> Tariff:
    """Return the row of a tariff that is not withdrawn, locked; raises NotFound."""
    row = write.get(Tariff, code, with_for_update=True)
    if row is None or row.content is None:
        raise NotFound
    return row


def lock_residences(write: Write) -> ResidenceClasses | None:
    """Return the row of residence classes, locked; writers of a tariff lock it too."""
    return write.get(ResidenceClasses, ONLY, with_for_update=True)


def insert_residences(write: Write, content: Residences) -> ResidenceClasses:
    """Insert the residence classes once, and return their row."""
    row = {
        "id": ONLY,
        "content": residences_as_stored(content),
        "version": 0,
        "published_digest": "",
    }
    write.execute(write.upsert_into(_residences).values(**row).on_conflict_do_nothing())
    stored = lock_residences(write)
    assert stored is not None
    return stored
