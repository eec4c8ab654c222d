"""
What a provider answers families about its places, and what it tells the portal of them.

A provider decides alone: offers, applications, bookings and absences are its own. Every method is
asked of one provider (`to` its principal) for one child; ids, days and codes travel, never a name.
"""

from typing import Annotated, TypedDict

from marshmallow import fields, validate

from shared.contracts import values
from shared.contracts.derived import Default, schema_of
from shared.contracts.enrolment.renewals import LINE
from shared.contracts.errors import Refusal
from shared.contracts.formats import (
    Code,
    Day,
    Id,
    MaybeDay,
    MaybeMoment,
    Moment,
    OneOf,
    Several,
    Text,
    Version,
    Weekdays,
)
from shared.contracts.message import UntypedEvent, UntypedMethod

OWNER = "enrolment"

BOOKINGS = ("whole", "by_day")
"""How an activity is booked: every session with the place, or day by day."""
ALLOCATIONS = ("order", "criteria", "draw")
"""How places are given: order of arrival, the provider's criteria, a seeded draw."""
AVAILABILITY = ("open", "few", "full")
TERM, HOLIDAYS, ALWAYS = "term", "holidays", "always"
RUNS_IN = (TERM, HOLIDAYS, ALWAYS)
"""When a group meets: in term, in the school holidays, or in both."""

EN_ROUTE, DECIDING, OFFERED, ACCEPTED = "en_route", "deciding", "offered", "accepted"
WAITING, REFUSED, WITHDRAWN, EXPIRED = "waiting", "refused", "withdrawn", "expired"
APPLICATION_STATES = (
    EN_ROUTE,  # the child's file has not come from the dossier yet
    DECIDING,  # the window is open, or an agent decides
    OFFERED,  # a place is kept until `answer_until`
    ACCEPTED,
    WAITING,  # on the waiting list, with a rank
    REFUSED,
    WITHDRAWN,
    EXPIRED,  # the offer was not answered in time
)
REASONS = ("capacity", "age", "not_guardian", "no_file", "closed", "criteria", "other")
"""Why an application was refused; with `capacity` stand places and day (CE 429361)."""

BOOKED, CANCELLED, EXCUSED, CLOSED = "booked", "cancelled", "excused", "closed"
OTHER, FREE, FULL, PRESENT, ABSENT = "other", "free", "full", "present", "absent"
DAY_STATES = (
    FREE,  # may be booked
    FULL,
    BOOKED,
    CANCELLED,  # in time: it does not count
    EXCUSED,  # absent for a reason that the provider accepts: it does not count
    CLOSED,  # the provider cancelled the session
    OTHER,  # the day of the child's other household, which alone may change it
    PRESENT,
    ABSENT,
)

OUTCOMES = ("booked", "cancelled", "excused", "late", "full", "other_household", "closed", "gone")
"""
What became of one wanted change. `late`: the deadline has passed, the session counts;
`gone`: there is no such session, or nothing was booked.
"""

MOST_SESSIONS = 200


def _sessions() -> fields.List:
    return fields.List(
        Id(required=False), required=True, validate=validate.Length(1, MOST_SESSIONS)
    )


def _outcomes() -> fields.List:
    return fields.List(
        fields.Nested({"session_id": Id(), "outcome": OneOf(OUTCOMES), "until": MaybeMoment()}),
        required=True,
    )


_DAY: dict[str, fields.Field] = {
    "session_id": Id(),
    "day": Day(),
    "starts_at": Moment(),
    "ends_at": Moment(),
    "activity_id": Id(),
    "activity": Text(120),
    "group": Text(120),
    "state": OneOf(DAY_STATES),
    "until": MaybeMoment(),
    "seen_at": MaybeMoment(),
}
"""
One session of one child. `until` is the last instant at which the state may still be changed (book
what is free, cancel what is booked); null where it no longer may. On a card, which may be hours
old, an instant that has passed still stands and says the same. `seen_at`: when ticked present.
"""

