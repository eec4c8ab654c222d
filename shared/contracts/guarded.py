"""
Dossiers that the front desk's search does not find, and what hard lives leave on a family's page.

For the few agents whose role at the front desk protects: a protected household (rule R9), a file
that one agent holds, placements. None is `writes`: the kit would keep the names.
"""

from marshmallow import fields

from shared.contracts.dossier import OWNER
from shared.contracts.formats import (
    AFTER,
    NEXT,
    Day,
    Id,
    MaybeDay,
    MaybeMoment,
    Moment,
    Several,
    Text,
)
from shared.contracts.message import Method

GUARDED_AT_ONCE = 50

guarded_dossiers = Method(
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

open_guarded = Method(
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
