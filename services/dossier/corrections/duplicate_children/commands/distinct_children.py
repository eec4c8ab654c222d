"""Keeps what an agent saw: two files that are alike are two children."""

from services.dossier.corrections.duplicate_children.queries.duplicates import (
    file_with_names_to_compare,
)
from services.dossier.models import DifferentChildren
from shared.contracts.dossier.families import duplicate_children as contracts
from shared.database import Write
from shared.dates.instant import Instant


def note_children_as_distinct(
    write: Write, request: contracts.TwoFiles, *, by: str, when: Instant
) -> None:
    """Let a pair be proposed no more; said again, nothing changes. Raises as the contract says."""
    for child_id in (request.kept_id, request.other_id):
        file_with_names_to_compare(write, child_id)
    if request.kept_id == request.other_id:
        raise contracts.CannotJoin(why=contracts.SAME_FILE)
    one_id, other_id = sorted((request.kept_id, request.other_id))
    row = {"one_id": one_id, "other_id": other_id, "said_by": by, "said_at": when.moment}
    write.execute(write.upsert_into(DifferentChildren).values(row).on_conflict_do_nothing())
