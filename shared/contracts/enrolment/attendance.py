"""What a provider tells of attendance: quantities to billing, monthly counts to the dossier."""

from marshmallow import fields, validate

from shared.contracts.formats import (
    Code,
    Count,
    Day,
    Id,
    MaybeDay,
    Moment,
    Month,
    OneOf,
    Several,
    Text,
    Variant,
    Version,
)
from shared.contracts.message import UntypedEvent, UntypedMethod

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

attendance_recorded = UntypedEvent(
    OWNER,
    "attendance_recorded",
    fields={
        "session_id": Id(),
        "version": Version(),
        "activity": Code(),
        "group_id": Id(),
        "day": Day(),
        "late": fields.Boolean(required=True),
        "planned_minutes": fields.Integer(
            strict=True, load_default=0, validate=validate.Range(0, 1440)
        ),
        "lines": fields.List(
            fields.Nested(
                {
                    "child_id": Id(),
                    "household_id": Id(),
                    "outcome": fields.String(required=True, validate=validate.OneOf(OUTCOMES)),
                    "quantity": fields.Integer(
                        required=True, strict=True, validate=validate.Range(0)
                    ),
                    "minutes": fields.Integer(
                        strict=True,
                        load_default=None,
                        allow_none=True,
                        validate=validate.Range(0, 1440),
                    ),
                    "variant": Variant(),
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
`planned_minutes` is how long the session lasts; `minutes`, where somebody noted who left, how long
this child stayed. `variant` is how it comes ("own_meal"), "" as usual: never why.
"""

place_recorded = UntypedEvent(
    OWNER,
    "place_recorded",
    fields={
        "place_id": Id(),
        "version": Version(),
        "child_id": Id(),
        "household_id": Id(),
        "activity": Code(),
        "group_id": Id(),
        "valid_from": Day(),
        "valid_to": MaybeDay(),
        "cancelled": fields.Boolean(load_default=False),
    },
)
"""
A place as what is owed by the month, the term or the year counts it: whole, versioned per place.

`household_id` is the household that asked for it. `cancelled`: it never began.
"""

activity_counted = UntypedEvent(
    OWNER,
    "activity_counted",
    fields={
        "child_id": Id(),
        "activity": Code(),
        "label": Text(120),
        "school_year": Text(9),
        "month": Month(),
        "times": fields.Integer(required=True, strict=True, validate=validate.Range(0)),
        "version": Version(),
    },
)
"""How often a child came in one month (rule R10): never a day, never an hour. Whole state."""

import_attendance = UntypedMethod(
    OWNER,
    "import_attendance",
    request={
        "sheets": Several(
            {
                "group": Text(60),
                "day": Day(),
                "lines": Several(
                    {"child_id": Id(), "outcome": OneOf(OUTCOMES), "quantity": Count()}
                ),
            },
            validate=validate.Length(1, 100),
        )
    },
    answer={"told": Count(), "waiting": fields.List(Id(required=False), required=True)},
    writes=True,
)
"""
Attendance of days gone by from another software, of groups of `import_offer`, told to billing once.

Refused for a day of which this provider keeps a session itself. `waiting` are children whose file
has not come from the dossier yet: nothing of their sheet was told, ask again a little later.
"""
