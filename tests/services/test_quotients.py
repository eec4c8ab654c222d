"""Quotients and shares of two payers on both databases: who may say them, and what that touches."""

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update
from sqlalchemy.exc import DatabaseError

from services.billing.accounts.commands import quotients
from services.billing.models import Quotient, Share, SharePart
from services.billing.payers.rules.new_quotients import DECLARED, NewQuotient
from services.billing.runs.queries import pricing_inputs
from services.billing.store import store
from shared.contracts.billing.prices import quotients as quotient_contracts
from shared.contracts.billing.regie import payers as regie
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.dates.clock import now, today
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import child, family, home, meals, sheet

OCTOBER, NOVEMBER = "2026-10", "2026-11"
OCTOBER_5, NOVEMBER_3 = date(2026, 10, 5), date(2026, 11, 3)
DECEMBER_1 = date(2026, 12, 1)
CAF: dict[str, Any] = {"kind": "caf", "valid_to": None}


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town: a meal is 2,00 € below a quotient of 600 €, else 3,50 €."""
    with runs.billing_on(database, tmp_path):
        runs.tariff(runs.by_quotient("canteen", 60_000, 200, 350))
        yield


def declare(number: int, cents: int, valid_from: date, by: int | None = None) -> None:
    make.ask(
        make.guardian(by or number),
        quotient_contracts.declare_quotient,
        household_id=home(number),
        cents=cents,
        valid_from=valid_from,
        **CAF,
    )


def said(number: int) -> list[tuple[int, str]]:
    answer = make.ask(
        make.guardian(number), quotient_contracts.my_quotients, household_id=home(number)
    )
    return [(quotient["cents"], quotient["source"]) for quotient in answer.quotients]


def test_a_family_says_its_quotient_and_reads_it_again(billing: None) -> None:
    family(1)

    declare(1, 74_219, today())

    assert said(1) == [(74_219, "declared")]


def test_a_family_says_and_reads_the_quotient_of_no_other_household(billing: None) -> None:
    family(1)
    family(2)

    with pytest.raises(NotFound):
        declare(1, 0, today(), by=2)
    with pytest.raises(NotFound):
        make.ask(make.guardian(2), quotient_contracts.my_quotients, household_id=home(1))
    with pytest.raises(NotEntitled):
        make.ask(
            make.holder(), quotient_contracts.my_quotients, "enrolment_ens", household_id=home(1)
        )


def test_a_quotient_is_priced_again_from_its_first_day_where_something_counts(
    billing: None,
) -> None:
    family(1)
    meals(1, date(2026, 9, 7), OCTOBER_5, NOVEMBER_3)
    make.nothing_waits()

    assert make.quotient(1, 50_000, date(2026, 10, 1)) == {OCTOBER, NOVEMBER}
    assert set(make.months_to_bill()) == {(home(1), OCTOBER), (home(1), NOVEMBER)}


def test_a_quotient_that_a_later_one_replaces_touches_the_days_before_alone(billing: None) -> None:
    family(1)
    meals(1, OCTOBER_5, NOVEMBER_3)
    make.quotient(1, 50_000, date(2026, 11, 1))

    assert make.quotient(1, 70_000, date(2026, 10, 1)) == {OCTOBER}
    assert make.quotient(1, 70_000, date(2026, 10, 1), DECLARED) == set()


def test_what_an_agent_saw_on_paper_a_family_replaces_from_a_later_day_alone(
    billing: None,
) -> None:
    family(1)
    make.quotient(1, 70_000, today())

    with pytest.raises(quotient_contracts.QuotientChecked):
        declare(1, 10_000, today())
    with pytest.raises(quotient_contracts.QuotientChecked):
        declare(1, 10_000, today() - timedelta(days=40))
    declare(1, 60_000, today() + timedelta(days=1))

    assert said(1) == [(60_000, "declared"), (70_000, "checked")]


def test_a_family_goes_back_a_year_at_most_and_no_quotient_ends_before_it_begins(
    billing: None,
) -> None:
    family(1)

    with pytest.raises(BadRequest):
        declare(1, 10_000, today() - timedelta(days=400))
    with pytest.raises(BadRequest):
        make.ask(
            make.guardian(1),
            quotient_contracts.declare_quotient,
            household_id=home(1),
            cents=1,
            kind="caf",
            valid_from=today(),
            valid_to=today() - timedelta(days=1),
        )
    assert said(1) == []


def test_quotients_of_another_software_go_to_households_that_have_none(billing: None) -> None:
    family(1)
    family(2)
    make.quotient(1, 70_000, today())
    rows = [
        {"household_id": home(n), "cents": 30_000, "valid_from": today(), **CAF} for n in (1, 2)
    ]

    first = make.ask(None, quotient_contracts.import_quotients, quotients=rows)
    again = make.ask(None, quotient_contracts.import_quotients, quotients=rows)

    assert (first.recorded, again.recorded) == (1, 0)
    assert (said(1), said(2)) == ([(70_000, "checked")], [(30_000, "imported")])


@pytest.mark.both_databases
def test_an_import_waits_for_what_a_family_is_just_saying_and_keeps_it(billing: None) -> None:
    family(1)
    rows = [{"household_id": home(1), "cents": 30_000, "valid_from": today(), **CAF}]
    said_now = NewQuotient(home(1), 60_000, "caf", today(), None, DECLARED)
    came: list[Any] = []

    def brings() -> None:
        came.append(make.ask(None, quotient_contracts.import_quotients, quotients=rows))

    import_of_ops = threading.Thread(target=brings)
    with store.write() as write:
        quotients.record_quotients(write, [said_now], by=None, at=now(), on=today())
        import_of_ops.start()
        import_of_ops.join(0.5)
    import_of_ops.join()

    assert [(answer.recorded, answer.kept) for answer in came] == [(0, 1)]
    assert said(1) == [(60_000, "declared")]


def test_an_agent_corrects_a_quotient_and_learns_which_bills_of_its_own_change(
    billing: None,
) -> None:
    family(1)
    meals(1, OCTOBER_5, NOVEMBER_3)
    make.quotient(1, 70_000, date(2026, 9, 1))
    runs.run(OCTOBER)
    holder = make.holder()
    correction: dict[str, Any] = {"household_id": home(1), "valid_from": date(2026, 10, 1), **CAF}

    in_the_same_band = make.ask(
        holder, regie.correct_quotient, cents=71_000, source="checked", **correction
    )
    in_another = make.ask(
        holder, regie.correct_quotient, cents=50_000, source="corrected", **correction
    )

    assert in_the_same_band.months == []
    assert in_another.months == [OCTOBER]


def test_what_was_said_of_a_quotient_is_never_changed(billing: None) -> None:
    make.quotient(1, 50_000, today())

    for change in (update(Quotient).values(cents=1), delete(Quotient)):
        with pytest.raises(DatabaseError), store.write() as write:
            write.execute(change)


def two_homes() -> None:
    """A child of two households, which eats on each one's day."""
    for number in (1, 2):
        make.household_published(
            number,
            1,
            children=[make.child_row(child(10), date(2019, 5, 6))],
            addresses=[make.address_row(date(2020, 1, 1))],
        )
    sheet(NOVEMBER_3, (home(1), child(10), "present"))
    sheet(date(2026, 11, 10), (home(2), child(10), "present"))


