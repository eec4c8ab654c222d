"""Leaves lines in the read log for what the front desk was shown (rule R13)."""

from services.dossier.front_desk.queries.dossiers import role_at_front_desk
from services.dossier.overview.queries.guardian_view import has_authority
from services.dossier.read_log.commands import log as read_log
from services.dossier.read_log.commands.front_desk_reads import ACCOMPANIED
from shared.contracts.portal_gateway.portal_events import PageSeen
from shared.database import Write
from shared.dates.instant import Instant
from shared.register import Register
from shared.register.declarations import FRONT_DESK
from shared.register.entitlement import ACCOMPANY


def log_page_seen(
    write: Write, register: Register, event: PageSeen, message_id: str, when: Instant
) -> None:
    """
    Leave a line for each child of the guardian whose page was seen at the front desk.

    A child over whom the guardian has no authority, and an agent who accompanies nobody, leave
    none. Seen with the family, nothing of it is unusual.
    """
    role = role_at_front_desk(write, register, event.actor, [ACCOMPANY], when.day)
    for number, child_id in enumerate(event.child_ids if role else ()):
        if not has_authority(write, event.subject, child_id, when.day):
            continue
        line = read_log.Access(
            message_id=f"{message_id}:{number}",
            at=event.at,
            child_id=child_id,
            role=role,
            projection=event.part,
            purpose=ACCOMPANIED,
            subject=event.actor,
            unusual=False,
        )
        read_log.append_read(write, FRONT_DESK, line, when)
