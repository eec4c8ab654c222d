"""
No régie is shown where a protected household lives, nor finds one without a bill (rule R9).

What a régie can ask of billing, and every page and file of its desk, is walked with a street, a
postcode and a commune that stand nowhere else: who adds a method or a page adds it here.
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree

from services.billing.models import Household, Refund
from services.billing.quantities.commands.received_tariffs import record_residences
from services.billing.service import BillingService
from services.billing.store import store
from services.billing.treasury.rules import pes_check, pes_export
from shared.bus.client import Call
from shared.bus.service_declarations import RpcDeclaration, declarations_by_method
from shared.contracts.billing import bills, debits, payment_plans
from shared.contracts.billing.figures import hours_by_benefit_fund, income
from shared.contracts.billing.prices import grid_replays
from shared.contracts.billing.regie import (
    counter as regie_counter,
)
from shared.contracts.billing.regie import (
    letters,
    treasury,
)
from shared.contracts.billing.regie import (
    payers as regie,
)
from shared.contracts.billing.regie import (
    runs as regie_runs,
)
from shared.contracts.enrolment import tariffs as tariff_contracts
from shared.contracts.errors import NotFound, Refusal
from shared.contracts.message import Method
from shared.dates.clock import now, today
from shared.register.declarations import PROVIDERS
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import documents, pdf, runs
from tests.factories import letters as post
from tests.factories import regie as desks
from tests.factories import treasury as lots
from tests.factories.regie import Bus, Regisseur
from tests.factories.runs import MEAL, home

CANARIES = ("Impasse du Refuge", "IMPASSE DU REFUGE", "28963", "Villecachée", "VILLECACHEE")
NAME = "Famille 1"
BLOCK = (NAME, "7 Impasse du Refuge", "28963 Villecachée")
SEPTEMBER, LONG_AGO = "2026-09", datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
OCTOBER, LATER = "2026-10", datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
HERS, OTHERS = home(1), home(2)
PLANS = {"parts": 2, "least_cents": 1, "months": 6, "grace_days": 8}
IBAN = "FR5710071280000000101234557"


@dataclass(frozen=True)
class Town:
    """A protected household with bills at one régie: of each kind of row there is one."""

    bill: str
    in_lot: str
    payment: str
    slip: str
    lot: str
    run: str
    debit_run: str
    returned: str
    print_run: str
    certificate: str
    refund: str


def tells(version: int, *, protected: bool) -> None:
    """Let the dossier tell the household, with the address that is to be seen nowhere."""
    where = {
        "valid_from": date(2020, 1, 1),
        "street": "7 Impasse du Refuge",
        "postcode": "28963",
        "insee": "28963",
        "commune": "Villecachée",
    }
    children = [make.child_row(runs.child(10), date(2018, 1, 1), "Enfant 0")]
    make.household_published(1, version, addresses=[where], children=children, protected=protected)


def by_residence() -> None:
    """Announce a tariff whose reasons say where the payer lives, by its commune too."""
    content = runs.flat("canteen", MEAL, residences=["here", "there"])
    for part in content["grids"][0]["parts"]:
        part["columns"][0]["residences"] = ["here", "there"]
    runs.tariff(content)
    replay = {"tariff": "canteen", "grid": content["grids"][0], "first": SEPTEMBER, "last": OCTOBER}
    make.ask(make.holder(), grid_replays.order_replay, **replay)
    told = {
        "version": 2,
        "classes": [
            {"code": "here", "label": "Habitants de Villecachée"},
            {"code": "there", "label": "Autres"},
        ],
        "elsewhere": "there",
        "communes": [
            {"insee": "28963", "residence": "here", "valid_from": "2020-01-01", "valid_to": None}
        ],
    }
    event = tariff_contracts.residences_published
    fact = event.load(json.loads(json.dumps(told)))
    with store.write() as write:
        record_residences(write, store.register.provider("ens"), fact, LONG_AGO)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    (tmp_path / "billing").mkdir()
    with runs.billing_on(database, tmp_path / "billing", payment_plans=PLANS):
        yield
        BillingService.settings = None


@pytest.fixture
def town(billing: None) -> Town:
    """Give a town in which everything happened before the household was protected."""
    BillingService.settings = SimpleNamespace(
        portal_url="https://portail.example",
        pes_xsd_dir="",
        key_encryption_key=bytes(range(32)),
    )
    runs.family(2)
    tells(1, protected=False)
    by_residence()
    for number in (1, 2):
        runs.meals(number, *(date(2026, 9, day) for day in range(2, 12)))
    runs.run(SEPTEMBER, at=LONG_AGO)
    lots.name_debtors()
    lot = lots.handed_over()
    in_lot = runs.bills(HERS)[0].id
    runs.meals(1, *(date(2026, 10, day) for day in (1, 2, 5, 6, 7, 8, 9)))
    run = runs.run(OCTOBER, at=LATER)
    bill = next(each.id for each in runs.bills(HERS) if each.id != in_lot)
    holder = make.holder()
    account = {"kind": "recurrent", "holder": NAME, "iban": IBAN, "bic": ""}
    asked: dict[str, Any] = {"household_id": HERS, "provider": "ens", **account}
    make.ask(make.guardian(1), debits.give_mandate, **asked)
    paid: dict[str, Any] = {
        "means": "cheque",
        "cents": 100,
        "received_on": today(),
        "cheque": "1",
        "bank": "B",
    }
    paid |= {"regie": "ens", "invoice_id": bill, "household_id": None, "payer": ""}
    payment = make.ask(holder, regie_counter.take_payment, **paid).payment_id
    slip: dict[str, Any] = {"regie": "ens", "kind": "cheque", "cents": 100, "day": today()}
    slip_id = make.ask(holder, regie_counter.deposit, **slip).slip_id
    returned = lots.read(lots.receipt(runs.bills(HERS)[0].number, 100)).return_id
    documents.bill(HERS, documents.line(), payer=BLOCK, at=now())
    print_run = post.printed()
    certificate = documents.certificate(HERS, 100, payer=BLOCK)
    debited = _debited(holder)
    town = Town(
        bill, in_lot, payment, slip_id, lot, run, debited, returned, print_run, certificate,
        _refunded(),
    )  # fmt: skip
    unprinted = documents.bill(HERS, documents.line(), payer=BLOCK, at=now())
    plan = {"household_id": HERS, "invoices": [unprinted], "parts": 2}
    make.ask(make.guardian(1), payment_plans.ask_for_plan, **plan)
    tells(2, protected=True)
    post.laid_out()
    runs.meals(1, date(2026, 10, 12))  # waits for the next bill
    return town


def _refunded() -> str:
    refund = Refund(
        id=new_id(), provider="ens", regie="ens", household_id=HERS, cents=100, paper="RIB vu",
        made_by=new_id(), made_at=now(),
    )  # fmt: skip
    with store.write() as write:
        write.add(refund)
    return refund.id


def _debited(holder: Any) -> str:
    day: dict[str, Any] = {"regie": "ens", "collect_on": today()}
    first = make.ask(holder, debits.preview_debits, **day)
    seen = {"debits": first.debits, "total_cents": first.total_cents}
    ordered: dict[str, Any] = {"regie": "ens", "collect_on": first.earliest, **seen}
    return str(make.ask(holder, debits.order_debits, **ordered).run_id)


def questions(town: Town) -> Mapping[Method, list[dict[str, Any]]]:
    """Return everything that a régie reads of billing, asked of the protected household's rows."""
    one, month = {"regie": "ens"}, {"month": OCTOBER}
    days = {"first": date(2020, 1, 1), "last": date(2030, 1, 1)}
    sitting = {"line": 0, "group_id": new_id(), "minutes": 60, "days": [date(2026, 10, 1)]}
    files = [{"lot_id": town.lot, "kind": kind, "part": 0} for kind in treasury.FILES]
    collect = {"collect_on": today() + timedelta(days=60)}
    return {
        regie.regie_overview: [{}],
        regie.find_payers: [{"text": text} for text in (NAME, runs.bills(HERS)[0].number)],
        regie.payer_account: [{"household_id": HERS}],
        regie.payer_bill: [{"invoice_id": each} for each in (town.bill, town.in_lot)],
        regie.payer_bill_pdf: [{"invoice_id": each} for each in (town.bill, town.in_lot)],
        regie.payments_of: [days, {**days, "query": NAME}],
        income.income: [{"first": OCTOBER, "last": OCTOBER}],
        grid_replays.read_replay: [{"tariff": "canteen"}],
        hours_by_benefit_fund.fund_hours: [{"sittings": [sitting]}],
        regie.arrears: [{}, {"query": NAME}],
        regie.certificates: [{"year": 2026}],
        regie.payer_certificate_pdf: [{"certificate_id": town.certificate}],
        regie_runs.closing: [{**one, **month}],
        regie_runs.read_run: [{"run_id": town.run}],
        regie_runs.draft_lines: [{"run_id": town.run, "household_id": HERS}],
        regie_counter.suspense: [{}],
        regie_counter.cash_box: [{**one, "day": today()}],
        regie_counter.cheques_to_deposit: [one],
        regie_counter.payer_receipt_pdf: [{"payment_id": town.payment}],
        regie_counter.deposit_pdf: [{"slip_id": town.slip}],
        treasury.preview_lot: [{**one, "overdue_days": 0, "reminders": 0}],
        treasury.lots: [{}],
        treasury.read_lot: [{"lot_id": town.lot}],
        treasury.lot_file: files,
        treasury.returned_rows: [{}, {"return_id": town.returned}],
        letters.letters_to_print: [{}],
        letters.print_runs: [{}],
        letters.read_print_run: [{"run_id": town.print_run}],
        letters.print_file: [{"run_id": town.print_run, "number": 1, "part": 0}],
        payment_plans.plans: [{}, {"household_id": HERS}],
        debits.debits: [{}],
        debits.preview_debits: [{**one, **collect}],
        debits.read_debits: [{"run_id": town.debit_run}],
        debits.debit_file: [{"run_id": town.debit_run, "part": 0}],
    }


