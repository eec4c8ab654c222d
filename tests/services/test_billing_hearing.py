"""Events that billing receives, on both databases: counted quantities, and the months to bill."""

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from services.billing.models import Address, Household, HouseholdChild, Quantity, TariffVersion
from services.billing.payers.queries.payers import payers_by_household
from services.billing.pricing.rules.sibling_ranks import Children
from services.billing.quantities.commands import received_places, received_sheets
from services.billing.store import store
from shared.contracts.enrolment import attendance
from shared.runtime.ids import new_id
from shared.text import searchable_text
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import child, family, home, sheet

NOVEMBER_3 = date(2026, 11, 3)
NOVEMBER, DECEMBER = "2026-11", "2026-12"


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town."""
    with runs.billing_on(database, tmp_path):
        yield


def present(number: int) -> tuple[str, str, str]:
    return home(number), child(number * 10), "present"


def test_a_closed_group_counts_and_its_households_are_to_be_billed(billing: None) -> None:
    sheet(NOVEMBER_3, present(1), (home(2), child(20), "absent"))

    assert make.counting() == [(home(1), "present", 1), (home(2), "absent", 1)]
    assert make.months_to_bill() == {(home(1), NOVEMBER): 1, (home(2), NOVEMBER): 1}


def test_a_later_version_touches_those_alone_whose_lines_it_changes(billing: None) -> None:
    session = sheet(NOVEMBER_3, present(1), present(2))
    make.nothing_waits()

    sheet(NOVEMBER_3, present(1), session_id=session, version=2, late=True)

    assert make.counting() == [(home(1), "present", 1)]
    assert make.months_to_bill() == {(home(2), NOVEMBER): 1}


@pytest.mark.both_databases
def test_an_earlier_version_that_comes_late_changes_nothing_that_counts(billing: None) -> None:
    session = sheet(NOVEMBER_3, present(1), version=2)

    sheet(NOVEMBER_3, present(2), session_id=session, version=1)

    assert make.counting() == [(home(1), "present", 1)]
    assert make.months_to_bill() == {(home(1), NOVEMBER): 1}


@pytest.mark.both_databases
def test_of_two_versions_that_come_at_once_the_greater_counts(billing: None) -> None:
    session, start = new_id(), threading.Barrier(8)

    def tell(version: int) -> None:
        start.wait()
        sheet(NOVEMBER_3, present(version), session_id=session, version=version)

    threads = [threading.Thread(target=tell, args=(version,)) for version in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert make.counting() == [(home(8), "present", 1)]


def test_a_day_that_changes_its_household_touches_both(billing: None) -> None:
    session = sheet(NOVEMBER_3, (home(1), child(10), "present"))
    make.nothing_waits()

    sheet(NOVEMBER_3, (home(2), child(10), "present"), session_id=session, version=2)

    assert set(make.months_to_bill()) == {(home(1), NOVEMBER), (home(2), NOVEMBER)}


def test_an_excused_absence_gives_no_month_to_bill(billing: None) -> None:
    sheet(NOVEMBER_3, (home(1), child(10), "excused"))

    assert make.counting() == [(home(1), "excused", 0)]
    assert make.months_to_bill() == {}


def test_what_nobody_pays_for_is_kept_and_counts_for_no_bill(billing: None) -> None:
    sheet(NOVEMBER_3, present(1), activity="school_enrolment")

    with store.read() as read:
        assert read.scalars(select(Quantity.household_id)).all() == [home(1)]
    assert make.counting() == []
    assert make.months_to_bill() == {}


def test_the_minutes_that_a_child_stayed_and_how_it_came_are_kept(billing: None) -> None:
    line = {"child_id": child(10), "household_id": home(1), "outcome": "present", "quantity": 1}
    event = attendance.attendance_recorded.load(
        {
            "session_id": new_id(),
            "version": 1,
            "activity": "evening_care",
            "group_id": new_id(),
            "day": "2026-11-03",
            "late": False,
            "planned_minutes": 120,
            "closed_at": "2026-11-03T18:00:00+00:00",
            "lines": [{**line, "minutes": 95, "variant": "own_meal"}],
        }
    )
    with store.write() as write:
        received_sheets.record_attendance_sheet(
            write, store.register.provider("ens"), event, event.closed_at
        )

    with store.read() as read:
        (row,) = read.scalars(select(make.Counted))
        assert (row.minutes, row.planned_minutes, row.variant) == (95, 120, "own_meal")


def test_a_place_is_due_from_its_first_month_up_to_the_present_one(billing: None) -> None:
    make.place(1, date(2026, 10, 15))

    assert make.months_to_bill() == {(home(1), f"2026-{month}"): 1 for month in (10, 11, 12)}


def test_a_place_that_ends_earlier_touches_the_months_after_its_last_day(billing: None) -> None:
    place_id = make.place(1, date(2026, 9, 1))
    make.nothing_waits()

    make.place(1, date(2026, 9, 1), place_id=place_id, version=2, valid_to=date(2026, 10, 31))
    make.place(1, date(2026, 9, 1), place_id=place_id, version=1)

    assert set(make.months_to_bill()) == {(home(1), NOVEMBER), (home(1), DECEMBER)}


def test_a_place_that_never_began_touches_its_months_once_more(billing: None) -> None:
    place_id = make.place(1, date(2026, 11, 1))
    make.nothing_waits()

    make.place(1, date(2026, 11, 1), place_id=place_id, version=2, cancelled=True)

    assert set(make.months_to_bill()) == {(home(1), NOVEMBER), (home(1), DECEMBER)}


def test_each_new_month_is_put_down_once_for_every_place_that_runs_in_it(billing: None) -> None:
    make.place(1, date(2026, 9, 1))
    make.place(2, date(2026, 9, 1), valid_to=date(2026, 12, 31))
    make.place(3, date(2027, 1, 10))
    make.nothing_waits()

    for day in (date(2026, 12, 31), date(2027, 2, 1), date(2027, 2, 2)):
        received_places.mark_running_places_to_bill(store, day)

    assert make.months_to_bill() == {
        (home(1), "2027-01"): 1,
        (home(1), "2027-02"): 1,
        (home(3), "2027-01"): 1,
        (home(3), "2027-02"): 1,
    }


def test_the_greatest_version_of_a_tariff_counts_and_a_withdrawn_one_prices_nothing(
    billing: None,
) -> None:
    runs.tariff(runs.flat("canteen", 400), version=2)
    runs.tariff(runs.flat("canteen", 350), version=1)
    runs.tariff(runs.flat("canteen", 400), version=2)

    (tariff,) = make.priced()
    price = tariff.grids[0].parts[0].columns["all", ""].bands[0].price
    assert (tariff.code, price.cents) == ("canteen", 400)
    runs.tariff(None, version=3)
    assert list(make.priced()) == []
    with store.read() as read:
        assert len(read.scalars(select(TariffVersion)).all()) == 3


def test_a_tariff_that_comes_late_touches_the_places_that_had_no_price(billing: None) -> None:
    make.place(1, date(2026, 10, 1))
    make.place(2, date(2026, 12, 1))
    make.nothing_waits()

    make.tariff(runs.flat("judo", 4000, unit="month"), provider="agg")

    assert set(make.months_to_bill()) == {
        (home(1), "2026-10"),
        (home(1), NOVEMBER),
        (home(1), DECEMBER),
        (home(2), DECEMBER),
    }
    make.nothing_waits()
    make.tariff(runs.flat("judo", 4500, unit="month"), provider="agg", version=2)
    assert make.months_to_bill() == {}


@pytest.mark.both_databases
def test_a_household_is_replaced_by_a_later_version_alone(billing: None) -> None:
    family(1)
    home_address = make.address_row(date(2020, 1, 1))

    make.household_published(
        1, 3, guardians=[make.guardian_row(1, "Zoé Lefèvre")], addresses=[home_address]
    )
    make.household_published(1, 2, guardians=[make.guardian_row(1, "Une autre")])

    with store.read() as read:
        household = read.get_one(Household, home(1))
        assert (household.payer, household.sought) == (
            "Zoé Lefèvre",
            searchable_text("Zoé Lefèvre"),
        )
        assert read.scalars(select(Address.commune)).all() == ["Essai"]


def test_a_move_touches_the_months_since_its_first_day_in_which_something_counts(
    billing: None,
) -> None:
    family(1)
    for day in (date(2026, 9, 7), date(2026, 10, 5), date(2026, 12, 7)):
        sheet(day, present(1))
    make.nothing_waits()
    before = make.address_row(date(2020, 1, 1))

    make.household_published(
        1, 2, addresses=[before, make.address_row(date(2026, 10, 14), "28999")]
    )

    assert set(make.months_to_bill()) == {(home(1), "2026-10"), (home(1), DECEMBER)}


def test_a_street_written_otherwise_touches_nothing(billing: None) -> None:
    family(1)
    sheet(NOVEMBER_3, present(1))
    make.nothing_waits()
    children = [make.child_row(child(10), date(2018, 1, 1))]
    home_address = make.address_row(date(2020, 1, 1)) | {"street": "2, rue des Lilas"}

    make.household_published(1, 2, addresses=[home_address], children=children)

    assert make.months_to_bill() == {}


def test_a_household_told_after_its_sheets_has_their_months_priced_again(billing: None) -> None:
    sheet(NOVEMBER_3, present(1))
    make.nothing_waits()

    family(1)

    assert set(make.months_to_bill()) == {(home(1), NOVEMBER)}


def test_a_child_that_left_stays_named_while_it_stands_on_a_sheet(billing: None) -> None:
    family(1, children=2)
    sheet(NOVEMBER_3, present(1))
    make.nothing_waits()

    make.household_published(1, 2, addresses=[make.address_row(date(2020, 1, 1))])

    with store.read() as read:
        assert read.scalars(select(HouseholdChild.child_id)).all() == [child(10)]
    assert make.months_to_bill() == {}


def test_two_files_of_one_child_are_one_sibling_and_no_past_month_is_priced_again(
    billing: None,
) -> None:
    family(1, children=2)
    sheet(NOVEMBER_3, present(1), (home(1), child(11), "present"))
    make.nothing_waits()
    born = {10: date(2018, 1, 1), 11: date(2018, 1, 2)}
    apart = [make.child_row(child(number), day) for number, day in born.items()]
    one = [apart[0], apart[1] | {"same_as": child(10)}]

    for version, told, same_as in ((2, one, {None, child(10)}), (3, apart, {None})):
        addresses = [make.address_row(date(2020, 1, 1))]
        make.household_published(1, version, addresses=addresses, children=told)
        with store.read() as read:
            assert set(read.scalars(select(HouseholdChild.same_as))) == same_as
            payer = payers_by_household(read, [home(1)])[home(1)]
        ranks = Children(payer).ranks([child(10), child(11)])
        assert len(set(ranks.values())) == {2: 1, 3: 2}[version]
    assert make.months_to_bill() == {}


def test_a_household_without_guardians_keeps_its_name_for_its_bills(billing: None) -> None:
    family(1)

    make.household_published(1, 2, guardians=[])

    with store.read() as read:
        assert read.get_one(Household, home(1)).payer == "Famille 1"
