"""
"Urgence" on a roll call (rule R8): what to do for each child, at once, and everybody is told.

Opens the care core and, where the provider holds it, the health sheet, whatever the agent's roles
see; the page shows it for fifteen minutes. Families read it first among their lines, the DPO with
the agent's name.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from services.enrolment.attendance.roll_call.commands import lists
from services.enrolment.attendance.roll_call.commands.lists import Contents
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.models import Session
from shared.contracts.enrolment import replica as contracts
from shared.contracts.errors import NotFound
from shared.database import Vault, Write
from shared.register.entitlement import CARE_CORE, HEALTH_SHEET

OPENS = (CARE_CORE, HEALTH_SHEET)
PURPOSE = "emergency"


@dataclass(frozen=True)
class Emergency:
    """One press of the button, by an id from the device: told once, whenever it is heard of."""

    id: str
    session_id: str
    subject: str
    made_at: datetime


def opens_all(
    write: Write,
    vault: Vault,
    visibility: Visibility,
    entitled: Collection[str],
    emergency: Emergency,
) -> Contents:
    """Return what is opened of the session's children, and tell it once; raises NotFound."""
    session = write.get(Session, emergency.session_id)
    if session is None:
        raise NotFound
    role = next(iter(visibility.sees.values()), "")
    wider = {projection: role for projection in OPENS if projection in entitled and role}
    wider_visibility = replace(visibility, sees={**wider, **visibility.sees})
    contents = lists.contents_on_list(write, vault, wider_visibility, session)
    if write.first_time(emergency.id):
        for child_id, projections in sorted(contents.items()):
            for projection in projections.keys() & wider.keys():
                _publish(write, emergency, role, child_id, projection)
    return contents


def _publish(write: Write, emergency: Emergency, role: str, child_id: str, projection: str) -> None:
    event = contracts.ProjectionRead(
        child_id=child_id,
        projection=projection,
        subject=emergency.subject,
        role=role,
        purpose=PURPOSE,
        at=emergency.made_at,
        unusual=True,
    )
    write.publish(contracts.projection_read, event)
