"""Applies corrections and separations whose day has come, unless they were withdrawn meanwhile."""

from services.dossier.corrections.commands.correcting import apply_section
from services.dossier.corrections.commands.weeks import apply_due_weeks
from services.dossier.corrections.rules import sealed_place_of_waiting
from services.dossier.models import Correction
from services.dossier.sharing.publishing.commands.publisher import lock_children
from services.dossier.sharing.rules.policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.corrections import WEEKS
from shared.database import Write
from shared.dates.instant import Instant


def apply_due_correction(
    write: Write, policy: AccessPolicy, correction_id: str, when: Instant
) -> None:
    """Store what a correction says whose day has come."""
    row = write.get(Correction, correction_id, with_for_update=True)
    if row is None or row.applied_at or row.withdrawn_at or row.content is None:
        return
    lock_children(write, [row.child_id])
    content = vault.open(row.child_id, sealed_place_of_waiting(row.id), row.content)
    if row.subject == WEEKS:
        apply_due_weeks(write, policy, row, content, when)
    else:
        apply_section(write, policy, row, dict(content), when)