calendar = UntypedMethod(
    OWNER,
    "calendar",
    request={"child_id": Id(), "first": Day(), "last": Day()},
    answer={
        "days": fields.List(fields.Nested(dict(_DAY)), required=True),
        "places": fields.List(fields.Nested({"place_id": Id(), "weekdays": Weekdays()})),
    },
)
"""The child's sessions, bookable or booked, between two days (at most 62), by start."""

apply = UntypedMethod(
    OWNER,
    "apply",
    request={
        "child_id": Id(),
        "group_id": Id(),
        "link_version": Version(),
        "weekdays": Weekdays(load_default=list, required=False),
        "from_day": MaybeDay(),
        "criteria": fields.List(Code(required=False), load_default=list),
    },
    answer={
        "application_id": Id(),
        "state": OneOf(APPLICATION_STATES),
        "rank": fields.Integer(load_default=None, allow_none=True),
        "answer_until": MaybeMoment(),
        "reason": fields.String(load_default=""),
        "reason_detail": fields.Dict(load_default=dict),
    },
    writes=True,
)
"""
Ask for a place. `link_version` is the dossier's answer to `open_link`: the application waits
`en_route` until that file has arrived. `weekdays` is for what is booked by the day.

Refusals: NotFound (no such group), OfferClosed, AlreadyApplied.
"""

withdraw_application = UntypedMethod(
    OWNER,
    "withdraw_application",
    request={"child_id": Id(), "application_id": Id()},
    answer={"state": OneOf(APPLICATION_STATES)},
    writes=True,
)
"""Take an application back, or give a place up."""

answer_offer = UntypedMethod(
    OWNER,
    "answer_offer",
    request={"child_id": Id(), "application_id": Id(), "accept": fields.Boolean(required=True)},
    answer={"state": OneOf(APPLICATION_STATES)},
    writes=True,
)
"""Accept or decline a place that was offered; TooLate once it has expired."""

change_bookings = UntypedMethod(
    OWNER,
    "change_bookings",
    request={
        "child_id": Id(),
        "book": fields.List(
            Id(required=False), load_default=list, validate=validate.Length(0, MOST_SESSIONS)
        ),
        "cancel": fields.List(
            Id(required=False), load_default=list, validate=validate.Length(0, MOST_SESSIONS)
        ),
    },
    answer={"outcomes": _outcomes()},
    writes=True,
)
"""Book and cancel single sessions; each has its own outcome, and one does not hinder another."""

set_week = UntypedMethod(
    OWNER,
    "set_week",
    request={"child_id": Id(), "place_id": Id(), "weekdays": Weekdays(), "from_day": Day()},
    answer={"outcomes": _outcomes()},
    writes=True,
)
"""
Change the weekly pattern of a place from a day on, for the days of the guardian's household.

The outcomes are those of the sessions whose weekday changes; too late or full, they stay as they
were. Refusals: NotFound, BadRequest where every session is booked with the place.
"""

declare_absence = UntypedMethod(
    OWNER,
    "declare_absence",
    request={"child_id": Id(), "sessions": _sessions(), "reason": OneOf(("sick", "other"))},
    answer={"outcomes": _outcomes()},
    writes=True,
)
"""
The child will not come: cancelled in time, excused, or late (it counts).

`until` is the deadline that decided; what it costs is billing's to say.
"""

_OFFERED: dict[str, fields.Field] = {
    "site": Text(120),
    "school_year": Text(9),
    "booking": OneOf(BOOKINGS),
    "allocation": OneOf(ALLOCATIONS),
    "opens_at": Moment(),
    "closes_at": MaybeMoment(),
    "book_before": Text(12),
    "cancel_before": Text(12),
}
"""How an activity is asked for. Cutoffs are "<working days before>@HH:MM" (Europe/Paris)."""

_TIMETABLE: dict[str, fields.Field] = {
    "born_from": MaybeDay(),
    "born_to": MaybeDay(),
    "weekdays": Weekdays(),
    "starts": Text(5),
    "ends": Text(5),
    "first_day": Day(),
    "last_day": Day(),
}
"""For whom a group is, and when it meets."""


