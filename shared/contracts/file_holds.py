"""
The dossier of a child who died: held by one named agent, and silent everywhere (rules' test 10).

The hold says nothing of why: what travels is that a file is held, to those who have to fall silent.
"""

from marshmallow import fields

from shared.contracts.dossier import OWNER
from shared.contracts.formats import Id, Moment, Version
from shared.contracts.message import Event, Method

hold_file = Method(
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

release_file = Method(
    OWNER, "release_file", request={"child_id": Id()}, answer={"version": Version()}, writes=True
)
"""
The agent who holds a file lets it go; no link opens again by it.

Refusals: NotFound, also for whoever does not hold it.
"""

file_held = Event(
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
