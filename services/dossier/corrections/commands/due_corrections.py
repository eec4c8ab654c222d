"""Applies corrections whose day has come, unless they were withdrawn meanwhile."""

from collections.abc import Collection

from sqlalchemy import select

from services.dossier.corrections.commands.section_corrections import store_corrected_sections
from services.dossier.corrections.commands.two_home_weeks import apply_due_weeks
from services.dossier.corrections.queries.corrections import unsealed_correction_content
from services.dossier.models import Correction
from services.dossier.sharing.publishing.commands.projection_publisher import lock_children
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.corrections import WEEKS
from shared.database import Write
from shared.dates.instant import Instant


def apply_due_corrections(
    write: Write, policy: AccessPolicy, correction_ids: Collection[str], when: Instant
) -> None:
    """Store what corrections of sections and of weeks say whose day has come."""
    due = select(Correction).where(
        Correction.id.in_(correction_ids),
        Correction.content.is_not(None),
        Correction.applied_at.is_(None),
    )
    rows = write.scalars(due.order_by(Correction.id).with_for_update()).all()
    lock_children(write, [row.child_id for row in rows])
    vault.prepare_keys({row.child_id for row in rows})
    contents = {row.id: unsealed_correction_content(row) for row in rows}
    sections = [row for row in rows if row.subject != WEEKS]
    store_corrected_sections(write, policy, sections, contents, when)
    for row in rows:
        if row.subject == WEEKS:
            apply_due_weeks(write, policy, row, contents[row.id], when)