def words(value: Any) -> str:
    """Return all that an answer says: files are opened, a PDF is read."""
    if isinstance(value, SimpleNamespace) or is_dataclass(value):
        return words(vars(value))
    if isinstance(value, dict):
        said = [f"{name} {words(each)}" for name, each in value.items() if name != "content"]
        return " ".join([*said, opened(value["content"])] if "content" in value else said)
    if isinstance(value, list):
        return " ".join(map(words, value))
    return str(value)


def opened(content: str) -> str:
    """Return what a file says; of a PDF its text."""
    whole = b64decode(content)
    return pdf.text(whole) if whole.startswith(b"%PDF") else whole.decode("utf-8-sig", "replace")


def told(text: str) -> list[str]:
    """Return what of a hidden home a text tells."""
    return [canary for canary in CANARIES if canary in text]


def methods_of_a_regie() -> set[str]:
    return {
        each.contract.name
        for each in declarations_by_method(BillingService).values()
        if isinstance(each, RpcDeclaration)
        and PROVIDERS in each.callers
        and not each.contract.writes
    }


def test_no_answer_of_billing_to_a_regie_says_where_a_protected_household_lives(
    town: Town,
) -> None:
    asked = questions(town)
    assert {method.name for method in asked} == methods_of_a_regie()

    answers = {
        method.name: words([make.ask(make.holder(), method, **each) for each in several])
        for method, several in asked.items()
    }

    assert {name: told(text) for name, text in answers.items() if told(text)} == {}
    named = {name for name, text in answers.items() if NAME in text}
    assert {"payer_account", "payer_bill_pdf", "lot_file", "read_run", "draft_lines"} <= named
    assert {"arrears", "plans", "read_debits", "payments_of", "preview_lot"} <= named
    assert {"letters_to_print", "read_print_run", "print_file"} <= named


