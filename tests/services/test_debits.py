"""A family lets a régie debit its account; what the bank rejects is owed again."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import inspect, select

from services.billing.debits.commands import debit_outcomes
from services.billing.debits.commands.mandates import withdraw_mandate
from services.billing.debits.queries import debit_runs
from services.billing.debits.rules.bank_accounts import parse_account
from services.billing.debits.rules.banking_days import banking_day_from
from services.billing.models import Mandate, Payment
from services.billing.payments.commands.online_operations import Payer
from services.billing.payments.commands.online_payments import start_online_payment
from services.billing.service import BillingService
from services.billing.store import store
from shared.contracts.billing import bills
from shared.contracts.billing import debits as contracts
from shared.contracts.billing.bills import PaymentUnderWay
from shared.contracts.billing.debits import (
    AccountsUnreadable,
    DebitNotOffered,
    NoBankingDay,
    TooEarly,
)
from shared.contracts.billing.regie import counter
from shared.contracts.errors import BadRequest, NotFound, Outdated
from shared.database.keys.sealing import Sealer
from shared.dates.clock import now, today
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import money
from tests.factories import runs as billed
from tests.factories import treasury as lots
from tests.factories.runs import MEAL, home

IBAN, HOLDER = "FR57 1007 1280 0000 0010 1234 557", "Élodie Canari"
COMPACT = "FR5710071280000000101234557"
LONG_AGO = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
TOTAL = 10 * MEAL


@pytest.fixture
def bill_id(database: Database, tmp_path: Path) -> Iterator[str]:
    """Give the bill of a family."""
    with billed.billing_on(database, tmp_path):
        [bill] = lots.late_bills(10, month="2026-09", at=LONG_AGO)
        yield bill


def gives(number: int = 1, **more: Any) -> SimpleNamespace:
    account = {"kind": "recurrent", "holder": HOLDER, "iban": IBAN, "bic": ""}
    fields = {"household_id": home(number), "provider": "ens", **account, **more}
    return make.ask(make.guardian(number), contracts.give_mandate, **fields)


def mine() -> SimpleNamespace:
    return make.ask(make.guardian(1), contracts.my_mandates, household_id=home(1))


def preview(on: date | None = None) -> SimpleNamespace:
    first = make.ask(make.holder(), contracts.preview_debits, regie="ens", collect_on=date.today())
    day = on or first.earliest
    return make.ask(make.holder(), contracts.preview_debits, regie="ens", collect_on=day)


def order(on: date | None = None) -> str:
    seen = preview(on)
    shown = {"debits": seen.debits, "total_cents": seen.total_cents}
    day = on or seen.earliest
    fields = {"regie": "ens", "collect_on": day, **shown}
    return str(make.ask(make.holder(), contracts.order_debits, **fields).run_id)


def two_days() -> list[date]:
    """Return two days on which debits can be taken, a month apart."""
    first = preview().earliest
    return [first, banking_day_from(first + timedelta(days=30))]


def page(run_id: str) -> SimpleNamespace:
    return make.ask(make.holder(), contracts.read_debits, run_id=run_id)


def taken(run_id: str) -> None:
    """Let the bank take a run's debits, on its day."""
    provider = store.register.provider("ens")
    at = now() + timedelta(days=60)
    with store.write() as write:
        run = debit_runs.require_run(write, provider, run_id)
        debit_outcomes.confirm_collection(write, provider, provider.regies[0], run, at)


def rejected(run_id: str, reason: str = "AM04") -> None:
    [debit] = page(run_id).debits
    fields = {"payment_id": debit["payment_id"], "reason": reason}
    make.ask(make.holder(), contracts.reject_debit, **fields)


def shown(bill_id: str) -> dict[str, Any]:
    return lots.shown(home(1), bill_id)


