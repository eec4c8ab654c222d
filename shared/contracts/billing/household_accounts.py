"""A household's bills and payments of all its years, for its own guardians to take away."""

from dataclasses import dataclass
from typing import Annotated

from marshmallow import validate

from shared.contracts.billing.bills import Bill, Payment
from shared.contracts.message import Method
from shared.contracts.values import Code, Count, Id

OWNER = "billing"


class AccountBill(Bill):
    """A bill of an account, with its provider."""

    provider: Code


class AccountPayment(Payment):
    """A payment of an account, with its provider."""

    provider: Code


@dataclass(frozen=True)
class AccountYearRequest:
    """`year` null: of none, to learn which `years` there are."""

    household_id: Id
    year: Annotated[Count | None, validate.Range(2000, 2100)] = None


@dataclass(frozen=True)
class AccountYearAnswer:
    """`years` are all that there are, the latest first."""

    years: list[Count]
    bills: list[AccountBill]
    payments: list[AccountPayment]


account_year = Method(OWNER, "account_year", AccountYearRequest, AccountYearAnswer)
"""
Bills issued and payments made in a calendar year, at all providers, those that left included.

A year at a time, since a message has a size.
"""
