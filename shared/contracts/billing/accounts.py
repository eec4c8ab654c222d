"""A household's bills and payments of all its years, for its own guardians to take away."""

from marshmallow import fields, validate

from shared.contracts.billing.bills import BILL, PAYMENT
from shared.contracts.formats import Code, Count, Id, Several
from shared.contracts.message import UntypedMethod

OWNER = "billing"

account_year = UntypedMethod(
    OWNER,
    "account_year",
    request={
        "household_id": Id(),
        "year": Count(
            required=False,
            load_default=None,
            allow_none=True,
            validate=validate.Range(2000, 2100),
        ),
    },
    answer={
        "years": fields.List(Count(required=False), required=True),
        "bills": Several({"provider": Code(), **BILL}),
        "payments": Several({"provider": Code(), **PAYMENT}),
    },
)
"""
Bills issued and payments made in a calendar year, at all providers, those that left included.

`year` null: of none, to learn which `years` there are, the latest first. A year at a time, since a
message has a size.
"""
