"""
A family's history as a file that other software can read: format and version stand in it.

docs/family-history.md says what each field means; a test holds the two together. A field may be
added to a version, and none is renamed or dropped without another one.
"""

from marshmallow import Schema, fields, validate

from shared.contracts.billing import bills
from shared.contracts.formats import Cents, Code, Day, Id, Moment, Month, OneOf, Several, Text

FORMAT, VERSION = "preau.family-history", 1

TOLD, TAKEN_OVER = "told", "taken_over"


class Activity(Schema):
    """One activity of a child at one provider in one school year: how often in each month."""

    provider = Code()
    provider_label = Text(120)
    activity = Code()
    label = Text(120)
    school_year = Text(9)
    origin = OneOf((TOLD, TAKEN_OVER))
    months = fields.Dict(
        keys=Month(required=False), values=fields.Integer(strict=True), required=True
    )


class Child(Schema):
    """A child over whom the guardian has authority."""

    id = Id()
    first_name = Text(80)
    last_name = Text(80)
    birth_date = Day()
    activities = Several(Activity)


class Bill(Schema):
    """A bill, or a credit note with a negative total; cents."""

    number = Text(30)
    kind = OneOf(bills.KINDS)
    month = Month()
    issued_on = Day()
    due_on = Day()
    total_cents = Cents()
    balance_cents = Cents()
    state = OneOf(bills.INVOICE_STATES)
    origin = OneOf((TOLD, TAKEN_OVER))


class Payment(Schema):
    """A payment, or one try of it; `number` is its bill's, "" for none; cents."""

    at = Moment()
    means = OneOf(bills.MEANS)
    cents = Cents()
    state = OneOf(bills.PAYMENT_STATES)
    number = fields.String(required=True)
    receipt = fields.String(required=True)
    origin = OneOf((TOLD, TAKEN_OVER))


class Account(Schema):
    """What one of the guardian's own households was billed by one provider, and paid it."""

    household_id = Id()
    provider = Code()
    provider_label = Text(120)
    bills = Several(Bill)
    payments = Several(Payment)


class FamilyHistory(Schema):
    """The whole file. `accounts` is empty where it is about one child alone."""

    format = fields.String(required=True, validate=validate.Equal(FORMAT))
    version = fields.Integer(required=True, validate=validate.Equal(VERSION))
    made_at = Moment()
    town = fields.Nested({"code": Text(40), "name": Text(120)}, required=True)
    made_for = Text(120)
    children = Several(Child)
    accounts = Several(Account)
