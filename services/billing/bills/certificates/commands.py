"""
Tax certificates (art. 200 quater B CGI): what was paid in a year for a young child's care.

On a cash basis, net of what was given back: what is paid of each bill at the end of the year less
what was paid of it at the end of the year before. A credit note lessens the year in which it is
made; a payment that was taken back was paid in none. What vouchers paid is said apart: an employer
may have financed it. A certificate never changes: a new version is made when an agent asks for it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from services.billing.bills.certificates.queries.issued import (
    AT_ONCE,
    Issued,
    Key,
    care_paid_in_year,
    certificates_of_year,
    certified,
    young_children,
)
from services.billing.bills.certificates.rules.age_limit import earliest_birth_date
from services.billing.models import Entry, HouseholdChild, Posting, TaxCertificate
from services.billing.models.ledger import CLAIMS
from services.billing.payers.queries.payers import address_blocks_of
from shared.database import Write
from shared.database.chunks import ordered_chunks
from shared.dates.clock import PARIS
from shared.register import Provider
from shared.runtime.ids import new_id

MOST_WRITTEN = 400
"""Certificates in one transaction, so that families' writes go in between."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Numbers of certificates issued and replaced; `remaining` households were not examined."""

    issued: int = 0
    replaced: int = 0
    remaining: int = 0


def issue_certificates(
    write: Write, provider: Provider, year: int, *, replace: bool, at: datetime
) -> Outcome:
    """Issue the certificates of a year that are missing, and replace those that differ if asked."""
    last = certificates_of_year(write, provider.code, year)
    homes = _households_with_young_children(write, provider, year)
    remaining = sorted(
        homes if replace else (home for home in homes if _lacks_certificate(homes, home, last))
    )
    rows: list[Mapping[str, object]] = []
    looked_at = 0
    for chunk in ordered_chunks(remaining, AT_ONCE):
        if len(rows) >= MOST_WRITTEN:
            break
        rows += _certificate_rows(write, provider, year, chunk, last, replace, at)
        looked_at += len(chunk)
    if rows:
        write.execute(insert(TaxCertificate), rows)
    issued = sum(1 for row in rows if row["version"] == 1)
    return Outcome(issued, len(rows) - issued, len(remaining) - looked_at)


def _lacks_certificate(
    homes: Mapping[str, set[str]], household_id: str, last: Mapping[Key, Issued]
) -> bool:
    return any((household_id, child_id) not in last for child_id in homes[household_id])


def _certificate_rows(
    session: Session,
    provider: Provider,
    year: int,
    household_ids: Collection[str],
    last: Mapping[Key, Issued],
    replace: bool,
    at: datetime,
) -> Iterator[Mapping[str, object]]:
    names = young_children(session, household_ids, year)
    blocks = address_blocks_of(session, household_ids, at.astimezone(PARIS).date())
    for key, in_year in care_paid_in_year(session, provider, household_ids, year).items():
        before, paid = last.get(key), certified(in_year)
        if (before is None and any(paid)) or (before and replace and before.paid != paid):
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
                "cents": paid.own,
                "voucher_cents": paid.by_voucher,
                "issued_at": at,
            }


def _households_with_young_children(
    session: Session, provider: Provider, year: int
) -> Mapping[str, set[str]]:
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
            HouseholdChild.birth_date > earliest_birth_date(year),
            HouseholdChild.household_id.in_(moved),
        )
    )
    return _children_by_household(rows)


def _children_by_household(rows: Iterable[Key]) -> Mapping[str, set[str]]:
    homes: dict[str, set[str]] = defaultdict(set)
    for household_id, child_id in rows:
        homes[household_id].add(child_id)
    return homes
