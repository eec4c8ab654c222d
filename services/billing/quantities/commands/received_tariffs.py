"""Keeps tariffs and residence classes as providers announced them, each version."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import ResidenceVersion, TariffVersion
from services.billing.pricing.rules.tariff import BY_QUANTITY
from services.billing.quantities.commands.received_places import mark_places_of_activity_to_bill
from services.billing.quantities.rules.days_newly_priced_by_grids import newly_covered_periods
from shared.contracts.enrolment import tariffs as contracts
from shared.contracts.enrolment.tariffs import TariffPublished
from shared.database import Write
from shared.json_values import JsonMapping
from shared.register import Provider


def record_tariff(write: Write, provider: Provider, event: TariffPublished, at: datetime) -> bool:
    """Keep one version of a tariff; False where it is known already."""
    content = contracts.tariff_schema.dump(event.content) if event.content else None
    row = write.upsert_into(TariffVersion).values(
        provider=provider.code,
        tariff=event.tariff,
        version=event.version,
        content=content,
        received_at=at,
    )
    kept = row.on_conflict_do_nothing().returning(TariffVersion.version)
    return write.execute(kept).first() is not None


def record_residences(
    write: Write, provider: Provider, event: contracts.ResidencesPublished, at: datetime
) -> bool:
    """Keep one version of a provider's residence classes; False where it is known already."""
    content = contracts.residences_schema.dump(event)
    row = write.upsert_into(ResidenceVersion).values(
        provider=provider.code, version=event.version, content=content, received_at=at
    )
    kept = row.on_conflict_do_nothing().returning(ResidenceVersion.version)
    return write.execute(kept).first() is not None


def mark_newly_priced(write: Write, provider: Provider, event: TariffPublished, on: date) -> None:
    """
    Mark the months to bill of places that had no price on days that a tariff's new version covers.

    What is counted by the day stays to be billed while it has no price, and what had a price keeps
    it: a new version marks nothing else.
    """
    if not event.content or event.content["unit"] in BY_QUANTITY:
        return
    before = _tariff_content_before(write, provider.code, event)
    for first, last in newly_covered_periods(before, contracts.tariff_schema.dump(event.content)):
        if first <= on:
            mark_places_of_activity_to_bill(
                write, provider, event.content["activity"], first, min(last, on)
            )


def _tariff_content_before(
    session: Session, provider: str, event: TariffPublished
) -> JsonMapping | None:
    return session.scalar(
        select(TariffVersion.content)
        .where(
            TariffVersion.provider == provider,
            TariffVersion.tariff == event.tariff,
            TariffVersion.version < event.version,
        )
        .order_by(TariffVersion.version.desc())
        .limit(1)
    )