def test_the_family_s_own_bill_and_its_document_carry_its_own_address(town: Town) -> None:
    for method in (regie.payer_bill_pdf, bills.bill_pdf):
        who = make.holder() if method is regie.payer_bill_pdf else make.guardian(1)
        make.ask(who, method, invoice_id=town.bill)

    mine = make.ask(make.guardian(1), bills.read_bill, invoice_id=town.bill)
    document = make.ask(make.guardian(1), bills.bill_pdf, invoice_id=town.bill)

    assert mine.payer == [NAME, "7 Impasse du Refuge", "28963 Villecachée"]
    assert {"28963", "Villecachée"} <= set(told(words(document)))


def test_when_the_protection_ends_the_regie_sees_the_address_again(town: Town) -> None:
    tells(3, protected=False)

    account = make.ask(make.holder(), regie.payer_account, household_id=HERS)
    document = make.ask(make.holder(), regie.payer_bill_pdf, invoice_id=town.bill)

    assert (account.payer[1], account.protected) == ("7 Impasse du Refuge", False)
    assert "Villecachée" in words(document)


def test_what_was_billed_stays_hidden_once_the_dossier_has_let_go_of_the_household(
    town: Town,
) -> None:
    make.household_published(1, 3, guardians=[])

    shown = make.ask(make.holder(), regie.payer_bill, invoice_id=town.bill)

    assert shown.payer == [NAME]


