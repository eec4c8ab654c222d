"""What the portal tells: acts that a provider could not take at once, pages seen at a counter."""

from marshmallow import fields

from shared.contracts.formats import AT_FRONT_DESK, Code, Id, Moment, OneOf, Text
from shared.contracts.message import Event

OWNER = "portal"

family_act = Event(
    OWNER,
    "family_act",
    addressed=True,
    fields={
        "act_id": Id(),
        "method": Code(),
        "payload": fields.Dict(required=True),
        "signed": Text(2000),
    },
)
"""
A request to one provider, kept until it can be done; `act_id` is the request id under which it was
asked before, so that what was done without an answer is not done twice.

`signed` is identity's word that this person ordered exactly this, of this provider, at that time
(`identity.sign_act`): a token is over long before a provider that was down comes back.
"""

page_seen = Event(
    OWNER,
    "page_seen",
    fields={
        "subject": Id(),
        "actor": Id(),
        "child_ids": fields.List(Id(required=False), required=True),
        "part": OneOf(AT_FRONT_DESK),
        "at": Moment(),
    },
)
"""
A page of a family's own that it saw at the front desk, the agent `actor` beside it: one line in the
read log of each of these children.
"""