class ActivityTerms(TypedDict):
    """How an activity is asked for; cutoffs are "<working days before>@HH:MM" (Europe/Paris)."""

    site: Annotated[str, values.text(120)]
    school_year: Annotated[str, values.text(9)]
    booking: Annotated[str, values.one_of(BOOKINGS)]
    allocation: Annotated[str, values.one_of(ALLOCATIONS)]
    opens_at: values.Moment
    closes_at: Annotated[values.Moment | None, values.NONE]
    book_before: Annotated[str, values.text(12)]
    cancel_before: Annotated[str, values.text(12)]


class Timetable(TypedDict):
    """The ages that a group is for, and the days and hours at which it meets."""

    born_from: Annotated[values.Day | None, values.NONE]
    born_to: Annotated[values.Day | None, values.NONE]
    weekdays: values.Weekdays
    starts: Annotated[str, values.text(5)]
    ends: Annotated[str, values.text(5)]
    first_day: values.Day
    last_day: values.Day


class ImportedCriterion(TypedDict):
    """A criterion of the provider's, with its points."""

    code: values.Code
    label: Annotated[str, values.text(120)]
    points: Annotated[int, Default(0)]


class ImportedGroup(Timetable):
    """A group from elsewhere, known by its reference; `places` null: no limit."""

    reference: Annotated[str, values.text(60)]
    label: Annotated[str, values.text(120)]
    places: Annotated[int | None, values.NONE]
    runs_in: Annotated[str, values.one_of(RUNS_IN)]


class ImportedActivity(ActivityTerms):
    """An activity from elsewhere; `criteria` and the `seed` of a draw decide ranks."""

    reference: Annotated[str, values.text(60)]
    code: values.Code
    label: Annotated[str, values.text(120)]
    description: Annotated[str, values.maybe_text(500), values.EMPTY]
    answer_days: Annotated[int, validate.Range(1, 60), Default(3)]
    criteria: Annotated[list[ImportedCriterion], Default(list)]
    seed: Annotated[str, values.maybe_text(40), values.EMPTY]
    groups: list[ImportedGroup]


class DayOff(TypedDict):
    """A day of the calendar on which a provider is closed."""

    day: values.Day
    kind: values.Code
    label: Annotated[str, values.text(80)]


import_offer = UntypedMethod(
    OWNER,
    "import_offer",
    request={
        "days_off": fields.List(
            fields.Nested({"day": Day(), "kind": Code(), "label": Text(80)}), load_default=list
        ),
        "activities": fields.List(
            fields.Nested(schema_of(ImportedActivity, "raise")),
            required=True,
            validate=validate.Length(1, 50),
        ),
    },
    answer={"groups": fields.Dict(keys=fields.String(), values=fields.String(), required=True)},
    writes=True,
)
"""
A provider's offer from another software, open at once; the answer maps group references to ids.

`book_before` and `cancel_before` are cutoffs as "<working days before>@HH:MM" (Europe/Paris).
Repeating it with the same references changes nothing that the provider has changed since.
"""

import_places = UntypedMethod(
    OWNER,
    "import_places",
    request={
        "places": fields.List(
            fields.Nested(
                {
                    "child_id": Id(),
                    "group": Text(60),
                    "valid_from": Day(),
                    "weekdays": Weekdays(),
                }
            ),
            required=True,
            validate=validate.Length(1, 500),
        )
    },
    answer={
        "given": fields.Integer(required=True),
        "waiting": fields.List(Id(required=False), required=True),
    },
    writes=True,
)
"""
Children who already have a place; `group` is a reference of `import_offer`. Safe to repeat.

`given` counts those who have it now; `waiting` are children whose file has not come from the
dossier yet: ask again a little later.
"""

