"""Activities of a child at a provider, where what the provider is sent depends on them (R2)."""

from dataclasses import dataclass

from shared.contracts.message import Event
from shared.contracts.values import Code, Id, Version

OWNER = "enrolment"


@dataclass(frozen=True)
class ActivitiesTaken:
    child_id: Id
    version: Version
    activities: list[Code]


activities_taken = Event(OWNER, "activities_taken", ActivitiesTaken)
"""
Activities at which a child has a place or has asked for one, for the dossier; whole, versioned.

Only those that the register names (`Entitlement.activities`): of others the dossier learns nothing.
"""
