"""Whom a breach touched (GDPR articles 33 and 34): households by number, without a name."""

from typing import Any

from marshmallow import fields, validate

from shared.contracts.formats import Code, Count, Id, Moment, OneOf, Projection, Several
from shared.contracts.message import UntypedMethod

OWNER = "dossier"

AT_ONCE = 200
"""Households in one answer: a message has a size."""

households_touched = UntypedMethod(
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


MOST_HEADS = 500
"""Most heads of one request; who keeps more sends the latest."""

WHOLE = ""
CHANGED, GAP, DISORDER, BEGINNING, END = "changed", "gap", "disorder", "beginning", "end"
REASONS = (
    WHOLE,
    CHANGED,  # a line is not as it was signed, or not the one of which the head was noted
    GAP,  # lines are missing before it
    DISORDER,  # it does not follow the line before it
    BEGINNING,  # what stood before it is gone, and no purge says so
    END,  # what stood after it is gone
)

HEAD: dict[str, Any] = {
    "sequence": Count(),
    "mac": fields.String(required=True, validate=validate.Regexp(r"\A[0-9a-f]{64}\Z")),
}
"""The last line of the log at some moment: its number, and what it is signed with."""

verify_reads = UntypedMethod(
    OWNER,
    "verify_reads",
    request={"heads": Several(HEAD, validate=validate.Length(max=MOST_HEADS))},
    answer={
        "lines": Count(),
        "broken": OneOf(REASONS),
        "sequence": Count(),
        "head": fields.Nested(HEAD, required=True),
    },
)
"""
Whether the log is whole, by its signatures and by heads that were noted outside of the database.

`broken` says why it is not and `sequence` at which line; `head` is its last line, to be noted.
"""
