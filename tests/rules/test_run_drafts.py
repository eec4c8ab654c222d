"""Outcome of a household's month: an invoice, a credit note, a report, or nothing."""

from dataclasses import astuple, replace
from typing import Any

import pytest

from services.billing.bills.rules.draft import (
    Draft,
    IssuedLine,
    Month,
    changes_of_month,
    credit_note_line,
    draft_of_months,
    take_back_units,
)
from services.billing.pricing.rules.inputs_and_lines import Line, Payer, PayerShare, Quotient
from services.billing.runs.rules.anomalies import LastMonth, anomalies_of_draft
from shared.dates.months import month_before

NOVEMBER = "2026-11"


def line(quantity: int = 2, unit_cents: int = 350, code: str = "flat", **more: Any) -> Line:
    usual = Line(
        child_id="manon",
        child="Manon",
        activity="canteen",
        tariff="canteen",
        label="Restauration scolaire",
        part="Repas",
        month=NOVEMBER,
        days=tuple(range(1, quantity + 1)),
        outcome="present",
        quantity=quantity,
        unit_cents=unit_cents,
        share_bp=10_000,
        share_after_bp=0,
        cents=quantity * unit_cents,
        tax="food",
        budget="",
        price="meal",
        reason={"code": code, "params": {}},
    )
    return replace(usual, **more)


def billed(quantity: int = 2, **more: Any) -> IssuedLine:
    """Return a line as it stands on an issued bill."""
    return replace(IssuedLine(*astuple(line(quantity)), "bill", 1), **more)


def drafted(*months: Month, least_cents: int = 0) -> Draft:
    return draft_of_months(months, least_cents)


def test_a_month_never_billed_becomes_an_invoice() -> None:
    draft = drafted(changes_of_month(NOVEMBER, (), [line()]))

    assert (draft.state, draft.becomes_invoice, draft.total_cents) == ("drafted", True, 700)
    assert (draft.done, draft.kept, draft.corrects) == ({NOVEMBER}, frozenset(), False)


def test_what_costs_nothing_is_no_invoice() -> None:
    draft = drafted(changes_of_month(NOVEMBER, (), [line(unit_cents=0)]))

    assert (draft.state, draft.becomes_invoice, draft.done) == ("nothing", False, {NOVEMBER})


def test_a_titre_under_15_euros_is_carried_forward_and_one_of_15_is_not() -> None:
    small = drafted(changes_of_month(NOVEMBER, (), [line(4)]), least_cents=1_500)
    enough = drafted(changes_of_month(NOVEMBER, (), [line(1, 1_500)]), least_cents=1_500)

    assert (small.state, small.total_cents, small.kept) == ("carried", 1_400, {NOVEMBER})
    assert (enough.state, enough.kept) == ("drafted", frozenset())


def test_what_is_given_back_is_credited_although_the_rest_is_carried_forward() -> None:
    october = changes_of_month("2026-10", [billed(month="2026-10")], [])
    november = changes_of_month(NOVEMBER, (), [line()])

    draft = drafted(october, november, least_cents=1_500)

    assert (draft.state, draft.becomes_invoice, draft.total_cents) == ("drafted", False, -700)
    assert (draft.kept, draft.done) == ({NOVEMBER}, {"2026-10"})


def test_what_has_no_price_is_on_no_bill_and_its_month_stays() -> None:
    draft = drafted(changes_of_month(NOVEMBER, (), [line(), line(1, 0, "no_price", price="none")]))

    assert (draft.total_cents, len(draft.added)) == (700, 1)
    assert (draft.unpriced, draft.kept, draft.done) == (True, {NOVEMBER}, frozenset())


def test_a_credit_note_is_about_the_days_that_no_longer_count() -> None:
    month = changes_of_month(NOVEMBER, [billed(3)], [line(2, days=(1, 3))])

    [taken] = month.taken
    assert (taken.quantity, taken.cents, taken.days) == (1, 350, (2,))
    back = credit_note_line(taken)
    assert (back.quantity, back.cents) == (-1, -350)


