"""
Tax certificates (art. 200 quater B CGI): what was paid in a year for a young child's care.

On a cash basis, net of what was given back: what is paid of each bill at the end of the year less
what was paid of it at the end of the year before. A credit note lessens the year in which it is
made. A certificate never changes: a new version is made when an agent asks for it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, insert, select
from sqlalchemy.orm import Session

from services.billing.bills.certificates.queries import care_paid
from services.billing.bills.certificates.rules import born_after
from services.billing.chunks import chunks
from services.billing.models import Entry, HouseholdChild, Posting, TaxCertificate
from services.billing.models.ledger import CLAIMS
from services.billing.payers.queries.payers import blocks_of
from shared.database import Write
from shared.dates.clock import PARIS
from shared.register import Provider
from shared.runtime.ids import new_id

AT_ONCE = 100
MOST_WRITTEN = 400
"""Certificates in one transaction, so that families' writes go in between."""

MOST_LISTED = 400

Key = tuple[str, str]
"""Household and child."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The last version of a certificate."""

    version: int
    cents: int
    child: str
    payer: Sequence[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many were issued and replaced; `remaining` households were not looked at."""

    issued: int = 0
    replaced: int = 0
    remaining: int = 0


def issue(write: Write, provider: Provider, year: int, *, replace: bool, at: datetime) -> Outcome:
    """Issue the certificates of a year that are missing, and replace those that differ if asked."""
    last = issued_of(write, provider.code, year)
    homes = _homes(write, provider, year)
    wanted = sorted(homes if replace else (each for each in homes if _lacks(homes, each, last)))
    rows: list[Mapping[str, Any]] = []
    looked_at = 0
    for some in chunks(wanted, AT_ONCE):
        if len(rows) >= MOST_WRITTEN:
            break
        rows += _certificates(write, provider, year, some, last, replace, at)
        looked_at += len(some)
    if rows:
        write.execute(insert(TaxCertificate), rows)
    issued = sum(1 for row in rows if row["version"] == 1)
    return Outcome(issued, len(rows) - issued, len(wanted) - looked_at)


def _lacks(homes: Mapping[str, set[str]], household_id: str, last: Mapping[Key, Issued]) -> bool:
    return any((household_id, child_id) not in last for child_id in homes[household_id])


def _certificates(
    session: Session,
    provider: Provider,
    year: int,
    household_ids: Collection[str],
    last: Mapping[Key, Issued],
    replace: bool,
    at: datetime,
) -> Iterator[Mapping[str, Any]]:
    names = young_children(session, household_ids, year)
    blocks = blocks_of(session, household_ids, at.astimezone(PARIS).date())
    for key, cents in paid_in(session, provider, household_ids, year).items():
        before = last.get(key)
        if (before is None and cents > 0) or (before and replace and before.cents != cents):
            household_id, child_id = key
            yield {
                "id": new_id(),
                "provider": provider.code,
                "household_id": household_id,
                "child_id": child_id,
                "child": names[key],
                "payer": list(blocks[household_id]),
                "year": year,
                "version": before.version + 1 if before else 1,
                "cents": max(0, cents),
                "issued_at": at,
            }


def changed(session: Session, provider: Provider, year: int) -> Iterator[Mapping[str, Any]]:
    """Yield the issued certificates of a year that would show another amount now."""
    last = issued_of(session, provider.code, year)
    for some in chunks({household_id for household_id, _ in last}, AT_ONCE):
        paid = paid_in(session, provider, some, year)
        for key in sorted(key for key in last if key[0] in some):
            before, cents = last[key], max(0, paid.get(key, 0))
            if before.cents != cents:
                yield {
                    "household_id": key[0],
                    "payer": (before.payer or ["–"])[0],
                    "child": before.child,
                    "issued_cents": before.cents,
                    "now_cents": cents,
                }


def paid_in(
    session: Session, provider: Provider, household_ids: Collection[str], year: int
) -> Mapping[Key, int]:
    """Return what these households paid in a year for the care of each young child, in cents."""
    names = young_children(session, household_ids, year)
    until, before = (
        care_paid(session, provider.code, household_ids, date(each, 12, 31))
        for each in (year, year - 1)
    )
    return {key: until.get(key, 0) - before.get(key, 0) for key in names}


def young_children(
    session: Session, household_ids: Collection[str], year: int
) -> Mapping[Key, str]:
    """Return the names of the children of these households who are young enough in a year."""
    return {
        (row.household_id, row.child_id): f"{row.first_name} {row.last_name}"
        for some in chunks(household_ids)
        for row in session.scalars(
            select(HouseholdChild).where(
                HouseholdChild.household_id.in_(some), HouseholdChild.birth_date > born_after(year)
            )
        )
    }


def issued_of(session: Session, provider: str, year: int) -> Mapping[Key, Issued]:
    """Return the last version of each certificate of a year."""
    rows = session.scalars(
        select(TaxCertificate)
        .where(TaxCertificate.provider == provider, TaxCertificate.year == year)
        .order_by(TaxCertificate.version)
    )
    return {
        (row.household_id, row.child_id): Issued(row.version, row.cents, row.child, row.payer)
        for row in rows
    }


def of_household(session: Session, household_id: str) -> Sequence[Mapping[str, Any]]:
    """Return a household's certificates, the last version of each, the latest year first."""
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
        .where(TaxCertificate.household_id == household_id)
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


def _homes(session: Session, provider: Provider, year: int) -> Mapping[str, set[str]]:
    """Return the households for whose bills money moved in a year, with their young children."""
    moved = (
        select(Posting.household_id)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Entry.regie.in_([regie.code for regie in provider.regies]),
            Entry.day.between(date(year, 1, 1), date(year, 12, 31)),
            Posting.account.in_(CLAIMS),
        )
    )
    rows = session.execute(
        select(HouseholdChild.household_id, HouseholdChild.child_id).where(
            HouseholdChild.birth_date > born_after(year), HouseholdChild.household_id.in_(moved)
        )
    )
    return _by_home(rows.tuples())


def _by_home(rows: Iterable[Key]) -> Mapping[str, set[str]]:
    homes: dict[str, set[str]] = defaultdict(set)
    for household_id, child_id in rows:
        homes[household_id].add(child_id)
    return homes
