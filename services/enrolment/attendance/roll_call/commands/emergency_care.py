"""
"Urgence" on a roll call (rule R8): shows the care of each child at once and records the access.

Opens the care core and, if the provider has it, the health sheet, whatever the agent's roles see;
the page shows it for fifteen minutes. Families see the access first in their list; the DPO sees the
agent's name.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from services.enrolment.attendance.roll_call.commands import roll_list
from services.enrolment.attendance.roll_call.commands.roll_list import Contents
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.models import Session
from shared.contracts.enrolment.sharing import replica_events as contracts
from shared.contracts.errors import NotFound
from shared.database import Vault, Write
from shared.register.entitlement import CARE_CORE, HEALTH_SHEET

OPENS = (CARE_CORE, HEALTH_SHEET)
PURPOSE = "emergency"


@dataclass(frozen=True)
class Emergency:
    """One press of the button, identified by the device: published once, idempotent."""

    id: str
    session_id: str
    subject: str
    made_at: datetime


def open_emergency_contents(
    write: Write,
    vault: Vault,
    visibility: Visibility,
    entitled: Collection[str],
    emergency: Emergency,
) -> Contents:
    """
    Return the contents opened for the session's children, and publish it once; raises NotFound.
    """
    session = write.get(Session, emergency.session_id)
    if session is None:
        raise NotFound
    role = next(iter(visibility.sees.values()), "")
    wider = {projection: role for projection in OPENS if projection in entitled and role}
    wider_visibility = replace(visibility, sees={**wider, **visibility.sees})
    contents = roll_list.contents_on_list(write, vault, wider_visibility, session)
    if write.claim_message(emergency.id):
        for child_id, projections in sorted(contents.items()):
            for projection in projections.keys() & wider.keys():
                _publish_emergency_read(write, emergency, role, child_id, projection)
    return contents


def _publish_emergency_read(
    write: Write, emergency: Emergency, role: str, child_id: str, projection: str
) -> None:
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
