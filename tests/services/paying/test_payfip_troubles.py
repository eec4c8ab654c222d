"""PayFiP is silent, breaks down or talks nonsense; we end at the worst moment: 0 paid twice."""

import pytest

from deploy.demo.payfip_stub.soap import CREATE, DETAIL
from shared.contracts.billing.bills import CANCELLED, INITIATED, PAID, PENDING, PayFipSilent
from tests.factories import money as make
from tests.factories.paying import CENTS, Family, Killed, Mortal, ends_at_commit


@pytest.mark.parametrize(
    "trouble",
    [
        {"http": 500},
        {"http": 404},
        {"wait": 2.0},
        {"garbage": True},
        {"breakdown": "TechIndisponibiliteErreur"},
        {"breakdown": "TechDysfonctionnementErreur"},
        {"breakdown": "TechProtocolaireErreur"},
    ],
)
def test_payfip_silent_about_a_result_leaves_it_unknown_and_is_asked_again(
    family: Family, trouble: dict[str, object]
) -> None:
    payment_id, idop = family.pays()
    family.bank.ends(idop, "P")
    family.bank.troubles(DETAIL, **trouble)
    family.later(minutes=5)

    patience = make.LITTLE_PATIENCE if "wait" in trouble else make.PATIENCE
    assert family.is_polled(family.bank.asked(patience)) == 0
    assert make.payment(payment_id).state == PENDING

    family.later(minutes=5)
    assert family.is_polled() == 1
    assert make.payment(payment_id).state == PAID
    assert family.taken == CENTS


def test_a_family_that_looks_while_payfip_is_silent_sees_what_is_known(family: Family) -> None:
    payment_id, idop = family.pays()
    family.bank.ends(idop, "P")
    family.bank.troubles(DETAIL, http=503)

    shown = [
        make.answer(family.service, "payment_state", family.claire, payment_id=payment_id).state
        for _ in range(2)
    ]

    assert shown == [PENDING, PAID]


@pytest.mark.parametrize("trouble", [{"http": 500}, {"lost": True}, {"fault": "M1"}])
def test_payfip_silent_when_a_payment_begins_sends_nobody_and_the_next_try_works(
    family: Family, trouble: dict[str, object]
) -> None:
    family.bank.troubles(CREATE, **trouble)
    with pytest.raises(PayFipSilent) as silent:
        family.pays()
    assert silent.value.detail == {"under_way": False}
    assert make.states(family.bill) == [INITIATED]

    payment_id, idop = family.pays()
    family.bank.ends(idop, "P")

    assert family.looks(payment_id) == PAID
    assert make.states(family.bill) == [PAID]
    assert (make.owed(family.bill), family.taken) == (0, CENTS)


def test_who_goes_on_with_a_payment_of_which_payfip_says_nothing_is_told_that_it_may_have_come(
    family: Family,
) -> None:
    payment_id, idop = family.pays()
    family.bank.ends(idop, "P")
    family.bank.troubles(DETAIL, http=503)

    with pytest.raises(PayFipSilent) as silent:
        family.pays()

    assert silent.value.detail == {"under_way": True}
    assert family.looks(payment_id) == PAID


def test_what_nobody_was_sent_to_is_given_up_by_the_poll(family: Family) -> None:
    family.bank.troubles(CREATE, http=500)
    with pytest.raises(PayFipSilent):
        family.pays()

    family.later(minutes=15)
    family.is_polled()

    assert make.states(family.bill) == [CANCELLED]
    family.later(days=2)
    assert family.is_polled() == 0


def test_another_amount_is_owed_when_somebody_tries_again_and_that_one_is_asked_for(
    family: Family,
) -> None:
    family.bank.troubles(CREATE, http=500)
    with pytest.raises(PayFipSilent):
        family.pays()
    make.credit(family.bill, 200)

    _, idop = family.pays()

    assert make.states(family.bill) == [CANCELLED, PENDING]
    opened = next(operation for operation in family.bank.opened if operation["idop"] == idop)
    assert opened["montant"] == str(CENTS - 200)


@pytest.mark.parametrize("before", [True, False])
def test_a_crash_between_our_row_and_payfips_answer_sends_nobody_and_the_next_try_works(
    family: Family, before: bool
) -> None:
    with pytest.raises(Killed):
        family.pays(payfip=Mortal(family.bank, before=before))
    assert make.states(family.bill) == [INITIATED]

    payment_id, idop = family.pays()
    family.bank.ends(idop, "P")

    assert family.looks(payment_id) == PAID
    assert (make.states(family.bill), family.taken) == ([PAID], CENTS)


def test_a_crash_between_payfips_answer_and_the_ledger_loses_nothing(family: Family) -> None:
    payment_id, idop = family.pays()
    family.bank.ends(idop, "P")
    with pytest.raises(Killed):
        family.looks(payment_id, Mortal(family.bank))
    assert (make.payment(payment_id).state, family.taken) == (PENDING, 0)

    family.later(minutes=5)
    assert family.is_polled() == 1

    assert (make.payment(payment_id).state, family.taken) == (PAID, CENTS)


def test_a_crash_in_the_middle_of_booking_leaves_nothing_half_done(family: Family) -> None:
    payment_id, idop = family.pays()
    family.bank.ends(idop, "P")
    with ends_at_commit(), pytest.raises(Killed):
        family.looks(payment_id)
    assert (make.payment(payment_id).state, family.taken) == (PENDING, 0)

    assert family.looks(payment_id) == PAID
    assert (family.taken, family.receipts) == (CENTS, [family.first_receipt])
