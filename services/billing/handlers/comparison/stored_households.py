"""Households and record holds as the dossier published them."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.billing.accounts.commands.received_households import MOST_NAME, record_household
from services.billing.bills.commands.households_held_after_death import (
    NO_VERSION,
    lapse_holds_of_unknown_children,
)
from services.billing.models import (
    EMAIL_REACH_SUMS,
    HOUSEHOLD_SUMS,
    Address,
    DeceasedPayer,
    EmailReach,
    Household,
    HouseholdChild,
    HouseholdGuardian,
    HouseholdOnHold,
    RecordHold,
)
from shared.contracts.dossier import guardians
from shared.contracts.dossier.families import safeguarding
from shared.contracts.identity import accounts
from shared.database import Write
from shared.database.comparison.compared_states import Stored, StoredState
from shared.database.comparison.sums_found_equal import KeptSums, Within, condition_of_rows_within
from shared.dates.clock import today

Rows = dict[str, list[dict[str, object]]]


def _stored_households(read: Session, _source: str, within: Within = ()) -> Iterator[StoredState]:
    guardians = _rows_by_household(read, within, HouseholdGuardian, "subject", "name")
    addresses = _rows_by_household(
        read, within, Address, "valid_from", "street", "postcode", "insee", "commune"
    )
    deceased = _rows_by_household(read, within, DeceasedPayer, "subject", "name", "died_on")
    columns = ("child_id", "first_name", "last_name", "birth_date", "same_as", "published")
    children = _rows_by_household(read, within, HouseholdChild, *columns)
    for row in read.scalars(
        select(Household).where(condition_of_rows_within(Household.id, within))
    ):
        content = {
            "household_id": row.id,
            "guardians": guardians[row.id],
            "addresses": addresses[row.id],
            "children": [
                {name: child[name] for name in columns[:-1]}
                for child in children[row.id]
                if child["published"]
            ],
            "protected": row.protected,
            "deceased": deceased[row.id],
        }
        if not _is_named_after(row.payer, guardians[row.id]):
            content["payer"] = row.payer
        yield StoredState(row.id, row.version, content, ended=not guardians[row.id])


def _is_named_after(payer: str, guardians: list[dict[str, Any]]) -> bool:
    """Return whether a name on bills is made of these guardians' names, in whatever order."""
    names = " et ".join(guardian["name"] for guardian in guardians)
    return not names or len(names) > MOST_NAME or sorted(payer) == sorted(names)


def _rows_by_household(read: Session, within: Within, table: Any, *columns: str) -> Rows:
    """Return these columns by household, in order of the first."""
    found: Rows = defaultdict(list)
    selected = [getattr(table, name) for name in columns]
    households = select(Household.id).where(condition_of_rows_within(Household.id, within))
    query = select(table.household_id, *selected)
    if within:
        query = query.where(table.household_id.in_(households))
    for household_id, *values in read.execute(query):
        found[household_id].append(dict(zip(columns, values, strict=True)))
    for rows in found.values():
        rows.sort(key=itemgetter(columns[0]))
    return found


def _store_households_as_gone(write: Write, _source: str, keys: Collection[str]) -> None:
    """Store households as the dossier leaves one that is gone: bills keep their payer's name."""
    rows = write.execute(select(Household.id, Household.version).where(Household.id.in_(keys)))
    for household_id, version in rows.all():
        gone = guardians.HouseholdChanged(household_id, version + 1, [], [], [])
        record_household(write, gone, today())


def _stored_record_holds(read: Session, _source: str) -> Iterator[StoredState]:
    """Yield holds; one that the dossier does not know is no stranger until a régisseur decides."""
    households: dict[str, list[str]] = defaultdict(list)
    undecided = set()
    ordered = select(HouseholdOnHold).order_by(HouseholdOnHold.household_id)
    for row in read.scalars(ordered):
        households[row.child_id].append(row.household_id)
        if row.ended_at is None:
            undecided.add(row.child_id)
    for hold in read.scalars(select(RecordHold)):
        content = {
            "child_id": hold.child_id,
            "households": sorted(households[hold.child_id]) if hold.held else [],
            "held": hold.held,
            "lapsed": hold.lapsed,
        }
        waits = hold.version == NO_VERSION and hold.child_id in undecided
        yield StoredState(hold.child_id, hold.version, content, ended=waits)


def _lapse_record_holds(write: Write, _source: str, keys: Collection[str]) -> None:
    lapse_holds_of_unknown_children(write, keys)


def _stored_email_reaches(
    read: Session, _source: str, within: Within = ()
) -> Iterator[StoredState]:
    for row in read.scalars(
        select(EmailReach).where(condition_of_rows_within(EmailReach.subject, within))
    ):
        content = {"subject": row.subject, "by_email": row.by_email}
        yield StoredState(row.subject, row.version, content)


def _delete_email_reaches(write: Write, _source: str, keys: Collection[str]) -> None:
    write.execute(delete(EmailReach).where(EmailReach.subject.in_(keys)))


STORED = (
    Stored(
        accounts.email_reach_changed,
        _stored_email_reaches,
        _delete_email_reaches,
        sums=lambda _source: KeptSums(EMAIL_REACH_SUMS),
    ),
    Stored(
        guardians.household_changed,
        _stored_households,
        _store_households_as_gone,
        sums=lambda _source: KeptSums(HOUSEHOLD_SUMS),
    ),
    Stored(safeguarding.file_held, _stored_record_holds, _lapse_record_holds),
)
