"""The portal's database, connected once at start, and the key under which it keeps families."""

from functools import partial
from typing import Any

from services.portal_gateway.models import (
    AccompaniedLine,
    AccompaniedVisit,
    Base,
    BillCard,
    BulletinCard,
    FamilyCard,
    FamilyOrder,
    GuardianCard,
    Notice,
    ThreadCard,
    seals,
)
from shared.database import SealedColumn, Store

SEALED = (
    SealedColumn(GuardianCard.__table__.c.content, seals.of_guardian),
    SealedColumn(FamilyCard.__table__.c.content, seals.of_card),
    SealedColumn(BillCard.__table__.c.content, seals.of_bills),
    SealedColumn(Notice.__table__.c.content, seals.of_notice),
    SealedColumn(FamilyOrder.__table__.c.content, partial(seals.of_order, column="content")),
    SealedColumn(FamilyOrder.__table__.c.outcome, partial(seals.of_order, column="outcome")),
    SealedColumn(AccompaniedVisit.__table__.c.content, seals.of_visit),
    SealedColumn(AccompaniedLine.__table__.c.content, seals.of_visit_line),
    SealedColumn(ThreadCard.__table__.c.content, seals.of_thread),
    SealedColumn(BulletinCard.__table__.c.content, seals.of_bulletin),
)

store = Store("portal", Base.metadata, SEALED)


def seal(place: str, value: Any) -> bytes:
    """Return a JSON value sealed for one row: `place` names it."""
    return store.seal(place, value)


def opened(place: str, sealed: bytes) -> Any:
    """Return a sealed value; raises Unreadable."""
    return store.unseal(place, sealed)
