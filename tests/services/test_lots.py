"""Bills that are late are handed over once, whole, and are paid here no more."""

import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from services.billing.models import HouseholdOnHold, Lot, Payment, Posting
from services.billing.models.ledger import TREASURY
from services.billing.payments.commands.online_operations import Payer
from services.billing.payments.commands.online_payments import start_online_payment
from services.billing.store import store
from shared.contracts.billing import bills
from shared.contracts.billing.bills import NotPayableOnline
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.billing.regie import payers as regie
from shared.contracts.billing.regie import treasury as contracts
from shared.contracts.billing.regie.treasury import AtTreasury, LotUnderWay, NotHandedOver
from shared.contracts.errors import NotEntitled, NotFound, Outdated
from shared.dates.clock import now, today
from shared.files.file_parts import fetch_whole_file
from shared.files.types import digest_of_file
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories import treasury as lots
from tests.factories.runs import MEAL, home

LONG_AGO = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
SEPTEMBER = "2026-09"


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    with runs.billing_on(database, tmp_path):
        yield


def late(*meals: int) -> list[str]:
    return lots.late_bills(*meals, month=SEPTEMBER, at=LONG_AGO)


def ledger_sum() -> int:
    with store.read() as read:
        return int(read.scalar(select(func.coalesce(func.sum(Posting.cents), 0))) or 0)


def test_a_late_bill_is_handed_over_and_shown_at_the_treasury(billing: None) -> None:
    [bill_id] = late(10)

    lot_id = lots.handed_over()

    [piece] = lots.pieces(lot_id)
    assert (piece.state, piece.piece, piece.cents) == (contracts.GONE, 1, 10 * MEAL)
    assert sum(line["cents"] for line in piece.lines) == piece.cents
    assert piece.debtor["name"] == "Famille 1" and piece.debtor["postcode"] == "28901"
    bill, card = lots.shown(home(1), bill_id), lots.card(home(1))
    assert (bill["state"], bill["balance_cents"]) == (bills.TRANSFERRED, 10 * MEAL)
    assert card["owed_cents"] == 0
    assert (runs.balance(runs.bills()[0]), lots.owed_there(bill_id)) == (0, 10 * MEAL)
    assert ledger_sum() == 0
    [notice] = [
        notice for notice in make.published(bills.bill_notice) if notice.kind == "bill_transferred"
    ]
    assert (notice.household_id, notice.detail["cents"]) == (home(1), 10 * MEAL)


def test_what_is_below_fifteen_euros_or_without_an_address_stays_and_says_why(
    billing: None,
) -> None:
    late(10, 4, 5)
    make.household_published(3, 2)  # no address any more

    seen = lots.preview()

    assert (seen.bills, seen.total_cents) == (1, 10 * MEAL)
    assert seen.counts == {"too_small": 1, "no_address": 1}
    assert [(piece["cents"], piece["anomalies"]) for piece in seen.kept] == [
        (4 * MEAL, ["too_small"]),
        (5 * MEAL, ["no_address"]),
    ]
    assert len(lots.pieces(lots.handed_over())) == 1


def test_a_bill_that_was_not_reminded_waits_where_reminders_are_asked_for(billing: None) -> None:
    [bill_id] = late(10)
    assert lots.preview(reminders=1).counts == {"not_reminded": 1}

    make.ask(make.holder(), regie.remind, invoices=[bill_id])

    assert lots.preview(reminders=1).bills == 1


