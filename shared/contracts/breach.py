"""Whom a breach touched (GDPR articles 33 and 34): households by number, without a name."""

from marshmallow import fields

from shared.contracts.formats import Code, Count, Id, Moment, Projection, Several
from shared.contracts.message import Method

OWNER = "dossier"

AT_ONCE = 200
"""Households in one answer: a message has a size."""

households_touched = Method(
    OWNER,
    "households_touched",
    request={
        "provider": Code(required=False, load_default=None, allow_none=True),
        "since": Moment(),
        "until": Moment(),
        "after": Id(required=False, load_default=None, allow_none=True),
    },
    answer={
        "households": Several(
            {
                "household_id": Id(),
                "children": Count(),
                "projections": fields.List(Projection(), required=True),
                "reads": Count(),
            }
        ),
        "more": fields.Boolean(required=True),
    },
)
"""
The households of children whom a provider had, or of whom it read, between two instants.

Without `provider` all that there were: of a service that holds all families. `projections` is what
it held of their children, `reads` how often it read in that time. By household, after `after`.
"""
