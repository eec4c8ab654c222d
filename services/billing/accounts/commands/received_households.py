"""Keeps households as the dossier publishes them: payers, addresses, siblings that count."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, exists, insert, select, update

from services.billing.debits.commands.mandates import end_mandates_of_former_payers
from services.billing.models import (
    Address,
    Counted,
    DeceasedPayer,
    Household,
    HouseholdChild,
    HouseholdGuardian,
    InvoiceLine,
)
from services.billing.payers.commands.household_words import index_households
from services.billing.quantities.commands.months_to_bill import mark_to_bill_by_regie
from services.billing.quantities.queries.affected_months import affected_months_of
from shared.contracts.dossier.guardians import HouseholdChanged, Payer, Sibling
from shared.database import Write
from shared.dates.clock import now
from shared.dates.months import month_of
from shared.text import searchable_text

MOST_NAME = 250


def record_household(write: Write, event: HouseholdChanged, on: date) -> None:
    """
    Store a household as last published, and mark the months whose price that changes.

    A child no longer published stays while it is on a sheet or a bill of the household: these
    name it.
    """
    if not _store_if_newer(write, event):
        return
    household_id = event.household_id
    homes, children = _communes_by_day(write, household_id), _birth_dates(write, household_id)
    _replace_rows(write, HouseholdGuardian, household_id, event.guardians)
    if event.guardians or event.deceased:  # of a household that is gone bills stay to be paid
        _replace_rows(write, DeceasedPayer, household_id, event.deceased)
    payers, deceased = (
        {each["subject"] for each in people} for people in (event.guardians, event.deceased)
    )
    end_mandates_of_former_payers(write, household_id, payers, deceased, now())
    _replace_rows(write, Address, household_id, event.addresses)
    _replace_children(write, household_id, event.children)
    index_households(write, [household_id])
    since = _month_of_move(homes, _communes_by_day(write, household_id))
    named = {child["child_id"] for child in event.children if _may_change_rank(child, children)}
    if since is None and not named:
        return
    concerned = affected_months_of(write, [household_id], month_of(on))
    counting = _months_of_children(write, household_id, named)
    mark_to_bill_by_regie(
        write,
        (
            to_bill
            for to_bill in concerned
            if (since is not None and to_bill[2] >= since) or to_bill[2] in counting
        ),
    )


def _store_if_newer(write: Write, event: HouseholdChanged) -> bool:
    """
    Store version, payer's name and protection if newer; return whether it was.

    Without guardians name and protection stay as they were: the dossier has let go of the
    household, and what was billed is shown no more widely than before.
    """
    payer = payer_name(event.guardians)
    state = {
        "version": event.version,
        "payer": payer,
        "sought": searchable_text(payer)[:MOST_NAME],
        "protected": event.protected,
    }
    kept = state if event.guardians else {"version": event.version}
    newer = (
        write.upsert_into(Household)
        .values(id=event.household_id, **state)
        .on_conflict_do_update(
            index_elements=["id"], set_=kept, where=Household.version < event.version
        )
        .returning(Household.version)
    )
    return write.execute(newer).first() is not None


def payer_name(guardians: Sequence[Payer]) -> str:
    """Return a household's name on a bill: those of its guardians, as many as there is room for."""
    names = [guardian["name"] for guardian in guardians]
    while len(" et ".join(names)) > MOST_NAME:
        names.pop()
    return " et ".join(names) or "–"


def _replace_rows(
    write: Write, table: Any, household_id: str, rows: Sequence[Mapping[str, object]]
) -> None:
    write.execute(
        delete(table)
        .where(table.household_id == household_id)
        .execution_options(synchronize_session=False)
    )
    if rows:
        write.execute(insert(table), [{"household_id": household_id, **row} for row in rows])


def _replace_children(write: Write, household_id: str, children: Sequence[Sibling]) -> None:
    child_ids = [child["child_id"] for child in children]
    gone = (
        HouseholdChild.household_id == household_id,
        HouseholdChild.child_id.not_in(child_ids),
        *(
            ~exists().where(
                table.household_id == household_id, table.child_id == HouseholdChild.child_id
            )
            for table in (Counted, InvoiceLine)
        ),
    )
    write.execute(delete(HouseholdChild).where(*gone).execution_options(synchronize_session=False))
    kept = update(HouseholdChild).where(*gone[:2]).values(published=False)
    write.execute(kept.execution_options(synchronize_session=False))
    for child in sorted(children, key=lambda child: child["child_id"]):
        named: dict[str, object] = {
            **{name: child[name] for name in ("first_name", "last_name", "birth_date")},
            "sought": searchable_text(f"{child['first_name']} {child['last_name']}")[:MOST_NAME],
            "published": True,
            "same_as": child.get("same_as"),
        }
        row = write.upsert_into(HouseholdChild).values(
            household_id=household_id, child_id=child["child_id"], **named
        )
        write.execute(
            row.on_conflict_do_update(index_elements=["household_id", "child_id"], set_=named)
        )


def _communes_by_day(write: Write, household_id: str) -> Mapping[date, str]:
    rows = write.execute(
        select(Address.valid_from, Address.insee).where(Address.household_id == household_id)
    )
    return dict(rows.all())


def _birth_dates(write: Write, household_id: str) -> Mapping[str, date]:
    rows = write.execute(
        select(HouseholdChild.child_id, HouseholdChild.birth_date).where(
            HouseholdChild.household_id == household_id
        )
    )
    return dict(rows.all())


def _month_of_move(before: Mapping[date, str], after: Mapping[date, str]) -> str | None:
    """
    Return the first month in which a household lives in another commune than it did.

    The first address holds before its day too; hence a change of it goes back to the beginning.
    """
    changed = {day for day, _ in before.items() ^ after.items()}
    if not changed:
        return None
    if min(changed) == min(before.keys() | after.keys()):
        return ""
    return month_of(min(changed))


def _may_change_rank(child: Sibling, before: Mapping[str, date]) -> bool:
    """Say whether a child is new or has another birth date, so that ranks may change."""
    return before.get(child["child_id"]) != child["birth_date"]


def _months_of_children(write: Write, household_id: str, child_ids: set[str]) -> set[str]:
    rows = select(Counted.month).where(
        Counted.household_id == household_id, Counted.child_id.in_(sorted(child_ids))
    )
    return set(write.scalars(rows.distinct()))