class RealBilling(Bus):
    """Billing itself, asked through its contracts by who holds the régie of the school service."""

    def _outcome(self, call: Call) -> Any:
        try:
            return make.ask(make.holder(), call.method, **vars(call.request))
        except Refusal as refusal:
            return refusal


@pytest.fixture
def odile(town: Town, tmp_path: Path) -> Iterator[Regisseur]:
    """Give a régisseur before billing itself."""
    desk = f"sqlite:///{tmp_path}/desk.sqlite"
    own = Database(desk, desk, f"sqlite:///{tmp_path}/desk-keys.sqlite")
    with desks.regisseur_on(own, tmp_path) as here:
        here.desk.client.application.extensions["preau_bus"] = here.callees = RealBilling()
        yield here


def addresses(odile: Regisseur, town: Town) -> Iterator[str]:
    """Give the address of every page and file of a régie, about the protected household."""
    app = odile.desk.client.application
    values = {
        "household_id": HERS, "invoice_id": town.bill, "payment_id": town.payment,
        "slip_id": town.slip, "lot_id": town.lot, "return_id": town.returned, "month": OCTOBER,
        "certificate_id": town.certificate, "refund_id": town.refund, "code": "canteen",
    }  # fmt: skip
    asked = f"q={NAME}&payeur={HERS}&regie=ens&days=0&reminders=0"
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if not rule.endpoint.startswith("regie") or "GET" not in (rule.methods or ()):
                continue
            run_of = {"regie_debits": town.debit_run, "regie_letters": town.print_run}
            blueprint = rule.endpoint.partition(".")[0]
            known = {**values, "run_id": run_of.get(blueprint, town.run), "number": 1}
            for kind in treasury.FILES if "kind" in rule.arguments else ("",):
                path = app.url_map.bind("").build(
                    rule.endpoint, {name: {**known, "kind": kind}[name] for name in rule.arguments}
                )
                yield path
                yield f"{path}?{asked}"


def test_no_page_and_no_file_of_a_regie_shows_it(odile: Regisseur, town: Town) -> None:
    seen = {}
    for address in addresses(odile, town):
        answer = odile.desk.client.get(address)
        assert answer.status_code in (200, 303, 302, 404, 422), address
        content = answer.data
        text = pdf.text(content) if content.startswith(b"%PDF") else answer.text
        seen[address] = (answer.status_code, text)

    assert {address: told(text) for address, (_, text) in seen.items() if told(text)} == {}
    shown = [address for address, (status, text) in seen.items() if status == 200 and NAME in text]
    assert len(shown) >= 12, shown
    assert "Adresse protégée" in seen[f"/regie/payeurs/{HERS}"][1]
    assert any("/remboursements/" in address for address in shown), shown


