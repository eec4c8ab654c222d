"""A family pays online before it is billed: what it owes first, later bills with the rest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.payfip_stub.soap import CREATE
from shared.contracts.billing.bills import (
    CANCELLED,
    PAID,
    PENDING,
    NotPayableOnline,
    PayFipSilent,
    PaymentUnderWay,
    TooMuchInAdvance,
)
from shared.contracts.errors import NotFound
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import money as make
from tests.factories.money import Bank
from tests.factories.paying import CENTS, Family, at_once

MOST = 30_000


@pytest.fixture
def family(bank: Bank, database: Database, tmp_path: Path) -> Iterator[Family]:
    """Give a family with a bill of 42 € of a régie that keeps 300 € in advance."""
    with make.billing_with(bank, database, tmp_path, advance_most_cents=MOST) as service:
        yield Family(bank, service)
        assert make.in_order() == 0


def puts_aside(
    family: Family, cents: int, subject: str = "", regie: str = "ens"
) -> tuple[str, str]:
    """Tap on « Verser »; return our payment and PayFiP's operation."""
    opened = make.answer(
        family.service,
        "start_advance",
        subject or family.claire,
        regie=regie,
        household_id=family.home,
        cents=cents,
        email="claire@example.org",
    )
    return opened.payment_id, opened.url.rpartition("=")[2]


def comes_back(family: Family, payment_id: str) -> tuple[str, int, int]:
    """Ask as the page does on which one comes back: state, kept, and what paid bills."""
    came = make.answer(family.service, "payment_state", family.claire, payment_id=payment_id)
    assert came.invoice_id is None
    return came.state, came.credited_cents, came.others_cents


@pytest.mark.both_databases
def test_an_advance_pays_what_is_owed_and_the_rest_waits_for_the_next_bill(family: Family) -> None:
    payment_id, idop = puts_aside(family, 10_000)
    assert comes_back(family, payment_id) == (PENDING, 0, 0)

    family.bank.ends(idop, "P")

    assert comes_back(family, payment_id) == (PAID, 10_000 - CENTS, CENTS)
    assert (make.owed(family.bill), make.credit_of(family.home)) == (0, 10_000 - CENTS)
    assert family.taken == 10_000
    assert family.receipts == [family.first_receipt]


def test_payfip_is_asked_for_an_advance_of_that_regie_and_for_no_bill(family: Family) -> None:
    puts_aside(family, 5_000)

    order = family.bank.opened[-1]
    assert order["objet"] == "Avance ENS"
    assert (order["montant"], order["numcli"]) == ("5000", "000101")
    assert order["refdet"].startswith("AV")


def test_an_advance_that_was_given_up_keeps_nothing_and_the_next_one_is_another(
    family: Family,
) -> None:
    first, idop = puts_aside(family, 5_000)
    family.bank.ends(idop, "A")
    family.later(minutes=4)
    assert family.looks(first) == CANCELLED

    second, idop = puts_aside(family, 5_000)
    family.bank.ends(idop, "P")

    assert second != first
    assert comes_back(family, second)[0] == PAID
    assert family.taken == 5_000


@pytest.mark.both_databases
def test_two_parents_who_tap_at_once_open_one_advance(family: Family) -> None:
    results = at_once(
        lambda: puts_aside(family, 5_000), lambda: puts_aside(family, 5_000, family.antoine)
    )

    assert len({payment_id for payment_id, _ in results}) == 1


def test_another_amount_waits_while_an_advance_is_open(family: Family) -> None:
    puts_aside(family, 5_000)

    with pytest.raises(PaymentUnderWay):
        puts_aside(family, 6_000)


def test_an_open_advance_holds_up_no_payment_of_the_bill(family: Family) -> None:
    advance, _ = puts_aside(family, 5_000)

    payment_id, idop = family.pays()
    family.bank.ends(idop, "P")

    assert payment_id != advance
    assert family.looks(payment_id) == PAID
    assert make.owed(family.bill) == 0


def test_no_more_is_kept_than_the_regie_allows(family: Family) -> None:
    payment_id, idop = puts_aside(family, 20_000)
    family.bank.ends(idop, "P")
    family.looks(payment_id)
    kept = 20_000 - CENTS

    with pytest.raises(TooMuchInAdvance) as refused:
        puts_aside(family, MOST - kept + 1)

    assert refused.value.detail == {"most_cents": MOST - kept}
    assert puts_aside(family, MOST - kept)


def test_an_advance_under_one_euro_is_refused(family: Family) -> None:
    with pytest.raises(NotPayableOnline):
        puts_aside(family, 99)


def test_a_regie_takes_nothing_in_advance_unless_the_town_says_so(family: Family) -> None:
    for regie in ("op", "nobody"):
        with pytest.raises(NotFound):
            puts_aside(family, 5_000, regie=regie)


def test_nobody_pays_in_advance_for_the_household_of_others(family: Family) -> None:
    with pytest.raises(NotFound):
        puts_aside(family, 5_000, new_id())


def test_nobody_was_sent_anywhere_while_payfip_is_silent(family: Family) -> None:
    family.bank.troubles(CREATE, http=503)

    with pytest.raises(PayFipSilent):
        puts_aside(family, 5_000)
