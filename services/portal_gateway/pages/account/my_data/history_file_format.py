"""
A family's history as a file that other software can read: format and version stand in it.

docs/family-history.md says what each field means; a test holds the two together. A field may be
added to a version, and none is renamed or dropped without another one.
"""

from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.billing import bills
from shared.contracts.schema_from_type import schema_of
from shared.contracts.sections import consents
from shared.contracts.values import NONE, Cents, Code, Count, Day, Id, Moment, Month, one_of, text

FORMAT, VERSION = "preau.family-history", 1

PUBLISHED, TAKEN_OVER = "published", "taken_over"

Origin = Annotated[str, one_of((PUBLISHED, TAKEN_OVER))]
Label = Annotated[str, text(120)]


class Activity(TypedDict):
    """One activity of a child at one provider in one school year: how often in each month."""

    provider: Code
    provider_label: Label
    activity: Code
    label: Label
    school_year: Annotated[str, text(9)]
    origin: Origin
    months: dict[Month, Count]


class Consent(TypedDict):
    """The state of a consent, and what this guardian said last of it."""

    act: Annotated[str, one_of(tuple(consents.ACTS))]
    state: Annotated[str, one_of(consents.STATES)]
    since: Annotated[Day | None, NONE]
    mine: Annotated[bool | None, NONE]


class Child(TypedDict):
    """A child over whom the guardian has authority."""

    id: Id
    first_name: Annotated[str, text(80)]
    last_name: Annotated[str, text(80)]
    birth_date: Day
    activities: list[Activity]
    consents: list[Consent]


class Bill(TypedDict):
    """A bill, or a credit note with a negative total; cents."""

    number: Annotated[str, text(30)]
    kind: Annotated[str, one_of(bills.KINDS)]
    month: Month
    issued_on: Day
    due_on: Day
    total_cents: Cents
    balance_cents: Cents
    state: Annotated[str, one_of(bills.INVOICE_STATES)]
    origin: Origin


class Payment(TypedDict):
    """A payment, or one try of it; `number` is its bill's, "" for none; cents."""

    at: Moment
    means: Annotated[str, one_of(bills.MEANS)]
    cents: Cents
    state: Annotated[str, one_of(bills.PAYMENT_STATES)]
    number: str
    receipt: str
    origin: Origin


class Account(TypedDict):
    """Bills of one provider to one of the guardian's own households, and its payments."""

    household_id: Id
    provider: Code
    provider_label: Label
    bills: list[Bill]
    payments: list[Payment]


class Town(TypedDict):
    code: Annotated[str, text(40)]
    name: Label


class FamilyHistory(TypedDict):
    """The whole file. `accounts` is empty where it is about one child alone."""

    format: Annotated[str, validate.Equal(FORMAT)]
    version: Annotated[int, validate.Equal(VERSION)]
    made_at: Moment
    town: Town
    made_for: Label
    children: list[Child]
    accounts: list[Account]


schema = schema_of(FamilyHistory, "raise")
