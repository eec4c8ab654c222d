"""
Accounts of a household as an agent at the front desk is shown them, of the own régies alone.

Of a protected household there is nothing here: the front desk does not find it either (rule R9).
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from services.billing.accounts.queries import payer_search
from services.billing.bills.queries import bill_cards
from services.billing.payers.queries.households_known_to_provider import knows_household
from services.billing.payers.queries.protected_households import is_protected
from shared.contracts.billing.bills import Bill
from shared.contracts.billing.front_desk import LATEST, MOST, CounterAccount
from shared.register import Provider


def accounts_for_front_desk(
    session: Session, providers: Collection[Provider], household_id: str, at: datetime
) -> list[CounterAccount]:
    """Return an account for each of these providers at which the household has one."""
    if is_protected(session, household_id):
        return []
    return [
        _account_at_provider(session, provider, household_id, at)
        for provider in providers
        if knows_household(session, provider, household_id)
    ]


def payer_of_bill(session: Session, providers: Collection[Provider], number: str) -> str | None:
    """Return the household to which a bill of one of these providers went; None for any other."""
    for provider in providers:
        for household_id, _payer, _number in payer_search.payer_by_bill_number(
            session, provider, number
        ):
            return None if is_protected(session, household_id) else household_id
    return None


def _account_at_provider(
    session: Session, provider: Provider, household_id: str, at: datetime
) -> CounterAccount:
    card = bill_cards.card_contents_by_household(session, provider.code, [household_id], at)[
        household_id
    ]
    return CounterAccount(
        provider=provider.code,
        owed_cents=card["owed_cents"],
        credit_cents=card["credit_cents"],
        bills=_open_and_latest(card["bills"]),
    )


def _open_and_latest(bills: Collection[Bill]) -> list[Bill]:
    """Return the bills of which something is owed, and the latest others, as the card has them."""
    paid = [bill["invoice_id"] for bill in bills if not bill["balance_cents"]][:LATEST]
    shown = [bill for bill in bills if bill["balance_cents"] or bill["invoice_id"] in paid]
    return shown[:MOST]