activity_published = UntypedEvent(
    OWNER,
    "activity_published",
    fields={
        "activity_id": Id(),
        "version": Version(),
        "content": fields.Nested(
            {
                "code": Code(),
                "label": Text(120),
                "description": fields.String(required=True),
                **_OFFERED,
                "criteria": fields.List(
                    fields.Nested({"code": Code(), "label": Text(120)}), load_default=list
                ),
                "groups": fields.List(
                    fields.Nested(
                        {
                            "group_id": Id(),
                            "label": Text(120),
                            "availability": OneOf(AVAILABILITY),
                            **_TIMETABLE,
                        }
                    ),
                    required=True,
                ),
            },
            required=True,
            allow_none=True,
        ),
    },
)
"""The whole of one activity as anybody may read it; null: no longer offered. No person in it."""

family_card = UntypedEvent(
    OWNER,
    "family_card",
    fields={
        "household_id": Id(),
        "version": Version(),
        "at": Moment(),
        "children": fields.List(
            fields.Nested(
                {
                    "child_id": Id(),
                    "places": fields.List(
                        fields.Nested(
                            {
                                "place_id": Id(),
                                "activity_id": Id(),
                                "activity": Text(120),
                                "group_id": fields.String(load_default=""),
                                "group": Text(120),
                                "site": Text(120),
                                "booking": OneOf(BOOKINGS),
                                "weekdays": Weekdays(),
                                "valid_from": Day(),
                                "valid_to": MaybeDay(),
                            }
                        ),
                        required=True,
                    ),
                    "applications": fields.List(
                        fields.Nested(
                            {
                                "application_id": Id(),
                                "activity_id": Id(),
                                "activity": Text(120),
                                "group": Text(120),
                                "state": OneOf(APPLICATION_STATES),
                                "rank": fields.Integer(load_default=None, allow_none=True),
                                "answer_until": MaybeMoment(),
                                "reason": fields.String(load_default=""),
                                "reason_detail": fields.Dict(load_default=dict),
                                "submitted_at": Moment(),
                            }
                        ),
                        required=True,
                    ),
                    "days": fields.List(fields.Nested(dict(_DAY)), required=True),
                    "renewals": Several(dict(LINE), required=False, load_default=list),
                }
            ),
            required=True,
        ),
    },
)
"""
All that one household sees of its children at one provider: whole state, versioned per household.

`days` are what is booked, or was marked, from today over fourteen days. A place is the child's and
shows to both households, with the weekdays of each; an application shows to the one that asked. Of
a day of the other household only `other` is said, as long as the child is expected. `renewals` are
what a campaign asks for next year, and show to who holds the place.
"""

notice = UntypedEvent(
    OWNER,
    "notice",
    fields={
        "household_id": Id(),
        "key": Text(80),
        "kind": OneOf(
            (
                "closure",
                "outing",
                "place_given",
                "place_offered",
                "offer_expired",
                "refused",
                "place_ended",
                "renewal_open",
                "renewal_reminder",
                "renewal_ending",
                "renewal_released",
                "operator_changed",
                "food",
                "health_unseen",
            )
        ),
        "child_ids": fields.List(Id(required=False), required=True),
        "detail": fields.Dict(load_default=dict),
        "at": Moment(),
    },
)
"""
Something that a household is told once: `key` is unique per provider and household.

`detail` holds days, moments, activity labels, codes and the provider's telephone number; never a
name, a price or health.
"""

act_settled = UntypedEvent(
    OWNER,
    "act_settled",
    fields={
        "act_id": Id(),
        "code": Code(),
        "answer": fields.Dict(load_default=dict),
        "at": Moment(),
    },
)
"""What became of a family's act that had waited for the provider: "done", or a refusal's code."""


class OfferClosed(Refusal):
    """The group takes no application now; `detail["opens_at"]` where it will."""

    code = "offer_closed"


class AlreadyApplied(Refusal):
    """The child has an application or a place there; `detail["application_id"]`."""

    code = "already_applied"


class TooLate(Refusal):
    """The deadline has passed; `detail["until"]` says which it was."""

    code = "too_late"
