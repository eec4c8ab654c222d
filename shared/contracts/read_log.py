"""The log of who read what, verified for whoever runs the town (rule R13): no line travels."""

from typing import Any

from marshmallow import fields, validate

from shared.contracts.formats import Count, OneOf, Several
from shared.contracts.message import Method

OWNER = "dossier"

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

verify_reads = Method(
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
