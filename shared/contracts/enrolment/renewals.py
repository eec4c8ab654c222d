"""
Going on next year: what a provider asks of those whose children have a place, and their answer.

A campaign's lines travel on the family card (`places.family_card`); a line is answered one at a
time. Ids, days and codes travel, never a name.
"""

from marshmallow import fields

from shared.contracts.formats import (
    Code,
    Day,
    Id,
    MaybeMoment,
    Moment,
    OneOf,
    Text,
    Weekdays,
)
from shared.contracts.message import UntypedMethod

OWNER = "enrolment"

ASKED, CONFIRMED, WAITING = "asked", "confirmed", "waiting"
DECLINED, RELEASED, NO_GROUP = "declined", "released", "no_group"
STATES = (
    ASKED,
    CONFIRMED,  # the child has its place of next year
    WAITING,  # confirmed, and next on the waiting list: the group is full
    DECLINED,
    RELEASED,  # not answered by the deadline
    NO_GROUP,  # nothing goes on for a child of this age
)

SAME, OLDER, OTHER, NONE = "same", "older", "other", "none"
WHY = (
    SAME,  # the group of the same name
    OLDER,  # it has outgrown that one
    OTHER,  # that one is no longer there
    NONE,
)
"""Why a group is proposed for next year."""

CONFIRM, DECLINE, UNDO = "confirm", "decline", "undo"

_TIMES: dict[str, fields.Field] = {
    "activity_id": Id(),
    "activity": Text(120),
    "code": Code(),
    "group": Text(120),
    "site": Text(120),
    "weekdays": Weekdays(),
    "starts": Text(5),
    "ends": Text(5),
}

LINE: dict[str, fields.Field] = {
    "renewal_id": Id(),
    "state": OneOf(STATES),
    "why": OneOf(WHY),
    "until": Moment(),
    "kept_until": MaybeMoment(),
    "by_day": fields.Boolean(required=True),
    "now": fields.Nested(dict(_TIMES), required=True),
    "next": fields.Nested(
        {
            **_TIMES,
            "meets": Weekdays(),
            "first_day": Day(),
            "last_day": Day(),
        },
        required=True,
        allow_none=True,
    ),
    "school_year": Text(9),
    "place_id": Id(required=False, load_default=None, allow_none=True),
}
"""
One place that may go on: `now` as it is, `next` as it would be (null: nothing for this age).

`until` is the deadline; `kept_until` until when a place is kept for the answer, null where none is.
`next.weekdays` are the days proposed or chosen, `meets` those of the group; `place_id` is next
year's place once it is given.
"""

answer_renewal = UntypedMethod(
    OWNER,
    "answer_renewal",
    request={
        "child_id": Id(),
        "renewal_id": Id(),
        "answer": OneOf((CONFIRM, DECLINE, UNDO)),
        "weekdays": Weekdays(load_default=list, required=False),
    },
    answer={"became": OneOf(STATES)},
    writes=True,
)
"""
Confirm a line, decline it, or take a « no » back. `weekdays` are for what is booked by the day.

What is confirmed already stays as it is: its days are changed by `set_week`. Refusals: NotFound,
TooLate after the deadline.
"""