def test_an_account_is_kept_sealed_and_shown_by_its_last_four_figures(bill_id: str) -> None:
    rum = gives().rum

    [mandate] = mine().mandates
    assert (mandate["rum"], mandate["last4"], mandate["state"]) == (rum, "4557", "active")
    assert mine().offered == []
    with store.read() as read:
        kept = [
            str(tuple(row))
            for table in inspect(read.connection()).get_table_names()
            for row in read.connection().exec_driver_sql(f'SELECT * FROM "{table}"')
        ]
    assert COMPACT not in "".join(kept) and "Canari" not in "".join(kept)


@pytest.mark.parametrize("iban", ["FR5710071280000000101234558", "FR571007128", "XX00", "rien"])
def test_an_account_that_cannot_be_right_is_refused_by_its_field(bill_id: str, iban: str) -> None:
    with pytest.raises(BadRequest) as refused:
        gives(iban=iban)

    assert set(refused.value.detail["errors"]) == {"iban"}
    assert iban not in str(refused.value.detail)


@pytest.mark.parametrize(
    "holder", ["«»", "!!", "12 / 3", "\U0001e900"], ids=["quotes", "marks", "figures", "adlam"]
)
def test_a_holder_of_whom_a_bank_could_read_nothing_is_refused(bill_id: str, holder: str) -> None:
    """A file for the bank is of all families: one name without a letter would refuse it."""
    with pytest.raises(BadRequest) as refused:
        gives(holder=holder)

    assert set(refused.value.detail["errors"]) == {"holder"}


def test_one_mandate_of_a_household_at_a_regie_and_none_where_nobody_debits(bill_id: str) -> None:
    gives()

    for wrong in ({}, {"provider": "agg"}):
        with pytest.raises(DebitNotOffered):
            gives(**wrong)


class SettingsWithOtherKey(lots.Settings):
    """The settings of a billing whose key is not that which sealed its accounts."""

    key_encryption_key = b"another" * 5


def changes_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BillingService, "settings", SettingsWithOtherKey())


def accounts_measured() -> list[float]:
    with store.read() as read:
        measured = [
            each for source in BillingService.metric_sources for each in source(read, now())
        ]
    return [each.value for each in measured if each.name == "accounts_unreadable"]


