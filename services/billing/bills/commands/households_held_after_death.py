"""Records the households on hold, because an agent holds a child's record."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from services.billing.bills.commands import bill_cards
from services.billing.bills.queries.bill_cards import group_by_key
from services.billing.ledger.commands.locks import lock_cards
from services.billing.models import CardVersion, HouseholdOnHold, RecordHold, ToBill
from services.billing.payers.queries.record_holds import (
    children_of_lapsed_hold,
    select_households_on_hold,
)
from shared.contracts.dossier.families.safeguarding import FileHeld
from shared.contracts.errors import NotFound
from shared.database import Write

NO_VERSION = 0
"""Below every version that the dossier publishes: of a hold that it does not know."""


def record_hold_of_child(write: Write, event: FileHeld, at: datetime) -> None:
    """
    Store which households are muted because of this child, if the version is newer.

    A hold that lapsed mutes them still: bills of years ago are asked for again once a régisseur
    says so, and not because a period ended.
    """
    row = {"version": event.version, "held": event.held, "lapsed": event.lapsed}
    newer = (
        write.upsert_into(RecordHold)
        .values(child_id=event.child_id, **row)
        .on_conflict_do_update(
            index_elements=["child_id"],
            set_=row,
            where=RecordHold.version < event.version,
        )
        .returning(RecordHold.version)
    )
    if write.execute(newer).first() is None or event.lapsed:
        return
    muted = event.households if event.held else []
    homes = {*muted, *_households_muted_by(write, [event.child_id])}
    with _bills_that_change(write, homes, at):
        _delete_holds(write, [event.child_id])
        if muted:
            rows = [{"child_id": event.child_id, "household_id": home} for home in muted]
            write.execute(insert(HouseholdOnHold), rows)


def lapse_holds_of_unknown_children(write: Write, child_ids: Collection[str]) -> None:
    """
    Let the holds of children whom the dossier does not know lapse, as those that end with a file.

    Nobody has decided that bills leave again. The version is the least, so that whatever a dossier
    that was restored says next of such a child counts. Who mutes no household is forgotten.
    """
    chosen = select(HouseholdOnHold.child_id).where(
        HouseholdOnHold.child_id.in_(child_ids), HouseholdOnHold.ended_at.is_(None)
    )
    muting = set(write.scalars(chosen))
    lapsed = update(RecordHold).where(RecordHold.child_id.in_(muting))
    write.execute(
        lapsed.values(version=NO_VERSION, held=False, lapsed=True).execution_options(
            synchronize_session=False
        )
    )
    forgotten = set(child_ids) - muting
    _delete_holds(write, forgotten)
    write.execute(delete(RecordHold).where(RecordHold.child_id.in_(forgotten)))


def end_lapsed_hold(write: Write, household_id: str, *, by: str, at: datetime) -> None:
    """
    Let the bills of a household leave again, and note who decided so and when.

    Raises NotFound where no hold of it has lapsed.
    """
    with _bills_that_change(write, [household_id], at):
        children = children_of_lapsed_hold(write, household_id)
        if not children:
            raise NotFound(household_id=household_id)
        ended = update(HouseholdOnHold).where(
            HouseholdOnHold.household_id == household_id,
            HouseholdOnHold.child_id.in_(children),
            HouseholdOnHold.ended_at.is_(None),
        )
        write.execute(
            ended.values(ended_by=by, ended_at=at).execution_options(synchronize_session=False)
        )


def _households_muted_by(write: Write, child_ids: Collection[str]) -> set[str]:
    muted = select_households_on_hold().where(HouseholdOnHold.child_id.in_(child_ids))
    return set(write.scalars(muted))


def _delete_holds(write: Write, child_ids: Collection[str]) -> None:
    write.execute(delete(HouseholdOnHold).where(HouseholdOnHold.child_id.in_(child_ids)))


@contextmanager
def _bills_that_change(
    write: Write, household_ids: Collection[str], at: datetime
) -> Iterator[None]:
    """
    Lock the cards of households whose hold changes; then touch what they have to be billed.

    A run that was about to issue it looks again, and one that issues the first bill of a household
    has its marks locked: who touches these has waited for it. So cards are looked for once more
    before what changed is published: they say that nothing is asked, and the portal reminds nobody.
    """
    for provider, locked in _households_with_card(write, household_ids).items():
        lock_cards(write, provider, locked)
    yield
    due = update(ToBill).where(ToBill.household_id.in_(household_ids))
    again = due.values(touched=ToBill.touched + 1)
    write.execute(again.execution_options(synchronize_session=False))
    for provider, changed in _households_with_card(write, household_ids).items():
        bill_cards.publish_changed_cards(write, provider, changed, at)


def _households_with_card(
    write: Write, household_ids: Collection[str]
) -> dict[str, Collection[str]]:
    """Return by provider those of these households that have a card there, sorted."""
    theirs = select(CardVersion.provider, CardVersion.household_id).where(
        CardVersion.household_id.in_(household_ids)
    )
    pairs = write.execute(theirs.order_by(CardVersion.provider, CardVersion.household_id))
    return dict(group_by_key((provider, household_id) for provider, household_id in pairs))
