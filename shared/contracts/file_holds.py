"""
The dossier of a child who died: held by one named agent, and silent everywhere (rules' test 10).

The hold says nothing of why: what travels is that a file is held, to those who have to fall silent.
"""

from marshmallow import fields

from shared.contracts.dossier import OWNER
from shared.contracts.formats import Id, Moment, Text, Version
from shared.contracts.message import Event, Method

hold_file = Method(
    OWNER,
    "hold_file",
    request={"child_id": Id(), "held_by": Text(120)},
    answer={"version": Version()},
    writes=True,
)
"""
A child's file is held from now on: all links end, nothing is sent of itself, and nothing billed.

`held_by` is the full name of the one agent who holds it. Again, it passes to another agent.
"""

release_file = Method(
    OWNER, "release_file", request={"child_id": Id()}, answer={"version": Version()}, writes=True
)
"""The agent who holds a file lets it go, or it was held by mistake; no link opens again by it."""

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
