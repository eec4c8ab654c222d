"""What a service tells its own processes that hold pages open: who should look, no more."""

from marshmallow import fields, validate

from shared.contracts.formats import Text
from shared.contracts.message import Event

OWNER = "live"

changed = Event(
    OWNER,
    "changed",
    fields={
        "audiences": fields.List(Text(60), required=True, validate=validate.Length(1, 200)),
    },
)
"""
Something changed for these audiences (ids of households and persons, or a part of a desk).

It goes to the push slots of the principal that tells it and to nobody else; what changed stands in
that principal's own database.
"""
