"""Pushes of a service to its own processes that hold pages open: who should look, no more."""

from dataclasses import dataclass
from typing import Annotated

from shared.contracts.message import Event, Gathers
from shared.contracts.values import list_length, text

OWNER = "live"
MOST = 1_000
"""Audiences in one push; more are several."""


@dataclass(frozen=True)
class Changed:
    """`audiences` are ids of households and persons, or parts of a desk."""

    audiences: Annotated[list[Annotated[str, text(60)]], list_length(1, MOST)]


changed = Event(OWNER, "changed", Changed, gathers=Gathers("audiences", MOST, wait=False))
"""
Something changed for these audiences.

It goes to the push slots of the principal that publishes it and to nobody else; what changed is
in that principal's own database.
"""