def divide(*parts: int, valid_from: date = date(2026, 11, 1), principal: str = "ens") -> None:
    make.ask(
        make.holder(f"enrolment_{principal}", principal),
        regie.set_shares,
        child_id=child(10),
        valid_from=valid_from,
        paper="jugement du 3 mars 2026",
        shares=[
            {"household_id": home(number), "share_bp": part}
            for number, part in enumerate(parts, start=1)
        ],
    )


def parts_of(number: int) -> list[tuple[int, int]]:
    with store.read() as read:
        homes = [home(1), home(2)]
        contexts = pricing_inputs.load_pricing_contexts(
            read, "ens", "ens", homes, NOVEMBER, DECEMBER_1
        )
    quantities, _ = contexts[home(number)].months[NOVEMBER]
    return sorted((quantity.day.day, quantity.share_bp) for quantity in quantities)


def test_without_a_paper_each_household_owes_its_own_days(billing: None) -> None:
    two_homes()

    assert parts_of(1) == [(3, 10_000)]
    assert parts_of(2) == [(10, 10_000)]


def test_two_payers_owe_their_parts_of_every_day_since_the_paper_holds(billing: None) -> None:
    two_homes()
    make.nothing_waits()

    divide(6_000, 4_000)

    assert set(make.months_to_bill()) == {(home(1), NOVEMBER), (home(2), NOVEMBER)}
    assert parts_of(1) == [(3, 6_000), (10, 6_000)]
    assert parts_of(2) == [(3, 4_000), (10, 4_000)]


