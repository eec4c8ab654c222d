"""A session that has food though its provider usually has none: a birthday cake (rule R3)."""

from datetime import timedelta

from marshmallow import fields

from shared.contracts.formats import Day, Id, Version
from shared.contracts.message import UntypedEvent

OWNER = "enrolment"
BEFORE, AFTER = timedelta(days=3), timedelta(days=1)
"""How long before and after that day diet and allergies of its children are there."""

food_announced = UntypedEvent(
    OWNER,
    "food_announced",
    fields={
        "session_id": Id(),
        "version": Version(),
        "day": Day(),
        "child_ids": fields.List(Id(required=False), required=True),
    },
)
"""
To the dossier: who is booked at a session with food; whole, versioned per session.

Told again as bookings change, up to the day after; with no child it is taken back. What the
provider receives by it, the register says (`on_occasion`).
"""
