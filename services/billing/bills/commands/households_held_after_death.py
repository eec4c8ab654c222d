"""Records the households on hold, because an agent holds a child's record."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from services.billing.bills.commands import bill_cards
from services.billing.bills.queries.bill_cards import group_by_key
from services.billing.ledger.commands.locks import lock_cards
from services.billing.models import CardVersion, HouseholdOnHold, RecordHold, ToBill
from shared.contracts.dossier.families.safeguarding import FileHeld
from shared.database import Write


def record_hold_of_child(write: Write, event: FileHeld, at: datetime) -> None:
    """
    Store which households are muted because of this child, if the version is newer.

    What they have to be billed is touched: a run that was about to issue it looks again. Their
    cards say that nothing is asked of them, so that the portal reminds nobody either.
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
    with _cards_that_change(write, [event.child_id], event.households, at):
        _delete_holds(write, [event.child_id])
        rows = [{"child_id": event.child_id, "household_id": home} for home in event.households]
        if event.held and rows:
            write.execute(insert(HouseholdOnHold), rows)
        due = update(ToBill).where(ToBill.household_id.in_(event.households))
        again = due.values(touched=ToBill.touched + 1)
        write.execute(again.execution_options(synchronize_session=False))


def forget_holds_of_children(write: Write, child_ids: Collection[str], at: datetime) -> None:
    """Forget the holds of children whom the dossier does not hold."""
    with _cards_that_change(write, child_ids, (), at):
        _delete_holds(write, child_ids)
        write.execute(delete(RecordHold).where(RecordHold.child_id.in_(child_ids)))


def _delete_holds(write: Write, child_ids: Collection[str]) -> None:
    write.execute(delete(HouseholdOnHold).where(HouseholdOnHold.child_id.in_(child_ids)))


@contextmanager
def _cards_that_change(
    write: Write, child_ids: Collection[str], more: Collection[str], at: datetime
) -> Iterator[None]:
    """Lock the cards of the homes of these children and of `more`; then publish what changed."""
    before = select(HouseholdOnHold.household_id).where(HouseholdOnHold.child_id.in_(child_ids))
    cards = _households_with_card(write, {*more, *write.scalars(before)})
    for provider, household_ids in cards.items():
        lock_cards(write, provider, household_ids)
    yield
    for provider, household_ids in cards.items():
        bill_cards.publish_changed_cards(write, provider, household_ids, at)


def _households_with_card(
    write: Write, household_ids: Collection[str]
) -> dict[str, Collection[str]]:
    """Return by provider those of these households that have a card there, sorted."""
    theirs = select(CardVersion.provider, CardVersion.household_id).where(
        CardVersion.household_id.in_(household_ids)
    )
    pairs = write.execute(theirs.order_by(CardVersion.provider, CardVersion.household_id))
    return dict(group_by_key((provider, household_id) for provider, household_id in pairs))
