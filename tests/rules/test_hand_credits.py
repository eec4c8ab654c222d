"""Credits that an agent gave by hand: billed no second time, and taken back no second time."""

from dataclasses import astuple

from services.billing.bills.rules.draft import IssuedLine, Month, changes_of_month
from services.billing.pricing.rules.inputs_and_lines import Line
from services.billing.pricing.rules.month_lines import lines_of_month
from tests.factories.prices import RESIDENCES, bands, came, column, grid, part, payer, tariff

MEALS = tariff(grid(part("Repas", column(bands([600], ["2.00", "3.50"])))))
DAYS = (3, 4, 10, 11)


def billed(line: Line, by_hand: int) -> IssuedLine:
    """Return a line net of credit notes, `by_hand` of it credited by an agent."""
    issued = IssuedLine(*astuple(line), "bill", 0, by_hand)
    issued.quantity -= by_hand
    issued.cents -= by_hand * line.unit_cents
    return issued


def priced(quotient: int, *days: int) -> tuple[Line, ...]:
    counted = [came(day) for day in days]
    return lines_of_month("2026-11", payer(quotient, "lea"), counted, [], [MEALS], RESIDENCES)


def compare(by_hand: int, wanted: tuple[Line, ...]) -> Month:
    (line,) = priced(742, *DAYS)
    return changes_of_month("2026-11", [billed(line, by_hand)], wanted)


def test_what_is_priced_as_before_stays_credited() -> None:
    found = compare(1, priced(742, *DAYS))

    assert (found.added, found.taken) == ([], [])


def test_another_price_bills_a_credited_unit_no_second_time() -> None:
    found = compare(1, priced(300, *DAYS))

    assert [(each.quantity, each.cents) for each in found.taken] == [(3, 1050)]
    assert [(line.quantity, line.unit_cents, line.cents) for line in found.added] == [(3, 200, 600)]


def test_where_all_was_credited_another_price_changes_nothing() -> None:
    found = compare(4, priced(300, *DAYS))

    assert (found.added, found.taken) == ([], [])


def test_a_day_that_no_longer_counts_is_not_taken_back_twice() -> None:
    found = compare(1, priced(742, 3, 4, 10))

    assert (found.added, found.taken) == ([], [])


def test_a_day_that_comes_late_is_billed_beside_what_was_credited() -> None:
    found = compare(1, priced(742, *DAYS, 27))

    assert [(line.quantity, line.cents) for line in found.added] == [(1, 350)]