def test_a_division_counts_from_its_day_and_ends_with_one_whole_part(billing: None) -> None:
    two_homes()

    divide(6_000, 4_000, valid_from=date(2026, 11, 5))
    assert (parts_of(1), parts_of(2)) == ([(3, 10_000), (10, 6_000)], [(10, 4_000)])

    divide(10_000, valid_from=date(2026, 11, 8))
    assert (parts_of(1), parts_of(2)) == ([(3, 10_000), (10, 10_000)], [])


def test_a_late_sheet_of_a_divided_child_touches_both_payers(billing: None) -> None:
    two_homes()
    divide(5_000, 5_000)
    make.nothing_waits()

    sheet(date(2026, 11, 12), (home(1), child(10), "present"), late=True)

    assert set(make.months_to_bill()) == {(home(1), NOVEMBER), (home(2), NOVEMBER)}


def test_parts_add_up_and_go_to_the_child_s_own_households_at_a_provider_that_counts_it(
    billing: None,
) -> None:
    two_homes()
    family(3)

    for parts in ((6_000, 3_000), (6_000, 5_000)):
        with pytest.raises(BadRequest):
            divide(*parts)
    with pytest.raises(NotFound):
        divide(5_000, 5_000, principal="agg")
    with pytest.raises(NotFound):
        make.ask(
            make.holder(),
            regie.set_shares,
            child_id=child(10),
            valid_from=DECEMBER_1,
            paper="aucun",
            shares=[{"household_id": home(3), "share_bp": 10_000}],
        )
    with store.read() as read:
        assert read.scalars(select(Share)).all() == []


def test_a_division_is_never_changed(billing: None) -> None:
    two_homes()
    divide(5_000, 5_000)

    for table in (Share, SharePart):
        with pytest.raises(DatabaseError), store.write() as write:
            write.execute(delete(table))


def test_many_households_are_read_in_as_many_statements_as_few(billing: None) -> None:
    for number in range(1, 21):
        family(number)
        meals(number, NOVEMBER_3)
        make.quotient(number, 50_000, date(2026, 9, 1))
    counts = []
    for most in (2, 20):
        sent: list[str] = []
        with store.read() as read:
            listener = lambda *args, sent=sent: sent.append(args[2])  # noqa: E731
            event.listen(store.engine, "before_cursor_execute", listener)
            homes = [home(number) for number in range(1, most + 1)]
            contexts = pricing_inputs.load_pricing_contexts(
                read, "ens", "ens", homes, NOVEMBER, DECEMBER_1
            )
            event.remove(store.engine, "before_cursor_execute", listener)
        counts.append(len(sent))
        assert all(loaded.months[NOVEMBER][0] for loaded in contexts.values())

    assert counts[0] == counts[1] < 15