def test_under_another_key_than_that_of_the_accounts_each_refusal_is_named_and_the_doctor_told(
    bill_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gives()
    ordered = {"regie": "ens", "collect_on": preview().earliest, "debits": 1, "total_cents": 350}
    run_id = order()
    assert accounts_measured() == [0]

    changes_key(monkeypatch)

    assert accounts_measured() == [1]
    for method, fields in (
        (contracts.preview_debits, {"regie": "ens", "collect_on": today()}),
        (contracts.order_debits, ordered),
        (contracts.debit_file, {"run_id": run_id, "part": 0}),
    ):
        with pytest.raises(AccountsUnreadable):
            make.ask(make.holder(), method, **fields)
    with pytest.raises(AccountsUnreadable):
        gives()
    assert [each["state"] for each in mine().mandates] == ["active"]
    assert mine().withheld is False, "nothing more would be offered to it"


def test_a_file_of_a_former_key_is_refused_by_name_where_every_mandate_has_the_present_one(
    bill_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gives()
    run_id = order()
    [mandate] = mine().mandates
    ended = {"mandate_id": mandate["mandate_id"], "after_next": False}
    make.ask(make.guardian(1), contracts.withdraw_mandate, **ended)

    changes_key(monkeypatch)

    with pytest.raises(AccountsUnreadable):
        make.ask(make.holder(), contracts.debit_file, run_id=run_id, part=0)


def test_a_family_is_told_the_day_and_is_not_asked_to_pay_a_second_time(bill_id: str) -> None:
    gives()
    earliest = preview().earliest

    order()

    assert (shown(bill_id)["checking"], shown(bill_id)["debit_on"]) == (True, earliest)
    assert earliest >= today() + timedelta(days=14)
    [notice] = [
        notice for notice in make.published(bills.bill_notice) if notice.kind == "debit_coming"
    ]
    assert notice.detail["debit_on"] == earliest.isoformat()
    assert make.ask(make.guardian(1), bills.read_bill, invoice_id=bill_id).payable_online is False
    with pytest.raises(PaymentUnderWay):
        start_online_payment(
            store, None, "https://portail.example", bill_id, Payer("a@b.fr", None), now()
        )  # type: ignore[arg-type]
    assert lots.preview().counts == {"under_way": 1}


def leaves(*left: dict[str, str]) -> None:
    """Let the dossier tell that these alone pay for household 1 from now on."""
    make.household_published(1, 50, guardians=list(left))


def notices_of_ended_mandates() -> list[str]:
    ended = [each for each in make.published(bills.bill_notice) if each.kind == "mandate_ended"]
    return [each.detail["last4"] for each in ended]


def test_who_pays_for_a_household_no_longer_is_debited_for_it_no_longer(bill_id: str) -> None:
    gives()

    leaves(make.guardian_row(2))

    theirs = make.ask(make.guardian(2), contracts.my_mandates, household_id=home(1))
    assert (theirs.mandates, [each["provider"] for each in theirs.offered]) == ([], ["ens"])
    assert preview().debits == 0
    assert notices_of_ended_mandates() == ["4557"]


def test_the_last_who_moves_out_is_debited_for_the_empty_home_no_longer(bill_id: str) -> None:
    """Nobody of it could withdraw the mandate any more; its bills stay to be paid otherwise."""
    gives()

    leaves()

    assert preview().debits == 0


def test_who_stays_goes_on_to_pay_by_debit_when_the_other_leaves(bill_id: str) -> None:
    make.household_published(1, 49, guardians=[make.guardian_row(1), make.guardian_row(2)])
    gives()

    leaves(make.guardian_row(1))

    assert [mandate["state"] for mandate in mine().mandates] == ["active"]
    assert notices_of_ended_mandates() == []


def test_a_debit_that_was_announced_before_they_left_is_still_taken(bill_id: str) -> None:
    gives()
    run_id = order()

    leaves(make.guardian_row(2))
    taken(run_id)

    assert shown(bill_id)["state"] == "paid"


def test_the_banks_file_names_the_mandate_and_its_place(bill_id: str) -> None:
    rum = gives().rum
    run_id = order()

    file = make.ask(make.holder(), contracts.debit_file, run_id=run_id)
    again = make.ask(make.holder(), contracts.debit_file, run_id=run_id)

    assert file.content == again.content
    with store.read() as read:
        run = debit_runs.require_run(read, store.register.provider("ens"), run_id)
    sealer = Sealer.of_secret(bytes(range(32)).hex(), "mandate")
    root = etree.fromstring(sealer.open_bytes(run.id, run.file))
    texts = {
        etree.QName(element).localname: element.text for element in root.iter() if element.text
    }
    assert (texts["MndtId"], texts["SeqTp"], texts["InstdAmt"]) == (rum, "FRST", "35.00")
    assert texts["Nm"] == "Elodie Canari"


def test_families_have_their_days_of_notice(bill_id: str) -> None:
    gives()

    with pytest.raises(TooEarly):
        order(today() + timedelta(days=13))


def test_no_debit_is_ordered_for_a_day_on_which_banks_are_closed(bill_id: str) -> None:
    gives()
    christmas = date(today().year + 1, 12, 25)
    assert preview(christmas).banks_collect_on > christmas

    with pytest.raises(NoBankingDay) as refused:
        order(christmas)

    assert date.fromisoformat(refused.value.detail["next"]) > christmas
    assert shown(bill_id)["debit_on"] is None


def test_what_was_taken_is_paid_and_what_is_rejected_later_is_owed_again(bill_id: str) -> None:
    gives()
    run_id = order()
    taken(run_id)
    assert (shown(bill_id)["state"], shown(bill_id)["balance_cents"]) == (bills.PAID, 0)

    rejected(run_id)
    rejected(run_id)  # rejected twice, it is one reject

    assert (shown(bill_id)["state"], shown(bill_id)["balance_cents"]) == (bills.OVERDUE, TOTAL)
    assert (shown(bill_id)["checking"], shown(bill_id)["debit_on"]) == (False, None)
    notices = make.published(bills.bill_notice)
    [came] = [notice for notice in notices if notice.kind == "bill_paid"]
    [rejection] = [notice for notice in notices if notice.kind == "debit_rejected"]
    assert rejection.replaces == came.key
    [mandate] = mine().mandates
    assert mandate["state"] == "active"


def test_two_rejects_in_a_row_suspend_the_mandate(bill_id: str) -> None:
    gives()
    for day in two_days():
        rejected(order(day))

    assert [mandate["state"] for mandate in mine().mandates] == ["suspended"]
    assert preview().debits == 0
    assert shown(bill_id)["balance_cents"] == TOTAL


def test_what_the_bank_rejects_days_after_it_was_taken_is_as_much_in_a_row(bill_id: str) -> None:
    gives()
    for day in two_days():
        run_id = order(day)
        taken(run_id)
        rejected(run_id)

    assert [mandate["state"] for mandate in mine().mandates] == ["suspended"]


def test_two_runs_of_one_day_are_one_reject_of_the_mandate(bill_id: str) -> None:
    gives()
    first = order()
    money.bill(home(1), 700)
    second = order()

    rejected(first)
    rejected(second)

    assert page(first).collect_on == page(second).collect_on
    assert [mandate["state"] for mandate in mine().mandates] == ["active"]


def test_two_bills_that_the_bank_rejects_on_one_day_are_one_reject_of_the_mandate(
    bill_id: str,
) -> None:
    gives()
    money.bill(home(1), 700)
    run_id = order()
    taken(run_id)
    both = [debit["payment_id"] for debit in page(run_id).debits]

    for payment_id in both:
        fields = {"payment_id": payment_id, "reason": "AM04"}
        make.ask(make.holder(), contracts.reject_debit, **fields)

    assert (len(both), mine().mandates[0]["state"]) == (2, "active")


def test_a_debit_is_taken_back_where_its_reject_is_noted_and_not_at_the_counter(
    bill_id: str,
) -> None:
    gives()
    run_id = order()
    taken(run_id)
    [debit] = page(run_id).debits
    fields = {"payment_id": debit["payment_id"], "reason": bills.BANK_REJECTED}

    with pytest.raises(NotFound):
        make.ask(make.holder(), counter.reverse_payment, **fields)

    assert shown(bill_id)["state"] == bills.PAID


def test_a_rejected_debit_that_cash_has_paid_since_is_one_reject_and_leaves_the_bill_paid(
    bill_id: str,
) -> None:
    gives()
    run_id = order()
    taken(run_id)
    rejected(run_id)
    cash = {"regie": "ens", "means": bills.CASH, "cents": TOTAL, "received_on": today()}
    make.ask(make.holder(), counter.take_payment, **cash, invoice_id=bill_id)

    rejected(run_id)

    assert (shown(bill_id)["state"], shown(bill_id)["balance_cents"]) == (bills.PAID, 0)


def test_a_second_note_of_a_reject_with_another_reason_is_refused_and_changes_nothing(
    bill_id: str,
) -> None:
    gives()
    run_id = order()
    rejected(run_id, "AM04")
    rejected(run_id, "AM04")  # sent twice, it is the same

    with pytest.raises(Outdated):
        rejected(run_id, "AC04")

    assert [debit["reason"] for debit in page(run_id).debits] == ["AM04"]


def test_a_mandate_that_ends_is_used_once_more_for_the_last_time(bill_id: str) -> None:
    gives()
    [mandate] = mine().mandates
    fields = {"mandate_id": mandate["mandate_id"], "after_next": True}
    make.ask(make.guardian(1), contracts.withdraw_mandate, **fields)

    run_id = order()

    assert [debit["sequence"] for debit in page(run_id).debits] == ["FNAL"]
    assert mine().mandates == []


def test_a_withdrawn_mandate_is_used_no_more_and_another_family_withdraws_none(
    bill_id: str,
) -> None:
    gives()
    mandate_id = mine().mandates[0]["mandate_id"]
    with pytest.raises(NotFound):
        make.ask(make.guardian(2), contracts.withdraw_mandate, mandate_id=mandate_id)

    make.ask(make.guardian(1), contracts.withdraw_mandate, mandate_id=mandate_id)

    assert preview().debits == 0
    with store.read() as read:
        assert read.scalars(select(Mandate.state)).all() == ["withdrawn"]


@pytest.mark.both_databases
def test_two_regisseurs_at_once_debit_a_bill_once(bill_id: str) -> None:
    gives()
    seen = preview()
    fields = {"regie": "ens", "collect_on": seen.earliest, "debits": 1, "total_cents": TOTAL}
    holder, came = make.holder(), []

    def orders() -> None:
        try:
            came.append(make.ask(holder, contracts.order_debits, **fields).run_id)
        except Outdated:
            came.append(None)

    both = [threading.Thread(target=orders) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert len([outcome for outcome in came if outcome]) == 1, came


@pytest.mark.both_databases
def test_a_mandate_that_ends_while_a_run_is_being_ordered_is_debited_no_more(bill_id: str) -> None:
    gives()
    [mandate] = mine().mandates
    seen = preview()
    fields = {"regie": "ens", "collect_on": seen.earliest}
    fields |= {"debits": seen.debits, "total_cents": seen.total_cents}
    holder, came = make.holder(), []

    def orders() -> None:
        try:
            came.append(make.ask(holder, contracts.order_debits, **fields).run_id)
        except Outdated:
            came.append("outdated")

    ordering = threading.Thread(target=orders)
    with store.write() as write:
        withdraw_mandate(write, mandate["mandate_id"], after_next=False, at=now())
        write.flush()
        ordering.start()
        ordering.join(0.5)
    ordering.join()

    assert came == ["outdated"]
    assert shown(bill_id)["balance_cents"] == TOTAL


@pytest.mark.both_databases
def test_a_reject_that_two_agents_note_at_once_is_one(
    bill_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gives()
    run_id = order()
    taken(run_id)
    [debit] = page(run_id).debits
    fields = {"payment_id": debit["payment_id"], "reason": "AM04"}
    holder, both_read = make.holder(), threading.Barrier(2)
    lock = debit_outcomes.lock_card_and_bill

    def locks_once_both_have_read(*asked: Any) -> None:
        with suppress(threading.BrokenBarrierError):  # SQLite lets the second read after the first
            both_read.wait(1.0)
        lock(*asked)

    monkeypatch.setattr(debit_outcomes, "lock_card_and_bill", locks_once_both_have_read)
    both = [
        threading.Thread(target=make.ask, args=(holder, contracts.reject_debit), kwargs=fields)
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    with store.read() as read:
        assert read.get_one(Payment, debit["payment_id"]).state == bills.REVERSED
    assert shown(bill_id)["balance_cents"] == TOTAL


def test_the_regisseur_of_another_provider_finds_no_run(bill_id: str) -> None:
    gives()
    run_id = order()
    stranger = make.holder(make.AGG, "agg")

    assert make.ask(stranger, contracts.debits).runs == []
    for method in (contracts.read_debits, contracts.debit_file, contracts.confirm_debits):
        with pytest.raises(NotFound):
            make.ask(stranger, method, run_id=run_id)


def test_an_account_is_read_as_it_is_typed() -> None:
    assert parse_account(HOLDER, "fr57 1007.1280 0000 0010 1234 557", "bdfefrpp").iban == COMPACT
