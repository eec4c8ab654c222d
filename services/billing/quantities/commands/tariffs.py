"""Keeps tariffs and residence classes as providers announced them, each version."""

from datetime import date, datetime
from types import SimpleNamespace

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import ResidenceVersion, TariffVersion
from services.billing.pricing.rules.tariff import BY_QUANTITY
from services.billing.quantities.commands.places import touch_activity
from services.billing.quantities.rules import Content, newly_covered
from shared.contracts.enrolment import tariffs as contracts
from shared.database import Write
from shared.register import Provider


def record_tariff(write: Write, provider: Provider, fact: SimpleNamespace, at: datetime) -> bool:
    """Keep one version of a tariff; False where it is known already."""
    content = contracts.Tariff().dump(fact.content) if fact.content else None
    row = write.upsert(TariffVersion).values(
        provider=provider.code,
        tariff=fact.tariff,
        version=fact.version,
        content=content,
        received_at=at,
    )
    kept = row.on_conflict_do_nothing().returning(TariffVersion.version)
    return write.execute(kept).first() is not None


def record_residences(
    write: Write, provider: Provider, fact: SimpleNamespace, at: datetime
) -> bool:
    """Keep one version of a provider's residence classes; False where it is known already."""
    told = contracts.residences_published.dump(vars(fact))
    content = {name: told[name] for name in ("classes", "elsewhere", "communes")}
    row = write.upsert(ResidenceVersion).values(
        provider=provider.code, version=fact.version, content=content, received_at=at
    )
    kept = row.on_conflict_do_nothing().returning(ResidenceVersion.version)
    return write.execute(kept).first() is not None


def touch_newly_priced(write: Write, provider: Provider, fact: SimpleNamespace, on: date) -> None:
    """
    Touch the months of places that had no price on days that a tariff's new version covers.

    What is counted by the day stays to be billed while it has no price, and what had a price keeps
    it: a new version touches nothing else.
    """
    if not fact.content or fact.content["unit"] in BY_QUANTITY:
        return
    before = _version_before(write, provider.code, fact)
    for first, last in newly_covered(before, contracts.Tariff().dump(fact.content)):
        if first <= on:
            touch_activity(write, provider, fact.content["activity"], first, min(last, on))


def _version_before(session: Session, provider: str, fact: SimpleNamespace) -> Content | None:
    return session.scalar(
        select(TariffVersion.content)
        .where(
            TariffVersion.provider == provider,
            TariffVersion.tariff == fact.tariff,
            TariffVersion.version < fact.version,
        )
        .order_by(TariffVersion.version.desc())
        .limit(1)
    )
