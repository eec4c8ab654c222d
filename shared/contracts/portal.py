"""What the portal tells: acts on their way, pages seen at a counter, letters that are due."""

from marshmallow import fields, validate

from shared.contracts.formats import AT_FRONT_DESK, Code, Count, Id, Moment, OneOf, Text
from shared.contracts.message import UntypedEvent

OWNER = "portal"

letter_due = UntypedEvent(
    OWNER,
    "letter_due",
    fields={"key": Id(), "subject": Id(), "category": Code(), "token": Text(400)},
)
"""
A guardian has not looked at what came: identity writes that there is something new, no more.

`token` ends this category by one click; `key` is the letter's, so that it is posted once.
"""

family_act = UntypedEvent(
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

attachment_part = UntypedEvent(
    OWNER,
    "attachment_part",
    addressed=True,
    fields={
        "attachment_id": Id(),
        "number": Count(validate=validate.Range(0, 399)),
        "data": Text(200_000),
    },
)
"""
A part of a file that a family attached, in base64, numbered from 0.

It stands under the digest that its message says: a file whose message never came is let go of.
"""

page_seen = UntypedEvent(
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
