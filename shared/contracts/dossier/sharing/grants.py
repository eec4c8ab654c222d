"""
Guardian grants: a projection sent to one more provider, up to a day (rule R4).

The register lists the projections that may be granted; a projection that a provider receives by its
own entitlement cannot be taken away.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from shared.contracts.dossier.guardians import OWNER
from shared.contracts.message import Empty, Event, Method
from shared.contracts.values import Code, Day, Id, Moment, Projection, text

LONGEST = timedelta(days=366)
"""Longest duration of a grant; a longer one needs a new grant."""


@dataclass(frozen=True)
class GrantProjectionRequest:
    child_id: Id
    provider: Code
    projection: Projection
    until: Day


grant_projection = Method(OWNER, "grant_projection", GrantProjectionRequest, Empty, writes=True)
"""
Grants a provider this projection too, as it changes, up to and with `until`.

Refusals: NotFound (it does not have the child), NotEntitled (it does not take this), BadRequest.
"""


@dataclass(frozen=True)
class EndGrantRequest:
    child_id: Id
    provider: Code
    projection: Projection


end_grant = Method(OWNER, "end_grant", EndGrantRequest, Empty, writes=True)
"""Withdraw a grant: the provider erases the projection. Refusals: NotFound."""


@dataclass(frozen=True)
class GuardianGrantChanged:
    """Grant, published once per household and `key`, so that the other guardian reads of it."""

    household_id: Id
    key: Annotated[str, text(60)]
    provider: Code
    projection: Projection
    child_id: Id
    until: Day
    ended: bool
    at: Moment


guardian_grant_changed = Event(OWNER, "guardian_grant_changed", GuardianGrantChanged)
"""
Sent to the portal: a guardian granted a projection to one more provider, or withdrew the grant.
"""
