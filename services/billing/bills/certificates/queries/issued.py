"""Tax certificates as they were issued, and those that would come out otherwise now."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from services.billing.bills.certificates.queries.care_paid import CarePaid, care_paid
from services.billing.bills.certificates.rules.age_limit import earliest_birth_date
from services.billing.models import HouseholdChild, TaxCertificate
from shared.contracts.billing.bills import Certificate
from shared.contracts.billing.regie.payers import ChangedCertificate
from shared.database.chunks import ordered_chunks
from shared.dates.clock import PARIS
from shared.register import Provider

AT_ONCE = 100
MOST_LISTED = 400

Key = tuple[str, str]
"""Household and child."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The last version of a certificate."""

    version: int
    paid: CarePaid
    child: str
    payer: Sequence[str]


def changed_certificates(
    session: Session, provider: Provider, year: int
) -> Iterator[ChangedCertificate]:
    """Yield the issued certificates of a year that would show another amount now."""
    last = certificates_of_year(session, provider.code, year)
    for chunk in ordered_chunks({household_id for household_id, _ in last}, AT_ONCE):
        paid = care_paid_in_year(session, provider, chunk, year)
        for key in sorted(key for key in last if key[0] in chunk):
            before, now = last[key], certified(paid.get(key, CarePaid()))
            if before.paid != now:
                yield ChangedCertificate(
                    household_id=key[0],
                    payer=(before.payer or ["–"])[0],
                    child=before.child,
                    issued_cents=before.paid.own,
                    now_cents=now.own,
                    issued_voucher_cents=before.paid.by_voucher,
                    now_voucher_cents=now.by_voucher,
                )


def certified(paid: CarePaid) -> CarePaid:
    """Return what a certificate says of what was paid in a year: never less than nothing."""
    return CarePaid(max(0, paid.own), max(0, paid.by_voucher))


def care_paid_in_year(
    session: Session, provider: Provider, household_ids: Collection[str], year: int
) -> Mapping[Key, CarePaid]:
    """Return what these households paid in a year for the care of each young child."""
    names = young_children(session, household_ids, year)
    until, before = (
        care_paid(session, provider, household_ids, date(tax_year, 12, 31))
        for tax_year in (year, year - 1)
    )
    none = CarePaid()
    return {key: until.get(key, none).less(before.get(key, none)) for key in names}


def young_children(
    session: Session, household_ids: Collection[str], year: int
) -> Mapping[Key, str]:
    """Return the names of the children of these households who are young enough in a year."""
    return {
        (row.household_id, row.child_id): f"{row.first_name} {row.last_name}"
        for chunk in ordered_chunks(household_ids)
        for row in session.scalars(
            select(HouseholdChild).where(
                HouseholdChild.household_id.in_(chunk),
                HouseholdChild.birth_date > earliest_birth_date(year),
            )
        )
    }


def certificates_of_year(session: Session, provider: str, year: int) -> Mapping[Key, Issued]:
    """Return the last version of each certificate of a year."""
    rows = session.scalars(
        select(TaxCertificate)
        .where(TaxCertificate.provider == provider, TaxCertificate.year == year)
        .order_by(TaxCertificate.version)
    )
    return {
        (row.household_id, row.child_id): Issued(
            row.version, CarePaid(row.cents, row.voucher_cents), row.child, row.payer
        )
        for row in rows
    }


def certificates_of_household(
    session: Session, household_id: str, provider: str = ""
) -> list[Certificate]:
    """
    Return a household's certificates, the last version of each, the latest year first.

    Those of one provider, where it is named.
    """
    named = [TaxCertificate.provider == provider] if provider else []
    last = (
        select(
            TaxCertificate.provider,
            TaxCertificate.child_id,
            TaxCertificate.year,
            func.max(TaxCertificate.version).label("version"),
        )
        .where(TaxCertificate.household_id == household_id)
        .group_by(TaxCertificate.provider, TaxCertificate.child_id, TaxCertificate.year)
        .subquery()
    )
    same = and_(*(getattr(TaxCertificate, column.name) == column for column in last.c))
    rows = session.scalars(
        select(TaxCertificate)
        .join(last, same)
        .where(TaxCertificate.household_id == household_id, *named)
        .order_by(TaxCertificate.year.desc(), TaxCertificate.provider, TaxCertificate.child)
        .limit(MOST_LISTED)
    )
    return [
        {
            "certificate_id": row.id,
            "provider": row.provider,
            "child": row.child,
            "year": row.year,
            "cents": row.cents,
            "issued_on": row.issued_at.astimezone(PARIS).date(),
        }
        for row in rows
    ]
