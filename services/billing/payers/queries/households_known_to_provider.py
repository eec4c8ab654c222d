"""Households that a provider knows: by a bill, a payment, a part to pay, or what is counted."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select
from sqlalchemy.orm import Session

from services.billing.models import (
    Counted,
    Invoice,
    PastBill,
    Payment,
    Share,
    SharePart,
    StoredPlace,
)
from services.billing.payers.queries.protected_households import protected_household_condition
from shared.register import Provider


def knows_household(session: Session, provider: Provider, household_id: str) -> bool:
    """
    Say whether a provider knows a household: by a bill, a payment, or what is counted.

    Of a protected one a bill alone counts (rule R9): until there is one it is not to be found.
    """
    return bool(session.scalar(select(known_household_condition(provider, literal(household_id)))))


def known_household_condition(
    provider: Provider, household_id: ColumnElement[str]
) -> ColumnElement[bool]:
    codes = regie_codes_of(provider)
    billed = (
        (Invoice, Invoice.provider == provider.code),
        (PastBill, PastBill.provider == provider.code),
    )
    otherwise = (
        (Payment, Payment.provider == provider.code),
        (Counted, Counted.regie.in_(codes)),
        (StoredPlace, StoredPlace.regie.in_(codes)),
    )

    def condition_of_row_in_any(tables: Any) -> ColumnElement[bool]:
        rules = (exists().where(table.household_id == household_id, rule) for table, rule in tables)
        return or_(*rules)

    pays_a_part = (
        exists()
        .where(SharePart.share_id == Share.id, Share.provider == provider.code)
        .where(SharePart.household_id == household_id)
    )
    open_to_all = and_(
        ~protected_household_condition(household_id),
        or_(condition_of_row_in_any(otherwise), pays_a_part),
    )
    return or_(condition_of_row_in_any(billed), open_to_all)


def regie_codes_of(provider: Provider) -> Sequence[str]:
    return [regie.code for regie in provider.regies]