def test_a_payment_under_way_keeps_its_bill_here_and_a_bill_that_has_gone_takes_none(
    billing: None,
) -> None:
    at_payfip, other = late(10, 10)
    lot_id = lots.order()
    payment_id = make.pending(at_payfip)  # between the order and the worker

    lots.work()

    kept, gone = lots.pieces(lot_id)
    assert (kept.state, kept.why, gone.state) == (contracts.LEFT_OUT, "under_way", contracts.GONE)
    assert lots.shown(home(1), at_payfip)["checking"] is True
    with pytest.raises(NotPayableOnline):
        start_online_payment(
            store, None, "https://portail.example", other, Payer("a@example.org", None), now()
        )  # type: ignore[arg-type]
    page = make.ask(make.guardian(2), bills.read_bill, invoice_id=other)
    assert (page.state, page.payable_online) == (bills.TRANSFERRED, False)
    with store.write() as write:  # the bank refused it: the next lot takes it
        write.execute(update(Payment).where(Payment.id == payment_id).values(state=bills.REFUSED))
    assert lots.preview().bills == 1


def test_what_was_paid_between_the_order_and_the_worker_stays_here(billing: None) -> None:
    paid, partly = late(10, 10)
    lot_id = lots.order()
    for bill, cents in zip(runs.bills(), (10 * MEAL, 5 * MEAL), strict=True):
        make.paid(bill, cents, date(2026, 11, 2))

    lots.work()

    assert [(piece.state, piece.why) for piece in lots.pieces(lot_id)] == [
        (contracts.LEFT_OUT, "settled"),
        (contracts.LEFT_OUT, "changed"),
    ]
    assert (lots.owed_there(paid), lots.owed_there(partly)) == (0, 0)


def test_the_counter_takes_no_money_for_a_bill_at_the_treasury(billing: None) -> None:
    [bill_id] = late(10)
    lots.handed_over()
    money = {"regie": "ens", "means": "cash", "cents": 1000, "invoice_id": bill_id}

    with pytest.raises(AtTreasury):
        make.ask(make.holder(), regie_counter.take_payment, **money, received_on=today())