def test_what_an_agent_credited_is_neither_billed_again_nor_taken_back_twice() -> None:
    stands = replace(billed(3), quantity=2, cents=700, by_hand=1)

    unchanged = changes_of_month(NOVEMBER, [stands], [line(3)])
    corrected = changes_of_month(NOVEMBER, [stands], [line(2)])
    more = changes_of_month(NOVEMBER, [stands], [line(0)])

    assert (unchanged.added, unchanged.taken) == ([], [])
    assert (corrected.added, corrected.taken) == ([], [])
    assert [(each.quantity, each.cents) for each in more.taken] == [(2, 700)]


def test_units_taken_back_leave_what_the_rest_costs_to_the_cent() -> None:
    owed = PayerShare(3_333).cents_of(3 * 350)
    third = billed(3, share_bp=3_333, cents=owed)

    first = take_back_units(third, 1)
    third.quantity, third.cents = 2, third.cents - first.cents
    second = take_back_units(third, 2)

    assert first.cents + second.cents == owed


def test_nothing_less_than_nothing_is_taken_back_of_a_share_of_a_cent() -> None:
    second_third = billed(2, unit_cents=1, share_bp=3_333, share_after_bp=3_333, cents=0)

    assert take_back_units(second_third, 1).cents == 0


def test_another_amount_or_fate_is_another_digest() -> None:
    first = drafted(changes_of_month(NOVEMBER, (), [line()]))
    same = drafted(changes_of_month(NOVEMBER, (), [line()]))
    more = drafted(changes_of_month(NOVEMBER, (), [line(3)]))
    carried = drafted(changes_of_month(NOVEMBER, (), [line()]), least_cents=1_500)

    assert first.digest == same.digest
    assert len({first.digest, more.digest, carried.digest}) == 3


def unusual(
    draft: Draft,
    before: int,
    payer: Payer | None = None,
    days: tuple[int, int] = (0, 0),
    **more: Any,
) -> list[str]:
    usual = {"is_first": False, "has_address": True, "disputed": False}
    last_month = LastMonth(before, *({"canteen": number, "holidays": 10} for number in days))
    return anomalies_of_draft(draft, payer or Payer("home"), last_month, **{**usual, **more})


def test_a_bill_far_from_last_months_is_unusual() -> None:
    draft = drafted(changes_of_month(NOVEMBER, (), [line(20)]))

    assert unusual(draft, 7_000) == []
    assert unusual(draft, 4_000) == ["much_more"]
    assert unusual(draft, 15_000) == ["much_less"]
    assert unusual(draft, 0, is_first=True) == ["first_bill"]


@pytest.mark.parametrize(
    ("before", "days", "codes"),
    [
        (4_000, (10, 17), []),
        (2_000, (10, 17), ["much_more"]),
        (15_000, (17, 8), []),
        (30_000, (17, 8), ["much_less"]),
        (7_000, (17, 8), []),
        (4_000, (0, 17), ["much_more"]),
    ],
    ids=[
        "as much a day, after holidays",
        "more a day too",
        "as much a day, in a month of holidays",
        "less a day too",
        "as much a month, whatever its days",
        "nothing counted the month before",
    ],
)
def test_a_bill_that_is_higher_because_its_month_has_more_days_is_not_unusual(
    before: int, days: tuple[int, int], codes: list[str]
) -> None:
    draft = drafted(changes_of_month(NOVEMBER, (), [line(20)]))

    assert unusual(draft, before, days=days) == codes


def test_a_price_without_a_quotient_says_whether_there_ever_was_one() -> None:
    draft = drafted(changes_of_month(NOVEMBER, (), [line(code="maximum")]))
    once = Payer("home", [Quotient(50_000, "caf", NEVER, NEVER)])

    assert unusual(draft, 700) == ["no_quotient"]
    assert unusual(draft, 700, once, has_address=False, disputed=True) == [
        "quotient_expired",
        "no_address",
        "disputed",
    ]


def test_the_month_before_january_is_december() -> None:
    assert [month_before(each) for each in ("2027-01", "2026-12")] == ["2026-12", NOVEMBER]


NEVER: Any = None
