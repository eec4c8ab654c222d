"""Records the households on hold, because an agent holds a child's record."""

from sqlalchemy import delete, insert, update

from services.billing.models import HouseholdOnHold, RecordHold, ToBill
from shared.contracts.dossier.families.safeguarding import FileHeld
from shared.database import Write


def record_hold_of_child(write: Write, event: FileHeld) -> None:
    """
    Store which households are muted because of this child, if the version is newer.

    What they have to be billed is touched: a run that was about to issue it looks again.
    """
    newer = (
        write.upsert_into(RecordHold)
        .values(child_id=event.child_id, version=event.version)
        .on_conflict_do_update(
            index_elements=["child_id"],
            set_={"version": event.version},
            where=RecordHold.version < event.version,
        )
        .returning(RecordHold.version)
    )
    if write.execute(newer).first() is None:
        return
    write.execute(delete(HouseholdOnHold).where(HouseholdOnHold.child_id == event.child_id))
    rows = [
        {"child_id": event.child_id, "household_id": household} for household in event.households
    ]
    if event.held and rows:
        write.execute(insert(HouseholdOnHold), rows)
    due = update(ToBill).where(ToBill.household_id.in_(event.households))
    again = due.values(touched=ToBill.touched + 1)
    write.execute(again.execution_options(synchronize_session=False))
