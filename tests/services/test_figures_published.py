"""Figures of a quarter leave as sums, once, over when they are; the front desk keeps the newest."""

import random
from datetime import date

import pytest

from services.enrolment.figures.commands.publishing_quarters import (
    NotOver,
    figures_of_quarter,
    publish_again,
    publish_figures,
)
from services.enrolment.figures.rules import periods
from services.enrolment.figures.rules.council_figures import Counted, table_as_published
from services.enrolment.store import store
from shared.contracts.enrolment.figures import LEAST_SHOWN, MOST_ROWS
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import figures as make
from tests.factories.enrolment import Provider

QUARTER = periods.quarter_of_day(date(2025, 10, 1))
AFTER = date(2026, 1, 1)


def publishes(today: date = AFTER) -> bool:
    with store.write() as write:
        return publish_figures(write, QUARTER, new_id(), today, now())


@pytest.mark.both_databases
def test_a_quarter_is_published_once_and_again_when_it_changed(ens: Provider) -> None:
    children = make.children_of(ens, 12)
    sessions = make.an_autumn(children, random.Random(3), days=6, label="Cantine")
    ens.clear_outbox()

    assert publishes() and not publishes()
    (event,) = ens.published("figures_published")
    assert (event["period"], event["version"]) == ("2025-T4", 1)
    assert not set(children) & set(str(event).split("'")), "sums alone"
    assert all(child not in str(event) for child in (*children, *sessions))

    make.an_autumn(children, random.Random(4), days=3, label="Étude")
    assert publishes()
    assert [event["version"] for event in ens.published("figures_published")] == [1, 2]
    with store.write() as write:
        publish_again(write, ["2025-T4"], {"2025-T4": 7})
    assert ens.published("figures_published")[-1]["version"] == 8


def test_a_quarter_that_is_not_over_is_not_published(ens: Provider) -> None:
    with pytest.raises(NotOver):
        publishes(date(2025, 12, 31))
    assert ens.published("figures_published") == []


def test_nothing_under_five_leaves_and_what_leaves_is_what_was_counted(ens: Provider) -> None:
    children = make.children_of(ens, 9)
    for number in range(4):
        make.an_autumn(
            children,
            random.Random(number),
            days=1 + number,
            site=f"École {number}",
            places=9,
            first_day=QUARTER.first,
        )

    with store.read() as read:
        table = figures_of_quarter(read, QUARTER)["attendance"]

    numbers = [n for row in table["rows"] for n in (*row["numbers"], row["total"])]
    numbers += [*table["numbers"], table["total"]]
    assert None in numbers
    assert all(number is None or number >= LEAST_SHOWN for number in numbers)
    assert [row["sessions"] for row in table["rows"]] == [1, 2, 3, 4]
    assert [row["places"] for row in table["rows"]] == [9, 18, 27, 36]


def test_what_was_hidden_stays_hidden_when_a_quarter_is_published_again(ens: Provider) -> None:
    hid = [Counted("Nord", "Cantine", (30, 3, 12)), Counted("Sud", "Cantine", (40, 9, 20))]
    former = table_as_published(hid)
    grown = [Counted("Centre", "Étude", (50, 60, 70)), *hid[1:]]
    more = [*grown, Counted("Nord", "Cantine", (30, 8, 12))]

    row = {
        (each["site"], each["activity"]): each for each in table_as_published(more, former)["rows"]
    }

    assert table_as_published(more)["rows"][1]["numbers"] == [30, 8, 12], (
        "nothing of it is small any more"
    )
    assert row["Nord", "Cantine"]["numbers"][1] is None
    for told in former["rows"]:
        later = row[told["site"], told["activity"]]["numbers"]
        hidden = [nth for nth, number in enumerate(told["numbers"]) if number is None]
        assert [later[nth] for nth in hidden] == [None] * len(hidden)


def test_sites_that_are_added_up_do_not_give_away_what_one_of_them_hid(ens: Provider) -> None:
    few = [Counted("Nord", "Cantine", (30, 3, 12)), Counted("Sud", "Cantine", (40, 9, 20))]
    many = [Counted(f"Site {at}", "Étude", (30, 10, 10)) for at in range(MOST_ROWS)]

    canteen, care = table_as_published([*few, *many], table_as_published(few))["rows"]

    assert (canteen["site"], canteen["numbers"][1]) == ("", None)
    assert care["activity"] == "Étude"
    assert table_as_published([], table_as_published(few)) == table_as_published([])


def test_a_quarter_says_the_same_twice_and_hides_what_it_hid(ens: Provider) -> None:
    make.an_autumn(make.children_of(ens, 12), random.Random(3), days=6, first_day=QUARTER.first)
    publishes()
    (event,) = ens.published("figures_published")

    with store.read() as read:
        again = figures_of_quarter(read, QUARTER)

    assert again == event["content"] and not publishes()


def test_too_many_rows_for_a_message_are_added_over_the_sites(ens: Provider) -> None:
    many = [Counted(f"Site {at}", "Cantine", (30, 10, 10), 1, 40) for at in range(MOST_ROWS + 1)]
    (row,) = table_as_published(many)["rows"]
    assert (row["site"], row["sessions"]) == ("", MOST_ROWS + 1)
    assert row["numbers"] == [30 * (MOST_ROWS + 1), 10 * (MOST_ROWS + 1), 10 * (MOST_ROWS + 1)]
