"""What billing answers anybody about prices: published grids, no person, nothing kept."""

from marshmallow import fields, validate

from shared.contracts.billing.bills import REASON
from shared.contracts.formats import Cents, Code, Count, Day, Several, Text, Variant
from shared.contracts.message import UntypedMethod

OWNER = "billing"

MOST_CASES = 16
MOST_CHILDREN = 6

quote = UntypedMethod(
    OWNER,
    "quote",
    request={
        "cases": Several(
            {
                "provider": Code(),
                "tariff": Code(),
                "residence": Code(),
                "variant": Variant(),
                "quotient_cents": Cents(
                    required=False,
                    load_default=None,
                    allow_none=True,
                    validate=validate.Range(0, 10_000_000),
                ),
                "of_band": fields.Boolean(load_default=False),
                "children": Count(validate=validate.Range(1, MOST_CHILDREN)),
                "days": Count(validate=validate.Range(1, 7)),
                "on": Day(),
            },
            validate=validate.Length(1, MOST_CASES),
        )
    },
    answer={
        "quotes": Several(
            {
                "ranks": Several(
                    {
                        "rank": Count(),
                        "total_cents": Cents(),
                        "parts": Several(
                            {
                                "label": Text(60),
                                "cents": Cents(),
                                "reason": fields.Nested(REASON, required=True),
                            }
                        ),
                    }
                ),
                "total_cents": Cents(),
                "week_cents": Cents(allow_none=True),
            }
        )
    },
)
"""
What one unit of a published price costs on a day, to anybody: one quote for each case, in order.

`quotient_cents` null: none is said, hence the highest price. `of_band`: it stands for its whole
band, and no reason names it. `ranks` has each child of a household that comes together, one for
what the household owes once; none where that day has no price. `week_cents` is what `days` sessions
a week of all of them cost; null for what is not due by the session.
"""
