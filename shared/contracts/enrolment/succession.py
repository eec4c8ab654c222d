"""
What operations ask of a provider when it goes live, and when another one takes over from it.

The former provider says what it hands over, operations carry it to the successor: no database is
shared. Ids, days, codes and labels of the offer travel, never a name.
"""

from typing import Any

from marshmallow import fields, validate

from shared.contracts.derived import schema_of
from shared.contracts.enrolment.places import ACCEPTED, WAITING, ImportedActivity
from shared.contracts.formats import Code, Day, Id, MaybeDay, Moment, OneOf, Several, Text
from shared.contracts.message import UntypedMethod

OWNER = "enrolment"

AT_ONCE = 25
"""Most children in one page: fewer, where a message does not hold as many."""

publish_offer = UntypedMethod(
    OWNER,
    "publish_offer",
    request={},
    answer={
        "activities": fields.Integer(required=True),
        "tariffs": fields.Integer(required=True),
    },
    writes=True,
)
"""Tell families and billing all of the offer and of the grids that they were not told yet."""

hand_over_offer = UntypedMethod(
    OWNER,
    "hand_over_offer",
    request={"on": Day(), "after": fields.String(load_default="")},
    answer={
        "days_off": Several({"day": Day(), "kind": Code(), "label": Text(80)}, required=False),
        "activities": Several(schema_of(ImportedActivity, "exclude")),
        "next": fields.String(required=True),
    },
)
"""
The open activities that go on after a day, one a page, as `import_offer` takes them.

References are "<provider>:<id>", so that the successor takes each once.
"""

_APPLICATION: dict[str, fields.Field] = {
    "application_id": Id(),
    "group": Text(60),
    "subject": Id(),
    "household_id": Id(required=False, load_default=None, allow_none=True),
    "channel": Code(),
    "weekdays": fields.String(required=True, validate=validate.Length(0, 7)),
    "from_day": MaybeDay(),
    "criteria": fields.List(Code(required=False), load_default=list),
    "points": fields.Integer(strict=True, required=True),
    "state": OneOf((ACCEPTED, WAITING)),
    "submitted_at": Moment(),
    "decided_at": Moment(required=False, load_default=None, allow_none=True),
}

_PLACE: dict[str, fields.Field] = {
    "application_id": Id(),
    "group": Text(60),
    "weekdays": fields.String(required=True, validate=validate.Length(0, 7)),
    "valid_from": Day(),
    "valid_to": MaybeDay(),
    "patterns": Several(
        {"household_id": Id(), "valid_from": Day(), "weekdays": fields.String(required=True)},
        required=False,
        load_default=list,
    ),
    "bookings": Several(
        {
            "day": Day(),
            "household_id": Id(),
            "state": Code(),
            "reason": fields.String(load_default=""),
            "changed_by": Code(),
            "changed_at": Moment(),
        },
        required=False,
        load_default=list,
    ),
}


def _children() -> Any:
    return Several(
        {
            "child_id": Id(),
            "applications": Several(dict(_APPLICATION)),
            "places": Several(dict(_PLACE)),
        }
    )


hand_over_places = UntypedMethod(
    OWNER,
    "hand_over_places",
    request={"on": Day(), "after": fields.String(load_default="")},
    answer={"children": _children(), "next": fields.String(required=True)},
)
"""
Who has a place after a day or waits for one, by child: applications, places, bookings after it.

An application keeps its id, its instants and its points: they are its rank, in a draw too.
"""

take_over = UntypedMethod(
    OWNER,
    "take_over",
    request={
        "predecessor": Code(),
        "label": Text(60),
        "on": Day(),
        "children": _children(),
    },
    answer={
        "taken": fields.Integer(required=True),
        "waiting": fields.List(Id(required=False), required=True),
    },
    writes=True,
)
"""
Go on from the day after `on` with what the predecessor hands over; safe to repeat.

`waiting` are children whose file has not come from the dossier yet: ask again a little later. Each
household is told once, and reads the predecessor's `label`.
"""

end_hand_over = UntypedMethod(
    OWNER,
    "end_hand_over",
    request={"on": Day()},
    answer={
        "places": fields.Integer(required=True),
        "applications": fields.Integer(required=True),
        "activities": fields.Integer(required=True),
    },
    writes=True,
)
"""
End what the successor has taken: places with this day, who waits, the offer. Families are told by
the successor; what was lived here stays, with its bills. Safe to repeat.
"""