@pytest.mark.both_databases
def test_two_regisseurs_at_once_order_one_lot(billing: None) -> None:
    late(10, 10)
    seen = lots.preview()
    shown = {**lots.LATE, "bills": seen.bills, "total_cents": seen.total_cents}
    came: list[Any] = []
    holder = make.holder()

    def orders() -> None:
        try:
            came.append(make.ask(holder, contracts.order_lot, **shown).lot_id)
        except (LotUnderWay, Outdated) as refusal:
            came.append(type(refusal))

    both = [threading.Thread(target=orders) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    lots.work()

    assert len([outcome for outcome in came if isinstance(outcome, str)]) == 1, came
    assert lots.owed_there(runs.bills()[0].id) == 10 * MEAL
    with store.read() as read:
        assert read.scalars(select(Lot.sequence)).all() == [1]


def test_something_else_than_was_shown_is_not_handed_over(billing: None) -> None:
    late(10)
    with pytest.raises(Outdated):
        make.ask(make.holder(), contracts.order_lot, **lots.LATE, bills=1, total_cents=1)


class Killed(BaseException):
    """The worker is gone."""


def test_a_worker_killed_anywhere_leaves_after_a_re_run_the_lot_of_an_unkilled_one(
    billing: None,
) -> None:
    late(10, 11, 12, 13, 14)
    lot_id = lots.order()
    statements = 0

    def dies(*_: Any) -> None:
        nonlocal statements
        statements += 1
        if statements in (3, 9, 20, 45):
            raise Killed

    event.listen(store.engine, "before_cursor_execute", dies)
    deaths = 0
    while True:
        try:
            lots.work(size=2)
            break
        except Killed:
            deaths += 1
    event.remove(store.engine, "before_cursor_execute", dies)

    assert deaths >= 3
    gone = lots.pieces(lot_id)
    assert [piece.piece for piece in gone] == [1, 2, 3, 4, 5]
    assert [piece.reference for piece in gone] == [f"ENS000000{n}" for n in range(1, 6)]
    with store.read() as read:
        query = select(func.count(), func.sum(Posting.cents)).where(Posting.account == TREASURY)
        assert tuple(read.execute(query).one()) == (5, 60 * MEAL)
    assert ledger_sum() == 0


def test_a_debtor_keeps_its_reference_in_the_next_lot(billing: None) -> None:
    late(10)
    first = lots.pieces(lots.handed_over())[0].reference
    runs.meals(1, *(date(2026, 10, day) for day in range(1, 11)))
    runs.run("2026-10", at=datetime(2026, 10, 20, 9, 0, tzinfo=UTC))

    second = lots.pieces(lots.handed_over())[0]

    assert second.reference == first and second.piece == 1


def test_a_bill_waits_until_its_debtor_has_a_civility_and_a_first_name(billing: None) -> None:
    lots.late_bills(10, 10, month=SEPTEMBER, at=LONG_AGO, named=False)
    seen = lots.preview()
    assert (seen.bills, seen.counts) == (0, {"no_civility": 2})
    [one, other] = seen.debtors
    assert one == {
        "household_id": home(1),
        "name": "Famille 1",
        "civility": "",
        "first_name": "Famille",
        "last_name": "1",
    }

    written = {**one, "civility": contracts.SIR, "first_name": "Jean", "last_name": "Martin"}
    make.ask(make.holder(), contracts.name_debtors, regie="ens", debtors=[written])

    seen = lots.preview()
    assert (seen.bills, seen.debtors) == (1, [other, written])  # who waits comes first
    [piece] = lots.pieces(lots.handed_over())
    assert {name: piece.debtor[name] for name in ("civility", "first_name", "last_name")} == {
        name: written[name] for name in ("civility", "first_name", "last_name")
    }


def test_a_slip_in_a_debtors_name_is_written_over_and_the_lot_that_left_stays(
    billing: None,
) -> None:
    late(10)
    lot_id = lots.handed_over()
    runs.meals(1, *(date(2026, 10, day) for day in range(1, 11)))
    runs.run("2026-10", at=datetime(2026, 10, 20, 9, 0, tzinfo=UTC))
    [debtor] = lots.preview().debtors

    corrected = {**debtor, "first_name": "Clara"}
    make.ask(make.holder(), contracts.name_debtors, regie="ens", debtors=[corrected])

    assert lots.preview().debtors == [corrected]
    assert lots.pieces(lot_id)[0].debtor["first_name"] == "Claire"


def test_whoever_has_another_name_in_the_dossier_is_asked_for_anew(billing: None) -> None:
    late(10)
    assert lots.preview().debtors[0]["civility"] == contracts.MADAM
    guardian = {"subject": runs.child(500_001), "name": "Camille Martin-Petit"}
    make.household_published(
        1, 2, guardians=[guardian], addresses=[make.address_row(date(2020, 1, 1))]
    )
    runs.meals(1, *(date(2026, 10, day) for day in range(1, 11)))
    runs.run("2026-10", at=datetime(2026, 10, 20, 9, 0, tzinfo=UTC))

    seen = lots.preview()

    assert [(each["name"], each["civility"]) for each in seen.debtors] == [
        ("Camille Martin-Petit", ""),
        ("Famille 1", contracts.MADAM),
    ]
    assert (seen.bills, seen.counts) == (1, {"no_civility": 1})


def test_nobody_is_named_at_a_regie_that_has_no_bill_of_them(billing: None) -> None:
    late(10)
    [debtor] = lots.preview().debtors

    with pytest.raises(NotFound):
        make.ask(
            make.holder(),
            contracts.name_debtors,
            regie="ens",
            debtors=[{**debtor, "household_id": home(9)}],
        )
    with pytest.raises(NotFound):
        make.ask(
            make.holder(make.AGG, "agg"), contracts.name_debtors, regie="ens", debtors=[debtor]
        )


def test_a_titre_is_handed_over_from_the_start(database: Database, tmp_path: Path) -> None:
    with runs.billing_on(database, tmp_path, channel="titre"):
        [bill_id] = lots.late_bills(10, month=runs.NOVEMBER, at=now())  # not due yet

        lots.handed_over()

        assert lots.owed_there(bill_id) == 10 * MEAL
        kinds = [notice.kind for notice in make.published(bills.bill_notice)]
        assert "bill_transferred" not in kinds  # the first letter said so


def test_a_credit_note_lessens_what_is_owed_at_the_treasury(billing: None) -> None:
    [bill_id] = late(10)
    lots.handed_over()

    lines = [{"line": 1, "quantity": 2}]
    make.ask(make.holder(), regie.credit_lines, invoice_id=bill_id, lines=lines, reason="Absente")

    assert (lots.owed_there(bill_id), runs.credit_of(1)) == (8 * MEAL, 0)
    assert lots.shown(home(1), bill_id)["balance_cents"] == 8 * MEAL
    assert ledger_sum() == 0


def test_the_regisseur_of_another_provider_finds_nothing_of_it(billing: None) -> None:
    late(10)
    lot_id = lots.handed_over()
    stranger = make.holder(make.AGG, "agg")

    assert make.ask(stranger, contracts.lots, after="").lots == []
    for method, more in (
        (contracts.read_lot, {"lot_id": lot_id}),
        (contracts.lot_file, {"lot_id": lot_id, "kind": "csv"}),
        (contracts.preview_lot, lots.LATE),
        (contracts.read_return, {"regie": "ens", "content": "x"}),
    ):
        with pytest.raises(NotFound):
            make.ask(stranger, method, **more)
    with pytest.raises(NotEntitled):
        make.ask(make.guardian(1), contracts.lots, after="")


def test_a_lot_that_is_leaving_has_no_file_yet(billing: None) -> None:
    late(10)
    lot_id = lots.order()

    with pytest.raises(NotHandedOver):
        make.ask(make.holder(), contracts.lot_file, lot_id=lot_id, kind="csv")


def test_the_files_of_a_lot_are_the_same_whatever_comes_later(billing: None) -> None:
    late(10, 12)
    lot_id = lots.handed_over()
    before = {kind: _file(lot_id, kind) for kind in contracts.FILES}

    lots.read(lots.receipt(runs.bills()[0].number, 10 * MEAL))

    assert {kind: _file(lot_id, kind) for kind in contracts.FILES} == before
    assert asdict(lots.batch(lot_id).pieces[0].lines[0])["cents"] == 10 * MEAL


def test_all_parts_of_a_file_come_of_one_reading_of_the_lot(
    billing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    late(*[10] * 12)
    lot_id = lots.handed_over()
    for module in (
        "shared.documents.document_part_for_message",
        "services.billing.treasury.queries.lot_files",
    ):
        monkeypatch.setattr(f"{module}.PART", 300)  # the figure, not the code
    read: list[str] = []
    event.listen(
        store.engine,
        "before_cursor_execute",
        lambda *bytes_read: read.append(bytes_read[2]),
        named=False,
    )

    def part(number: int) -> Any:
        fields = {"lot_id": lot_id, "kind": "csv", "part": number}
        return make.ask(make.holder(), contracts.lot_file, **fields)

    first = part(0)
    whole = fetch_whole_file(first, part)

    assert first.parts > 5 and digest_of_file(whole) == first.sha256
    assert sum("FROM lot_piece" in part for part in read) == 1


def _file(lot_id: str, kind: str) -> tuple[str, str]:
    answer = make.ask(make.holder(), contracts.lot_file, lot_id=lot_id, kind=kind)
    return answer.sha256, answer.content


def test_nothing_leaves_for_a_household_whose_file_an_agent_holds(billing: None) -> None:
    late(10, 10)
    lot_id = lots.order()
    with store.write() as write:
        write.add(HouseholdOnHold(child_id=new_id(), household_id=home(1)))

    lots.work()

    kept, gone = lots.pieces(lot_id)
    assert (kept.why, gone.state) == ("held", contracts.GONE)
    assert lots.preview().counts == {"held": 1}
