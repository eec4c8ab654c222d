"""
Stored guardians of a child at this provider, by household.

Stored from the dossier's projection `family`, which is sent anew within seconds of every change of
a guardianship, and deleted with it. Ids alone: no desk shows them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import cast

from sqlalchemy import Table, delete, insert, select, union_all

from services.enrolment.families.commands.applications_after_separation import (
    GuardianHomes,
    homes_by_child_and_guardian,
    move_applications_with_guardians,
)
from services.enrolment.families.commands.two_home_weeks import (
    assign_bookings,
    forget_weeks,
    store_weeks,
)
from services.enrolment.families.commands.week_patterns_of_new_homes import (
    begin_patterns_of_new_homes,
)
from services.enrolment.families.queries.guardians import households_of_children
from services.enrolment.families.queries.households import (
    NOWHERE,
    DatedWeeks,
    dated_weeks,
    homes_of_households,
)
from services.enrolment.families.rules.household_of_day import Home
from services.enrolment.models import ChildCarer, ChildGuardian, ProtectedHousehold, SameChild
from shared.database import Write
from shared.database.prebuilt_statements import execute, list_parameter
from shared.json_values import JsonMapping

_guardians = cast(Table, ChildGuardian.__table__)
_carers = cast(Table, ChildCarer.__table__)
_protected = cast(Table, ProtectedHousehold.__table__)
_same = cast(Table, SameChild.__table__)

_children = list_parameter("child_ids")
_BESIDE_GUARDIANS = (_carers, _protected, _same)
"""Tables in which few children have a row."""
_FORGET_GUARDIANS = delete(_guardians).where(_guardians.c.child_id.in_(_children))
_FORGET_BESIDE = [
    delete(table).where(table.c.child_id.in_(_children)) for table in _BESIDE_GUARDIANS
]
_HAS_BESIDE = union_all(
    *(
        select(table.c.child_id).where(table.c.child_id.in_(_children))
        for table in _BESIDE_GUARDIANS
    )
).limit(1)


def store_guardians_and_weeks(
    write: Write, contents: Mapping[str, JsonMapping], now: datetime
) -> None:
    """
    Store these children's guardians whole, and their weeks; bookings follow the day's household,
    and applications the guardian who asked.
    """
    if not contents:
        return
    guardians_before = homes_by_child_and_guardian(write, contents)
    before = _homes_by_child(guardians_before, dated_weeks(write, contents))
    _delete_guardians_and_carers(write, contents)
    for table, rows_of_child in _ROWS_OF_CHILD.items():
        rows = [row for each in contents.items() for row in rows_of_child(*each)]
        if rows:
            write.execute(insert(table), rows)
    store_weeks(write, contents, before)
    guardians_now = homes_by_child_and_guardian(write, contents)
    sharing = [
        child_id
        for child_id, content in contents.items()
        if content["weeks"] or before.get(child_id, NOWHERE).dated
    ]
    homes = _homes_by_child(guardians_now, dated_weeks(write, sharing))
    begin_patterns_of_new_homes(write, before, homes, guardians_before, guardians_now)
    move_applications_with_guardians(write, contents, guardians_now, now)
    assign_bookings(write, before, homes, contents, now)


def forget_guardians_of_children(write: Write, child_ids: Collection[str]) -> set[str]:
    """Delete the guardians of these children; return their former households."""
    if not child_ids:
        return set()
    former = households_of_children(write, child_ids)
    _delete_guardians_and_carers(write, child_ids)
    forget_weeks(write, child_ids)
    return former


def _homes_by_child(
    guardians: GuardianHomes, weeks: Mapping[str, DatedWeeks]
) -> Mapping[str, Home]:
    """Return the homes of children, by the households of their guardians."""
    households = {child_id: set().union(*theirs.values()) for child_id, theirs in guardians.items()}
    return homes_of_households(households, weeks)


def _delete_guardians_and_carers(write: Write, child_ids: Collection[str]) -> None:
    execute(write, _FORGET_GUARDIANS, child_ids=child_ids)
    if execute(write, _HAS_BESIDE, child_ids=child_ids).first() is not None:
        for deletion in _FORGET_BESIDE:
            execute(write, deletion, child_ids=child_ids)


def _guardian_rows(child_id: str, content: JsonMapping) -> list[dict[str, object]]:
    last_day = _optional_day(content.get("last_day"))
    pairs = {(guardian["subject"], guardian["household"]) for guardian in content["guardians"]}
    return [
        {
            "child_id": child_id,
            "subject": subject,
            "household_id": household,
            "last_day": last_day,
        }
        for subject, household in sorted(pairs)
    ]


def _carer_rows(child_id: str, content: JsonMapping) -> list[dict[str, object]]:
    return [
        {
            "child_id": child_id,
            "subject": carer["subject"],
            "household_id": carer["household"],
            "home": carer.get("home", ""),
            "valid_to": _optional_day(carer["until"]),
            "says_absent": carer.get("says_absent", True),
            "since": _optional_day(carer.get("since")),
        }
        for carer in _distinct_carers(content.get("carers", ()))
    ]


def _protected_rows(child_id: str, content: JsonMapping) -> list[dict[str, object]]:
    return [
        {"child_id": child_id, "household_id": household_id}
        for household_id in content.get("protected", ())
    ]


def _same_child_rows(child_id: str, content: JsonMapping) -> list[dict[str, object]]:
    return [
        {"child_id": child_id, "other_id": other_id} for other_id in content.get("same_child", ())
    ]


_ROWS_OF_CHILD = {
    _guardians: _guardian_rows,
    _carers: _carer_rows,
    _protected: _protected_rows,
    _same: _same_child_rows,
}


def _optional_day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None


def _distinct_carers(carers: Sequence[JsonMapping]) -> Collection[JsonMapping]:
    """
    Return one of each person and home: of two accesses the one that allows more, and longer.

    It begins with the first of them: both are in force, and its days were seen by it.
    """
    found: dict[tuple[str, str], JsonMapping] = {}
    for carer in sorted(
        carers, key=lambda each: (each.get("says_absent", True), each["until"] or "9999")
    ):
        key = carer["subject"], carer.get("home", "")
        since = min(each.get("since") or "" for each in (found.get(key, carer), carer))
        found[key] = {**carer, "since": since}
    return found.values()
