"""Tariffs and residence classes as providers published them: of each the greatest version."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.handlers.caller_rights import calling_provider
from services.billing.models import ResidenceVersion, TariffVersion
from services.billing.quantities.commands.received_tariffs import record_tariff
from services.billing.store import store
from shared.contracts.enrolment import tariffs
from shared.database import Write
from shared.database.comparison.compared_states import Stored, StoredState
from shared.dates.clock import now


def _stored_tariffs(read: Session, source: str) -> Iterator[StoredState]:
    code = calling_provider(store, source).code
    for row in read.scalars(_select_newest_tariffs(code)):
        content = None if row.content is None else tariffs.tariff_schema.load(row.content)
        state = {"tariff": row.tariff, "content": content}
        yield StoredState(row.tariff, row.version, state, ended=content is None)


def _select_newest_tariffs(provider: str) -> Any:
    greatest = (
        select(TariffVersion.tariff, func.max(TariffVersion.version).label("version"))
        .where(TariffVersion.provider == provider)
        .group_by(TariffVersion.tariff)
        .subquery()
    )
    return (
        select(TariffVersion)
        .join(
            greatest,
            (greatest.c.tariff == TariffVersion.tariff)
            & (greatest.c.version == TariffVersion.version),
        )
        .where(TariffVersion.provider == provider)
    )


def _withdraw_tariffs(write: Write, source: str, keys: Collection[str]) -> None:
    """Store that tariffs were withdrawn: no version of one is ever deleted."""
    provider = calling_provider(store, source)
    for row in write.scalars(_select_newest_tariffs(provider.code)).all():
        if row.tariff in keys:
            withdrawn = tariffs.TariffPublished(row.tariff, row.version + 1, None)
            record_tariff(write, provider, withdrawn, now())


def _stored_residence_classes(read: Session, source: str) -> Iterator[StoredState]:
    mine = select(ResidenceVersion).where(
        ResidenceVersion.provider == calling_provider(store, source).code
    )
    row = read.scalar(mine.order_by(ResidenceVersion.version.desc()).limit(1))
    if row is not None:
        yield StoredState(
            tariffs.RESIDENCES, row.version, tariffs.residences_schema.load(row.content), ended=True
        )


def _delete_no_residence_classes(_write: Write, _source: str, _keys: Collection[str]) -> None:
    """Delete nothing: a provider has this one state, and its former versions priced bills."""


STORED = (
    Stored(tariffs.tariff_published, _stored_tariffs, _withdraw_tariffs),
    Stored(tariffs.residences_published, _stored_residence_classes, _delete_no_residence_classes),
)
