"""What a service tells its own processes that hold pages open: who should look, no more."""

from marshmallow import fields, validate

from shared.contracts.formats import Text
from shared.contracts.message import UntypedEvent

OWNER = "live"
MOST = 1_000
"""Audiences in one push; more are several."""

changed = UntypedEvent(
    OWNER,
    "changed",
    fields={
        "audiences": fields.List(Text(60), required=True, validate=validate.Length(1, MOST)),
    },
)
"""
Something changed for these audiences (ids of households and persons, or a part of a desk).

It goes to the push slots of the principal that tells it and to nobody else; what changed stands in
that principal's own database.
"""
