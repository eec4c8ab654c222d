"""
Contracts of billing for the town's front desk, in the name of an agent who holds a régie.

The régies that answer are those that the person holds: no field names one. Amounts are integer
cents.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.billing.bills import Bill, Number
from shared.contracts.message import Method
from shared.contracts.values import Cents, Code, Id, OfHousehold, list_length

OWNER = "billing"

LATEST = 3
"""Settled bills that are shown beside those that are open."""
MOST = 20


class CounterAccount(TypedDict):
    """A household at the régies of one provider: what is open, and the latest bills."""

    provider: Code
    owed_cents: Cents
    credit_cents: Cents
    bills: Annotated[list[Bill], list_length(0, MOST)]


@dataclass(frozen=True)
class AccountsAtCounterAnswer:
    accounts: list[CounterAccount]


accounts_at_counter = Method(OWNER, "accounts_at_counter", OfHousehold, AccountsAtCounterAnswer)
"""A household's accounts at the providers whose régie the agent holds, where it has one."""


@dataclass(frozen=True)
class PayerOfBillRequest:
    number: Number


@dataclass(frozen=True)
class PayerOfBillAnswer:
    household_id: Id


payer_of_bill = Method(OWNER, "payer_of_bill", PayerOfBillRequest, PayerOfBillAnswer)
"""The household to which a bill of one of the agent's régies went; NotFound for any other bill."""
