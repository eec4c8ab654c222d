"""Tariffs and residence classes of a provider: the greatest version of each."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.models import ResidenceVersion, TariffVersion
from services.billing.pricing.rules.residence_classes import Residences, parse_residences
from services.billing.pricing.rules.tariff import Tariff, parse_tariff


def current_tariffs_of_provider(
    session: Session, provider: str, activity: str = ""
) -> Sequence[Tariff]:
    """
    Return a provider's tariffs as they are now, by code; those withdrawn are left out.

    With an `activity`, of that one alone.
    """
    greatest = (
        select(TariffVersion.tariff, func.max(TariffVersion.version).label("version"))
        .where(TariffVersion.provider == provider)
        .group_by(TariffVersion.tariff)
        .subquery()
    )
    query = (
        select(TariffVersion.tariff, TariffVersion.content)
        .join(
            greatest,
            (TariffVersion.tariff == greatest.c.tariff)
            & (TariffVersion.version == greatest.c.version),
        )
        .where(TariffVersion.provider == provider)
        .order_by(TariffVersion.tariff)
    )
    if activity:
        query = query.where(TariffVersion.content["activity"].as_string() == activity)
    rows = session.execute(query)
    return [parse_tariff(provider, code, content) for code, content in rows if content]


def current_residence_classes(session: Session, provider: str) -> Residences:
    """Return a provider's residence classes as they are now; none where it announced none."""
    return parse_residences(
        session.scalar(
            select(ResidenceVersion.content)
            .where(ResidenceVersion.provider == provider)
            .order_by(ResidenceVersion.version.desc())
            .limit(1)
        )
    )
