"""
Past years from another software (rule R10): a batch of counts, repeatable, undone as a whole.

Nothing of it is ever billed, and nothing is read back. What a provider here counted stays, and what
a family deleted stays deleted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import delete

from services.dossier.activity_history.commands.history import store_imported_months
from services.dossier.models import TAKEN_OVER, Course, CourseProvider
from services.dossier.models.families.imports import CHILD
from services.dossier.registrations.imports.queries.references import ids_by_import_reference
from services.dossier.sharing.publishing.commands.projection_publisher import lock_children
from shared.contracts.dossier.activity_history_requests import (
    ImportHistoryAnswer,
    ImportHistoryRequest,
    LabelledProvider,
    PastYear,
)
from shared.database import Write


def import_past_batch(write: Write, request: ImportHistoryRequest) -> ImportHistoryAnswer:
    """Keep a batch, or a part of it."""
    _keep_former_names(write, request.providers)
    children = ids_by_import_reference(write, CHILD, {line["child"] for line in request.lines})
    lock_children(write, children.values())
    by_child: dict[str, list[PastYear]] = defaultdict(list)
    for line in request.lines:
        if line["child"] in children:
            by_child[children[line["child"]]].append(line)
    return ImportHistoryAnswer(
        unknown=len(request.lines) - sum(map(len, by_child.values())),
        changed=sum(
            store_imported_months(write, child_id, by_child[child_id], request.batch)
            for child_id in sorted(by_child)
        ),
    )


def undo_past_batch(write: Write, batch: str) -> int:
    """Delete what a batch brought; return how many months. What a provider counted since stays."""
    gone = write.execute(delete(Course).where(Course.batch == batch, Course.origin == TAKEN_OVER))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def keep_provider_names(write: Write, names: Iterable[Mapping[str, str]]) -> None:
    """Keep what providers are called, so that a course can name them after they left."""
    for each in names:
        row = write.upsert_into(CourseProvider).values(**each)
        write.execute(
            row.on_conflict_do_update(
                index_elements=["provider"], set_={"label": row.excluded.label}
            )
        )


def _keep_former_names(write: Write, providers: Iterable[LabelledProvider]) -> None:
    """Keep the names of providers that left; the register's own name, and the first said, stay."""
    for each in providers:
        row = write.upsert_into(CourseProvider).values(provider=each["code"], label=each["label"])
        write.execute(row.on_conflict_do_nothing())