def asked_of_a_stranger(town: Town, household_id: str) -> list[tuple[Method, dict[str, Any]]]:
    """Return what an agent of another régie may try with a household that has no bill there."""
    quotient = {"cents": 50_000, "kind": "caf", "source": "checked"}
    since = {"valid_from": date(2026, 9, 1), "valid_to": None}
    money = {"regie": "agg", "means": "cash", "cents": 100, "received_on": today()}
    money |= {"invoice_id": None, "payer": "", "cheque": "", "bank": ""}
    half = [{"household_id": each, "share_bp": 5000} for each in (household_id, OTHERS)]
    shares = {"child_id": runs.child(10), "shares": half, "paper": "jugement"}
    return [
        (regie.payer_account, {"household_id": household_id}),
        (regie.correct_quotient, {"household_id": household_id, **quotient, **since}),
        (regie.set_shares, {**shares, **since}),
        (regie_counter.take_payment, {"household_id": household_id, **money}),
    ]


def test_a_regie_without_a_bill_of_it_finds_it_as_somebody_who_does_not_exist(
    town: Town,
) -> None:
    elsewhere = make.holder("enrolment_agg", "agg")
    make.place(1, date(2026, 9, 1))  # judo of the agglomeration, not billed yet

    def refusals(household_id: str) -> list[str]:
        said = []
        for method, payload in asked_of_a_stranger(town, household_id):
            with pytest.raises(NotFound) as refused:
                make.ask(elsewhere, method, **payload)
            said.append(f"{method.name} {refused.value.detail}")
        return said

    for text in (NAME, runs.bills(HERS)[0].number):
        assert make.ask(elsewhere, regie.find_payers, text=text).payers == []
    assert refusals(HERS) == refusals(new_id())
    for method in (regie.payer_bill, regie.payer_bill_pdf):
        with pytest.raises(NotFound):
            make.ask(elsewhere, method, invoice_id=town.bill)


def test_a_place_without_a_bill_is_found_again_where_nobody_is_protected(town: Town) -> None:
    make.place(1, date(2026, 9, 1))
    tells(3, protected=False)

    [found] = make.ask(make.holder("enrolment_agg", "agg"), regie.find_payers, text=NAME).payers

    assert found["household_id"] == HERS


def test_a_late_bill_of_a_protected_household_stays_out_of_a_lot_and_says_why(
    billing: None,
) -> None:
    lots.late_bills(10, 10, month=SEPTEMBER, at=LONG_AGO)
    tells(2, protected=True)

    seen = lots.preview()

    assert (seen.bills, seen.counts) == (1, {"protected": 1})
    assert [piece.household_id for piece in lots.pieces(lots.handed_over())] == [OTHERS]


def test_a_household_protected_while_its_lot_leaves_stays_at_the_regie(billing: None) -> None:
    lots.late_bills(10, 10, month=SEPTEMBER, at=LONG_AGO)
    lot = lots.order()
    tells(2, protected=True)
    lots.work()

    hers, other = lots.pieces(lot)

    assert (hers.state, hers.why, other.state) == ("left_out", "protected", "gone")
    assert told(words([make.ask(make.holder(), treasury.read_lot, lot_id=lot)])) == []


def test_a_lot_that_left_before_is_still_a_file_that_passes_without_the_address(
    town: Town,
) -> None:
    batch = lots.batch(town.lot)
    file = pes_export.lot_as_pes(batch)

    pes_check.check_pes_file(file, "")
    towns = [each.get("V") for each in etree.fromstring(file).iter("{*}Ville") or ()]
    towns = towns or [each.get("V") for each in etree.fromstring(file).iter("Ville")]
    assert sorted(towns) == ["ADRESSE PROTEGEE", "DEMONSTRATION"]
    assert batch.total_cents == 20 * MEAL


def test_who_is_told_of_without_a_protection_is_as_before(billing: None) -> None:
    runs.family(3)
    with store.read() as read:
        assert read.get_one(Household, home(3)).protected is False
