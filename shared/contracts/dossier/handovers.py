"""
A hand-over of a child between two of its services, declared by a guardian (rule R12).

Each service learns its own side: from whom, or to whom, and when. What is ticked passes through the
dossier, which forwards it and keeps nothing of any day (rule R10).
"""

from marshmallow import fields, validate

from shared.contracts.dossier.dossier import OWNER
from shared.contracts.formats import (
    Code,
    Day,
    Id,
    MaybeDay,
    Moment,
    OneOf,
    Several,
    Version,
    Weekdays,
)
from shared.contracts.message import UntypedEvent, UntypedMethod

ENROLMENT = "enrolment"
HANDS, RECEIVES = "hands", "receives"
SIDES = (HANDS, RECEIVES)
OTHER_SIDE = {HANDS: RECEIVES, RECEIVES: HANDS}
HANDED, RECEIVED, NOT_COMING = "handed", "received", "not_coming"
CLEARED = "cleared"
ACTS_OF = {HANDS: (HANDED, NOT_COMING, CLEARED), RECEIVES: (RECEIVED, CLEARED)}
"""
What each side may tick: it has handed the child over, it has none today; it has received it; either
side, that its last tick was a mistake.
"""
ACTS = (HANDED, NOT_COMING, RECEIVED, CLEARED)
MOST = 6
"""Most hand-overs that run for one child."""
MOST_HEADS = 20


def _hour() -> fields.String:
    return fields.String(required=True, validate=validate.Regexp(r"^([01]\d|2[0-3]):[0-5]\d\Z"))


_RELAY: dict[str, fields.Field] = {
    "from_provider": Code(),
    "to_provider": Code(),
    "weekdays": Weekdays(),
    "at": _hour(),
    "valid_from": Day(),
    "valid_to": MaybeDay(),
}

declare_relay = UntypedMethod(
    OWNER, "declare_relay", request={"child_id": Id(), **_RELAY}, answer={}, writes=True
)
"""
On these weekdays at this hour (of France), one service hands the child to the other.

Refusals: NotFound (a service that does not have the child), BadRequest (twice the same service, no
day, days in the wrong order, six at most).
"""

end_relay = UntypedMethod(
    OWNER, "end_relay", request={"child_id": Id(), "relay_id": Id()}, answer={}, writes=True
)
"""It is no more, from now on; both services are told. Refusals: NotFound."""

relays_of = UntypedMethod(
    OWNER,
    "relays_of",
    request={"child_id": Id()},
    answer={"relays": Several({"relay_id": Id(), **_RELAY})},
)
"""The hand-overs of a child that run or are to come, by hour."""

relay_declared = UntypedEvent(
    OWNER,
    "relay_declared",
    addressed=True,
    fields={
        "relay_id": Id(),
        "version": Version(),
        "child_id": Id(),
        "side": OneOf(SIDES),
        "other": Code(),
        "weekdays": Weekdays(),
        "at": _hour(),
        "valid_from": Day(),
        "valid_to": MaybeDay(),
        "ended": fields.Boolean(required=True),
    },
)
"""To one of the two services, its own side: `other` is the code of the one beside it."""

_PASSED: dict[str, fields.Field] = {
    "relay_id": Id(),
    "day": Day(),
    "act": OneOf(ACTS),
    "at": Moment(),
    "mark_id": Id(required=False, load_default=None, allow_none=True),
    "after": fields.List(
        Id(required=False), load_default=list, validate=validate.Length(0, MOST_HEADS)
    ),
}
"""
`at` is when it was ticked, `mark_id` what the device called the tick, `after` the ticks of this
side that it replaces (decision 0013); an older release tells neither of the two.
"""

relay_marked = UntypedEvent(ENROLMENT, "relay_marked", fields=_PASSED)
"""A service has ticked its side of a hand-over, on a day; it may tell so hours later."""

relay_passed = UntypedEvent(OWNER, "relay_passed", addressed=True, fields=_PASSED)
"""To the other of the two services: what the one beside it has ticked."""
