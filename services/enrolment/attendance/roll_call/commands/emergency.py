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
from services.enrolment.children.rules.visibility import Sight
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
    write: Write, vault: Vault, sight: Sight, entitled: Collection[str], pressed: Emergency
) -> Contents:
    """Return what is opened of the session's children, and tell it once; raises NotFound."""
    session = write.get(Session, pressed.session_id)
    if session is None:
        raise NotFound
    role = next(iter(sight.sees.values()), "")
    wider = {each: role for each in OPENS if each in entitled and role}
    widened = replace(sight, sees={**wider, **sight.sees})
    contents = lists.contents_on_list(write, vault, widened, session)
    if write.first_time(pressed.id):
        for child_id, shown in sorted(contents.items()):
            for projection in shown.keys() & wider.keys():
                _tell(write, pressed, role, child_id, projection)
    return contents


def _tell(write: Write, pressed: Emergency, role: str, child_id: str, projection: str) -> None:
    event = contracts.ProjectionRead(
        child_id=child_id,
        projection=projection,
        subject=pressed.subject,
        role=role,
        purpose=PURPOSE,
        at=pressed.made_at,
        unusual=True,
    )
    write.publish(contracts.projection_read, event)
