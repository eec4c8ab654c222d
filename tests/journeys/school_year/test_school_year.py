"""
One school year of a town, by pages alone: the clock moves, and what was decided comes true.

Whoever decides does it while one provider is stopped and another one is killed: nothing is lost,
nothing is done twice, and both hold what was sent to them.
"""

from datetime import date

import pytest

from tests.journeys.databases import found
from tests.journeys.receipts import is_even, struck
from tests.journeys.school_year import january, june, october, september
from tests.journeys.school_year.year import Year
from tests.journeys.town import CLUSTERED

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(CLUSTERED, reason="it starts a town of its own, on one machine"),
]

SCHOOLED = (
    "SELECT child_id, holds_from, count(*) FROM correction"
    " WHERE subject = 'schooling' AND decided_by = 'ens' AND withdrawn_at IS NULL"
    " AND applied_at IS NOT NULL GROUP BY child_id, holds_from"
)


def test_a_town_lives_a_school_year_from_january_to_the_bills_of_november(year: Year) -> None:
    january.asks_for_a_school(year)
    january.is_refused_a_waiver(year)
    january.is_enrolled(year)

    year.comes_to(date(2027, 3, 15))
    year.everybody_works()
    june.reads_onde(year)
    september.is_billed(year, "2027-01")
    with struck(year.town):
        june.corrects_a_birth(year)
    june.is_received_by_all(year)

    year.comes_to(date(2027, 6, 7))
    year.everybody_works()
    june.copies_classes(year)
    with struck(year.town):
        june.moves_all_up(year)
    june.is_promised_september(year, "Manon", june.MOTHER, "CE2")
    june.is_promised_september(year, january.CHILD, january.FAMILY, january.SCHOOL)
    june.renews_the_offer(year)
    june.opens_the_offer(year)
    june.keeps_its_lunch(year)

    year.comes_to(date(2027, 8, 30))
    year.everybody_works()
    january.still_goes_to_school(year, january.NOW_AT)
    year.comes_to(date(2027, 9, 10), hour=13)
    september.is_in_its_new_class(year)
    january.still_goes_to_school(year, january.SCHOOL)
    september.is_counted_by_the_kitchen(year)
    september.calls_the_roll(year)
    september.moves(year, from_day="2027-09-13")
    year.comes_to(date(2027, 9, 20), hour=13)
    september.calls_the_roll(year)

    year.comes_to(date(2027, 10, 4))
    september.is_billed(year, "2027-09")
    september.is_billed_at_both_prices(year)
    with struck(year.town):
        october.separate(year, from_day=date(2027, 10, 11))
    year.comes_to(date(2027, 10, 12))
    october.live_in_two_homes(year)
    for day in (date(2027, 11, 15), date(2027, 11, 22)):
        year.comes_to(day, hour=13)
        september.calls_the_roll(year)
    year.comes_to(date(2027, 12, 2))
    september.is_billed(year, "2027-11")
    october.pay_each_their_week(year)

    assert "no dead letters" in year.town.preau("dead", "list").stdout
    schooled = found(year.town, "dossier", SCHOOLED)
    assert len(schooled) > 60 and {times for _child, _day, times in schooled} == {1}
    assert is_even(year.town)
