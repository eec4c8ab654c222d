"""The rules of paying, without a database: results, their schedule, what may open, who is paid."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.billing.ledger.rules.allocation import (
    allocate_to_bill,
    sources_of_credit_taken_back,
    spread_over_bills,
)
from services.billing.payments.payfip.types import Detail
from services.billing.payments.rules import payfip_verdicts
from services.billing.payments.rules.payfip_verdicts import (
    ExpectedPayment,
    Verdict,
    verdict_of_detail,
    verdict_of_refusal,
)
from services.billing.payments.rules.poll_schedule import next_check
from services.billing.payments.rules.start_decision import (
    ANEW,
    SAME,
    OpenOperation,
    decide_on_open_payment,
)
from shared.contracts.billing.bills import (
    CANCELLED,
    DISCREPANT,
    EXPIRED,
    PAID,
    PENDING,
    REFUSED,
    REVERSED,
)

SENT = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)
ASKED = ExpectedPayment(4200, "20260010000123", "2026", "000101", "W", SENT)
SAID = Detail(
    idop="op",
    exer="2026",
    montant="4200",
    numcli="000101",
    refdet="20260010000123",
    saisie="W",
    resultrans="P",
    numauto="1FA923",
    dattrans="24112026",
    heurtrans="2031",
)
CENTS = some.integers(0, 10_000_000)


def test_the_states_are_those_of_the_contract() -> None:
    named = {PENDING, PAID, REFUSED, CANCELLED, EXPIRED, REVERSED, DISCREPANT}

    assert {
        *payfip_verdicts.RESULTS.values(),
        payfip_verdicts.PENDING,
        payfip_verdicts.EXPIRED,
        payfip_verdicts.REVERSED,
    } < named
    assert payfip_verdicts.DISCREPANT == DISCREPANT


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("code", "state"),
    [("P", PAID), ("V", PAID), ("R", REFUSED), ("Z", REFUSED), ("A", CANCELLED)],
)
def test_each_code_of_payfip_has_one_meaning(code: str, state: str) -> None:
    verdict = verdict_of_detail(ASKED, replace(SAID, resultrans=code), SENT + minutes(5))

    assert (verdict.state, verdict.result, verdict.problem) == (state, code, "")


@pytest.mark.parametrize("code", ["", "S", "p", "PV", "VIREMENT-SIMPLIFIE"])
def test_a_code_that_nobody_knows_is_no_result(code: str) -> None:
    verdict = verdict_of_detail(ASKED, replace(SAID, resultrans=code), SENT + timedelta(days=3))

    assert verdict.state == PENDING
    assert len(verdict.result) <= 10


@given(some.sampled_from(["exer", "montant", "numcli", "refdet", "saisie"]), some.text(max_size=20))
def test_no_answer_about_anything_else_is_ever_paid(name: str, said: str) -> None:
    answer = replace(SAID, **{name: said})

    state = verdict_of_detail(ASKED, answer, SENT + minutes(5)).state

    same = (
        said.isdecimal() and int(said) == 4200 if name == "montant" else said == getattr(SAID, name)
    )
    assert state == (PAID if same else DISCREPANT)


def test_a_cancellation_may_be_taken_back_for_two_minutes() -> None:
    cancelled = replace(SAID, resultrans="A")
    at = datetime(2026, 11, 24, 19, 31, tzinfo=UTC)  # 20 h 31 in France

    assert verdict_of_detail(ASKED, cancelled, at + minutes(1.9)).state == PENDING
    assert verdict_of_detail(ASKED, cancelled, at + minutes(2)).state == CANCELLED


@pytest.mark.parametrize(
    ("dattrans", "now", "day"),
    [
        ("31122026", datetime(2027, 1, 1, 9, tzinfo=UTC), date(2026, 12, 31)),
        ("01012027", datetime(2027, 1, 1, 9, tzinfo=UTC), date(2027, 1, 1)),
        ("05012027", datetime(2027, 1, 1, 9, tzinfo=UTC), date(2027, 1, 1)),
        ("31122025", datetime(2027, 1, 1, 9, tzinfo=UTC), date(2027, 1, 1)),
        ("", datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_a_payment_is_of_the_day_on_which_it_was_made_if_that_can_be(
    dattrans: str, now: datetime, day: date
) -> None:
    asked = replace(ASKED, sent_at=datetime(2026, 12, 31, 22, 50, tzinfo=UTC))

    assert verdict_of_detail(asked, replace(SAID, dattrans=dattrans), now).received_on == day


@pytest.mark.parametrize(
    ("code", "age", "state"),
    [
        ("P5", 119, PENDING),
        ("P5", 120, EXPIRED),
        ("P1", 19, PENDING),
        ("P1", 20, EXPIRED),
        ("unknown", 119, PENDING),
        ("unknown", 120, EXPIRED),
    ],
)
def test_without_a_result_a_payment_waits_and_then_expires(code: str, age: int, state: str) -> None:
    assert verdict_of_refusal(ASKED, code, SENT + minutes(age)) == Verdict(state)


def test_a_strange_result_that_vanishes_is_for_somebody_to_look_at() -> None:
    asked = replace(ASKED, result="S")

    assert verdict_of_refusal(asked, "P1", SENT + timedelta(days=1)).state == DISCREPANT
    assert verdict_of_refusal(asked, "P1", SENT + minutes(1)).state == PENDING


def test_an_open_payment_is_asked_about_four_times_and_then_each_day() -> None:
    asked, moment = [], SENT
    for _ in range(6):
        moment = next_check(SENT, PENDING, "", moment) or moment
        asked.append(moment - SENT)

    days = [timedelta(days=count) for count in (1, 2, 3)]
    assert asked == [minutes(5), minutes(20), minutes(120), *days]


@pytest.mark.parametrize("state", [REFUSED, CANCELLED, EXPIRED])
def test_what_seems_over_is_asked_about_until_the_next_day_and_no_longer(state: str) -> None:
    assert next_check(SENT, state, "", SENT + minutes(130)) == SENT + timedelta(days=1)
    assert next_check(SENT, state, "", SENT + timedelta(days=1)) is None
    assert next_check(SENT, state, "S", SENT + timedelta(days=1)) == SENT + timedelta(days=2)


def test_a_cancellation_is_asked_about_as_soon_as_it_holds() -> None:
    cancelled = SENT + minutes(6)

    assert next_check(SENT, PENDING, "A", cancelled) == cancelled + minutes(2)
    assert next_check(SENT, CANCELLED, "A", cancelled) == SENT + minutes(20)


@pytest.mark.parametrize("state", [PAID, REVERSED, DISCREPANT])
def test_what_is_settled_is_asked_about_no_more(state: str) -> None:
    assert next_check(SENT, state, "", SENT) is None


@pytest.mark.parametrize(
    ("standing", "age", "decided"),
    [
        (OpenOperation(4200, None), 600, SAME),
        (OpenOperation(4000, None), 1, ANEW),
        (OpenOperation(4200, SENT), 9, SAME),
        (OpenOperation(4200, SENT), 10, SENT + minutes(20)),
        (OpenOperation(4000, SENT), 1, SENT + minutes(20)),
        (OpenOperation(4200, SENT), 20, ANEW),
        (OpenOperation(4200, SENT, "S"), 600, SENT + minutes(620)),
    ],
)
def test_a_second_operation_waits_for_the_first_as_long_as_somebody_may_pay_with_it(
    standing: OpenOperation, age: int, decided: str | datetime
) -> None:
    assert decide_on_open_payment(standing, 4200, SENT + minutes(age)) == decided


@given(CENTS, some.integers(-1000, 10_000_000))
def test_money_pays_no_more_than_is_owed_and_none_is_lost(cents: int, owed: int) -> None:
    paying, left = allocate_to_bill(cents, owed)

    assert paying + left == cents
    assert 0 <= paying <= max(0, owed)
    assert left == 0 or paying == max(0, owed)


@given(CENTS, some.lists(CENTS, max_size=6))
def test_money_goes_to_the_first_bill_first(cents: int, amounts: list[int]) -> None:
    owed = [(str(place), amount) for place, amount in enumerate(amounts)]

    paid = spread_over_bills(cents, owed)

    assert sum(paid.values()) == min(cents, sum(amounts))
    unpaid = [bill for bill, amount in owed if paid.get(bill, 0) < amount]
    assert all(bill not in paid for bill in unpaid[1:])


@given(CENTS, CENTS, some.lists(CENTS, max_size=6))
def test_what_is_taken_back_comes_from_the_credit_then_from_what_it_paid(
    cents: int, credit: int, used: list[int]
) -> None:
    taken = sources_of_credit_taken_back(
        cents, credit, [(str(place), each) for place, each in enumerate(used)]
    )

    assert taken.from_credit + sum(taken.from_bills.values()) + taken.missing == cents
    assert taken.from_credit == min(cents, credit)
    assert taken.missing == max(0, cents - credit - sum(used))
