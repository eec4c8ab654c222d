"""What a provider tells of attendance: quantities to billing, monthly counts to the dossier."""

from marshmallow import fields, validate

from shared.contracts.formats import Code, Day, Id, Moment, Text, Version
from shared.contracts.message import Event

OWNER = "enrolment"

PRESENT, UNEXPECTED, ABSENT = "present", "unexpected", "absent"
EXCUSED, CANCELLED_LATE = "excused", "cancelled_late"
OUTCOMES = (
    PRESENT,
    UNEXPECTED,  # came without a booking
    ABSENT,  # booked, did not come, nobody said so in time
    EXCUSED,
    CANCELLED_LATE,
)

attendance_recorded = Event(
    OWNER,
    "attendance_recorded",
    fields={
        "session_id": Id(),
        "version": Version(),
        "activity": Code(),
        "group_id": Id(),
        "day": Day(),
        "late": fields.Boolean(required=True),
        "lines": fields.List(
            fields.Nested(
                {
                    "child_id": Id(),
                    "household_id": Id(),
                    "outcome": fields.String(required=True, validate=validate.OneOf(OUTCOMES)),
                    "quantity": fields.Integer(
                        required=True, strict=True, validate=validate.Range(0)
                    ),
                }
            ),
            required=True,
        ),
        "closed_at": Moment(),
    },
)
"""
The whole attendance of one group on one day, as quantities without prices (rule R11).

A later version replaces the earlier one; `late` says that marks came after the group was closed:
billing turns the difference into a dated adjustment and leaves issued bills as they are.
"""

activity_counted = Event(
    OWNER,
    "activity_counted",
    fields={
        "child_id": Id(),
        "activity": Code(),
        "label": Text(120),
        "school_year": Text(9),
        "month": fields.String(
            required=True, validate=validate.Regexp(r"^20\d\d-(0[1-9]|1[0-2])\Z")
        ),
        "times": fields.Integer(required=True, strict=True, validate=validate.Range(0)),
        "version": Version(),
    },
)
"""How often a child came in one month (rule R10): never a day, never an hour. Whole state."""
