"""Lines in the read log for lists that left a provider's desk as a file (rule R13)."""

from uuid import NAMESPACE_OID, uuid5

from services.dossier.read_log.commands.log import Access, append_reads
from shared.contracts.enrolment.sharing.replica_events import ListTaken
from shared.database import Write
from shared.dates.instant import Instant

LIST_FILE = "list_file"
"""Why it was read, as families see it: to be taken away in a list."""


def log_list_export(
    write: Write, provider: str, event: ListTaken, message_id: str, when: Instant
) -> None:
    """Record for each child of a list that it left as a file; once, however often it is said."""
    lines = (
        Access(
            message_id=str(uuid5(NAMESPACE_OID, f"{message_id}:{child_id}")),
            at=event.at,
            child_id=child_id,
            role=event.role,
            projection=event.part,
            purpose=LIST_FILE,
            subject=event.subject,
            unusual=event.unusual,
        )
        for child_id in sorted(set(event.child_ids))
    )
    append_reads(write, provider, lines, when)
