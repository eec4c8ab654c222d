"""Corrections of a payer by its régisseur: a quotient, or who pays which part for a child."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.accounts.commands import quotients
from services.billing.bills.rules.draft import changes_of_month
from services.billing.models import Counted, HouseholdChild, StoredPlace
from services.billing.payers.commands import payer_shares
from services.billing.payers.queries.households_known_to_provider import knows_household
from services.billing.payers.queries.payer_shares import payer_divisions_of_children
from services.billing.payers.queries.protected_households import protected_households_among
from services.billing.payers.rules.new_quotients import NewQuotient
from services.billing.pricing.rules.month_lines import lines_of_month
from services.billing.pricing.rules.periodic_units import (
    first_day_priced_together,
    last_day_priced_together,
)
from services.billing.quantities.commands.months_to_bill import mark_to_bill_by_regie
from services.billing.quantities.queries.affected_months import affected_months_of
from services.billing.quantities.queries.tariffs import (
    current_residence_classes,
    current_tariffs_of_provider,
)
from services.billing.runs.queries.pricing_inputs import load_pricing_contexts
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.months import month_of
from shared.register import Provider


def correct_quotient(
    write: Write, provider: Provider, quotient: NewQuotient, *, by: str, at: datetime, on: date
) -> Sequence[str]:
    """Record a corrected quotient; return the months whose bills at the provider change by it."""
    changed = quotients.record_quotients(write, [quotient], by=by, at=at, on=on)
    codes = {regie for regie, _, _ in changed} & {regie.code for regie in provider.regies}
    own_months = {month for regie, _, month in changed if regie in codes}
    bills_change = (
        month
        for code in codes
        for month in _months_of_changed_bills(write, provider, code, quotient.household_id, on)
    )
    return sorted(own_months & set(bills_change))


def _months_of_changed_bills(
    session: Session, provider: Provider, regie: str, household_id: str, on: date
) -> Iterator[str]:
    """Yield the months whose issued lines the next run takes back, or adds to."""
    context = load_pricing_contexts(
        session, provider.code, regie, [household_id], month_of(on), on
    )[household_id]
    tariffs = current_tariffs_of_provider(session, provider.code)
    residences = current_residence_classes(session, provider.code)
    for month, billed in context.billed.items():
        quantities, places = context.months[month]
        desired = lines_of_month(month, context.payer, quantities, places, tariffs, residences)
        change = changes_of_month(month, billed, desired)
        if change.added or change.taken:
            yield month


def set_shares(
    write: Write,
    provider: Provider,
    child_id: str,
    parts: Mapping[str, int],
    *,
    valid_from: date,
    valid_to: date | None,
    paper: str,
    by: str,
    at: datetime,
    on: date,
) -> None:
    """
    Record who pays which part of a child's lines, and mark the months of all payers to bill.

    Raises NotFound for a child of whom the provider counts nothing, and for a household that is not
    the child's, or is protected and has no bill here: of others there is nothing to learn here.
    """
    _refuse_unknown_payers(write, provider, child_id, parts)
    concerned = _payers_of_child(write, provider, child_id) | parts.keys()
    tariffs = current_tariffs_of_provider(write, provider.code)
    since = month_of(first_day_priced_together(tariffs, valid_from))
    before = affected_months_of(write, concerned, month_of(on), since)
    payer_shares.record_payer_shares(
        write,
        provider.code,
        child_id,
        parts,
        valid_from=valid_from,
        valid_to=valid_to,
        paper=paper,
        by=by,
        at=at,
    )
    after = affected_months_of(write, concerned, month_of(on), since)
    codes = {regie.code for regie in provider.regies}
    until = last_day_priced_together(tariffs, valid_to) if valid_to else date.max
    mark_to_bill_by_regie(
        write,
        (
            to_bill
            for to_bill in before | after
            if to_bill[0] in codes and to_bill[2] <= month_of(until)
        ),
    )


def _refuse_unknown_payers(
    session: Session, provider: Provider, child_id: str, parts: Mapping[str, int]
) -> None:
    counts = any(
        session.scalar(
            select(table.child_id)
            .where(table.provider == provider.code, table.child_id == child_id)
            .limit(1)
        )
        for table in (Counted, StoredPlace)
    )
    homes = session.scalars(
        select(HouseholdChild.household_id).where(HouseholdChild.child_id == child_id)
    )
    if not counts or not parts.keys() <= set(homes):
        raise NotFound
    hidden = protected_households_among(session, parts.keys())
    if not all(knows_household(session, provider, household_id) for household_id in hidden):
        raise NotFound


def _payers_of_child(session: Session, provider: Provider, child_id: str) -> set[str]:
    """Return who paid, or pays, for a child at a provider."""
    divisions = payer_divisions_of_children(session, provider.code, [child_id])
    owners = (
        session.scalars(
            select(table.household_id)
            .where(table.provider == provider.code, table.child_id == child_id)
            .distinct()
        )
        for table in (Counted, StoredPlace)
    )
    return {
        *divisions.payers_of_child(child_id),
        *(home for household_ids in owners for home in household_ids),
    }
