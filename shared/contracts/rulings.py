"""
Adults to whom a child is not handed over, as the front desk enters them from a paper (rule R7).

For the few agents whose role there protects. Providers receive the name alone, in the care core;
families read nothing of it, not even that it was looked at. None that answers a name is `writes`:
the kit would keep it.
"""

from marshmallow import fields

from shared.contracts.dossier import OWNER
from shared.contracts.formats import (
    AFTER,
    NEXT,
    Count,
    Day,
    Id,
    MaybeDay,
    Moment,
    OneOf,
    Several,
    Text,
    Version,
)
from shared.contracts.message import Method

ENTERED, SECONDED, LIFTED, TAKEN_OUT = "entered", "seconded", "lifted", "taken_out"
ACTS = (ENTERED, SECONDED, LIFTED, TAKEN_OUT)
"""What an agent did: entered it, saw the paper too, gave it an end, took it out before its day."""

_CHILD_AT: dict[str, fields.Field] = {
    "child_id": Id(),
    "base_version": Version(),
    "number": Count(),
}

rulings_of = Method(
    OWNER,
    "rulings_of",
    request={"child_id": Id()},
    answer={
        "first_name": Text(80),
        "last_name": Text(80),
        "version": Version(),
        "rulings": Several(
            {
                "name": Text(120),
                "paper_kind": Text(80),
                "paper_date": Day(),
                "valid_from": Day(),
                "valid_to": MaybeDay(),
                "recorded_by": Text(36, required=False, load_default=""),
                "seconded_by": Text(36, required=False, load_default=""),
                "lift_paper": Text(80, required=False, load_default=""),
                "lift_paper_date": MaybeDay(),
            }
        ),
        "history": Several(
            {
                "at": Moment(),
                "by": Text(36),
                "act": OneOf(ACTS),
                "name": Text(120),
            }
        ),
    },
)
"""
The rulings on one child, ended ones too, and what was done about them, the latest first.

`by` is an agent's subject, or `import`. A line is left in the read log for the data protection
officer alone. Refusals: NotFound.
"""

rulings_to_second = Method(
    OWNER,
    "rulings_to_second",
    request=dict(AFTER),
    answer={
        **NEXT,
        "found": Several(
            {
                "household_id": Id(),
                "child_id": Id(),
                "first_name": Text(80),
                "last_name": Text(80),
                "recorded_by": Text(36),
            }
        ),
    },
)
"""
The rulings that are not over and whose paper one agent alone has seen: the child, the agent. In
pages of children, of which one may have no such ruling.

The barred adult is not named. A line is left in the read log for the data protection officer alone.
"""

bar_adult = Method(
    OWNER,
    "bar_adult",
    request={
        "child_id": Id(),
        "base_version": Version(),
        "name": Text(120),
        "paper": Text(80),
        "paper_date": Day(),
        "valid_from": Day(),
        "valid_to": MaybeDay(),
    },
    answer={"version": Version()},
    writes=True,
)
"""
The child is not handed over to this adult, from a day to a day, both included.

Every provider with the child has the name in seconds, where the day has come. Refusals: NotFound,
Outdated, BadRequest (days in the wrong order, six adults at most).
"""

second_ruling = Method(
    OWNER, "second_ruling", request=_CHILD_AT, answer={"version": Version()}, writes=True
)
"""
A second agent has seen the paper of ruling `number`, counted from 0 as `rulings_of` answers them.

Refusals: NotFound, Outdated, BadRequest for the agent who entered it.
"""

lift_ruling = Method(
    OWNER,
    "lift_ruling",
    request={**_CHILD_AT, "paper": Text(80), "paper_date": Day(), "last_day": Day()},
    answer={"version": Version()},
    writes=True,
)
"""
A paper ends a ruling with `last_day`; before its first day, it is taken out, its history stays.

Refusals: NotFound, Outdated.
"""
