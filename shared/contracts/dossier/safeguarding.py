"""
The dossier of a child who died: held by one named agent, and silent everywhere (rules' test 10).

The hold says nothing of why: what travels is that a file is held, to those who have to fall silent.
"""

from marshmallow import fields

from shared.contracts.dossier.dossier import OWNER
from shared.contracts.errors import Refusal
from shared.contracts.formats import (
    AFTER,
    NEXT,
    Count,
    Day,
    Id,
    MaybeDay,
    MaybeMoment,
    Moment,
    OneOf,
    Several,
    Text,
    Version,
)
from shared.contracts.message import UntypedEvent, UntypedMethod

hold_file = UntypedMethod(
    OWNER,
    "hold_file",
    request={"child_id": Id(), "held_by": Id()},
    answer={"version": Version()},
    writes=True,
)
"""
A child's file is held from now on: all links end, nothing is sent of itself, and nothing billed.

`held_by` is the one agent who holds it, of those at the front desk who may. Again, it passes to
another. Refusals: NotFound, BadRequest where that agent may not hold a file.
"""

release_file = UntypedMethod(
    OWNER, "release_file", request={"child_id": Id()}, answer={"version": Version()}, writes=True
)
"""
The agent who holds a file lets it go; no link opens again by it.

Refusals: NotFound, also for whoever does not hold it.
"""

file_held = UntypedEvent(
    OWNER,
    "file_held",
    addressed=True,
    fields={
        "child_id": Id(),
        "version": Version(),
        "households": fields.List(Id(required=False), required=True),
        "held": fields.Boolean(required=True),
        "at": Moment(),
    },
)
"""
Whole state, versioned per child: to billing, and to the providers that have or had the child.

`households` are those in which the child lives, for billing; a provider is told none.
"""


GUARDED_AT_ONCE = 50

guarded_dossiers = UntypedMethod(
    OWNER,
    "guarded_dossiers",
    request=dict(AFTER),
    answer={
        **NEXT,
        "found": Several(
            {
                "household_id": Id(),
                "guardians": fields.List(fields.String(), required=True),
                "protected": fields.Boolean(required=True),
                "held_by": fields.List(Id(required=False), required=True),
            }
        ),
    },
)
"""
The households that are protected, and those in which a child lives whose file is held, and by whom:
by household, GUARDED_AT_ONCE a page.

Adults' names alone; the children living there have a line in their read log.
"""

open_guarded = UntypedMethod(
    OWNER,
    "open_guarded",
    request={"household_id": Id()},
    answer={
        "household_id": Id(),
        "guardians": Several({"id": Id(), "name": Text(120)}),
        "protected": fields.Boolean(required=True),
        "protections": Several(
            {
                "since": Moment(),
                "recorded_by": Id(),
                "lifted_at": MaybeMoment(),
                "lifted_by": Id(required=False, load_default=None, allow_none=True),
                "paper": Text(80, required=False, load_default=None, allow_none=True),
                "paper_date": MaybeDay(),
            }
        ),
        "children": Several(
            {
                "id": Id(),
                "first_name": Text(80),
                "last_name": Text(80),
                "birth_date": Day(),
                "held_by": Id(required=False, load_default=None, allow_none=True),
                "carers": Several(
                    {
                        "id": Id(),
                        "name": Text(120),
                        "valid_from": Day(),
                        "valid_to": MaybeDay(),
                    }
                ),
            }
        ),
    },
)
"""
One household, found at the desk or not: is it protected, whose file is held, who is placed.

`protections` are all that it had, the latest first: from which paper, by which agents.

Each child has a line in its read log. Refusals: NotFound.
"""


place_child = UntypedMethod(
    OWNER,
    "place_child",
    request={
        "child_id": Id(),
        "carer_id": Id(required=False, load_default=None, allow_none=True),
        "household_id": Id(required=False, load_default=None, allow_none=True),
        "carer_name": Text(120, required=False, load_default=""),
        "paper": Text(80),
        "paper_date": Day(),
        "valid_from": Day(),
        "valid_to": Day(load_default=None, allow_none=True, required=False),
    },
    answer={"carer_id": Id()},
    writes=True,
)
"""
A child is placed with an adult, in that adult's household, up to and with `valid_to`.

Either a carer who is known, with a household, or the name of a new one, who is given a household.
The carer says absences and sees the child's days; no section, no address, no bill. The same carer
again moves the last day. `paper` is the kind of document that the desk has seen.
Refusals: NotFound, BadRequest.
"""

find_carers = UntypedMethod(
    OWNER,
    "find_carers",
    request={"query": Text(80)},
    answer={
        "found": Several({"household_id": Id(), "guardian_id": Id(), "name": Text(120)}),
    },
)
"""
Adults whom a name, typed with mistakes, could be, with or without children of their own.

Children living with those shown have a line in their read log. Not `writes`: it holds names.
"""

end_placement = UntypedMethod(
    OWNER,
    "end_placement",
    request={"child_id": Id(), "carer_id": Id(), "last_day": Day()},
    answer={},
    writes=True,
)
"""The placement ends with that day: the carer's access closes that night, or at once if past."""


protect_household = UntypedMethod(
    OWNER,
    "protect_household",
    request={"household_id": Id(), "paper": Text(80), "paper_date": Day()},
    answer={},
    writes=True,
)
"""
From now on the household is in no search and no proposal, and another home learns nothing new.

`paper` is the kind of document that the desk has seen, with its date.

Refusals: NotFound, SharedHome.
"""

lift_protection = UntypedMethod(
    OWNER, "lift_protection", request={"household_id": Id()}, answer={}, writes=True
)
"""The protection ends; refusals: NotFound where there is none."""


class SharedHome(Refusal):
    """Two guardians live there: the address would be shown to the one it is hidden from."""

    code = "shared_home"


ENTERED, SECONDED, LIFTED, TAKEN_OUT = "entered", "seconded", "lifted", "taken_out"
ACTS = (ENTERED, SECONDED, LIFTED, TAKEN_OUT)
"""What an agent did: entered it, saw the paper too, gave it an end, took it out before its day."""

_CHILD_AT: dict[str, fields.Field] = {
    "child_id": Id(),
    "base_version": Version(),
    "number": Count(),
}

rulings_of = UntypedMethod(
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

rulings_to_second = UntypedMethod(
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

bar_adult = UntypedMethod(
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

second_ruling = UntypedMethod(
    OWNER, "second_ruling", request=_CHILD_AT, answer={"version": Version()}, writes=True
)
"""
A second agent has seen the paper of ruling `number`, counted from 0 as `rulings_of` answers them.

Refusals: NotFound, Outdated, BadRequest for the agent who entered it.
"""

lift_ruling = UntypedMethod(
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
