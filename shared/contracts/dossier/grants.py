"""
A guardian has a part of the file sent to one provider more, up to a day (rule R4).

What may be asked for is what the register lists as taken on request; nothing that a provider
receives by itself can be taken away.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from shared.contracts.dossier.dossier import OWNER
from shared.contracts.message import Empty, Event, Method
from shared.contracts.values import Code, Day, Id, Moment, Projection, text

LONGEST = timedelta(days=366)
"""How far ahead its last day may lie: longer is asked for again."""


@dataclass(frozen=True)
class GrantProjectionRequest:
    child_id: Id
    provider: Code
    projection: Projection
    until: Day


grant_projection = Method(OWNER, "grant_projection", GrantProjectionRequest, Empty, writes=True)
"""
From now on up to and with `until`, the provider has this projection too, as it changes.

Refusals: NotFound (it does not have the child), NotEntitled (it does not take this), BadRequest.
"""


@dataclass(frozen=True)
class EndGrantRequest:
    child_id: Id
    provider: Code
    projection: Projection


end_grant = Method(OWNER, "end_grant", EndGrantRequest, Empty, writes=True)
"""Withdrawn by a guardian: the provider erases what it held by it. Refusals: NotFound."""


@dataclass(frozen=True)
class GuardianGrantChanged:
    """Published once per household and `key`, so that the other guardian reads of it."""

    household_id: Id
    key: Annotated[str, text(60)]
    provider: Code
    projection: Projection
    child_id: Id
    until: Day
    ended: bool
    at: Moment


guardian_grant_changed = Event(OWNER, "guardian_grant_changed", GuardianGrantChanged)
"""To the portal: a guardian has something of a child sent to one provider more, or withdrew it."""
