"""Attendance of days gone by that comes from another software: told to billing, once."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.enrolment.models import Group
from services.enrolment.store import store
from shared.contracts.enrolment.attendance import import_attendance
from shared.contracts.errors import BadRequest
from shared.contracts.message import Caller
from shared.dates.clock import PARIS, now, today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories.bookings import Home
from tests.factories.enrolment import Provider
from tests.factories.travelling import answered

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def lunch(ens: Provider) -> Group:
    """Give a group of an imported offer that has kept no session before today."""
    made = family.a_group()
    with store.write() as write:
        group = write.get_one(Group, made.id)
        group.reference = "canteen-ferry"
    return group


def sheet(*children: str, day: date = OCTOBER, outcome: str = "present") -> dict[str, Any]:
    lines = [{"child_id": child, "outcome": outcome, "quantity": 1} for child in children]
    return {"group": "canteen-ferry", "day": day, "lines": lines}


def takes_over(ens: Provider, *sheets: dict[str, Any]) -> dict[str, Any]:
    """Ask as operations do, through both sides of the contract."""
    ops = Caller("ops", None, new_id())
    return vars(answered(ens.service, import_attendance, ops, sheets=list(sheets)))


def test_a_day_gone_by_is_told_for_the_household_whose_day_it_was(
    ens: Provider, lunch: Group
) -> None:
    home = Home(changes_on=1)
    family.arrives(ens, home)
    days = [date(2026, 10, 1), date(2026, 10, 8)]  # an even and an odd week

    answer = takes_over(ens, *(sheet(home.child.id, day=day) for day in days))

    told = ens.published("attendance_recorded")
    assert answer == {"published": 2, "waiting": []}
    assert {each["day"]: each["lines"][0]["household_id"] for each in told} == {
        "2026-10-01": home.at_claires,
        "2026-10-08": home.at_antoines,
    }
    assert {(each["activity"], each["version"], each["late"]) for each in told} == {
        ("canteen", 1, False)
    }


@pytest.mark.both_databases
def test_told_again_it_is_published_once(ens: Provider, lunch: Group) -> None:
    home = Home()
    family.arrives(ens, home)

    takes_over(ens, sheet(home.child.id))
    takes_over(ens, sheet(home.child.id))

    [once] = ens.published("attendance_recorded")
    assert once["version"] == 1


def test_a_sheet_waits_whole_for_a_child_whose_file_has_not_come(
    ens: Provider, lunch: Group
) -> None:
    home, stranger = Home(), new_id()
    family.arrives(ens, home)

    answer = takes_over(ens, sheet(home.child.id, stranger))

    assert answer == {"published": 0, "waiting": [stranger]}
    assert not ens.published("attendance_recorded")


def test_a_day_of_which_the_provider_keeps_the_roll_call_is_refused(
    ens: Provider, lunch: Group
) -> None:
    home = Home()
    family.arrives(ens, home)
    kept = family.sessions(lunch)[0].day
    yesterday = now().astimezone(PARIS).date() - timedelta(days=1)

    with pytest.raises(BadRequest):
        takes_over(ens, sheet(home.child.id, day=max(kept, today())))
    with pytest.raises(BadRequest):
        takes_over(ens, {**sheet(home.child.id, day=yesterday), "group": "nobody-knows"})
