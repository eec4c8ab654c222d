"""
Activities of children at a provider, as it publishes them (rule R2).

Nothing is published here: `sharing/streams/commands/conditional_grants.py` does.
"""

from services.dossier.models import ActivitiesTaken, Child
from shared.contracts.enrolment.sharing import activities_taken as contracts
from shared.database import Write


def store_activities_taken(write: Write, provider: str, event: contracts.ActivitiesTaken) -> bool:
    """Store the activities of a child that is locked; return whether they are newer than known."""
    row = write.get(ActivitiesTaken, (provider, event.child_id))
    if row is None:
        if write.get(Child, event.child_id) is None:
            return False
        row = ActivitiesTaken(provider=provider, child_id=event.child_id, version=0)
        write.add(row)
    elif row.version >= event.version:
        return False
    row.version, row.activities = event.version, sorted(event.activities)
    write.flush()
    return True
