"""Bills, people who pay them, a régie's agent and a stand-in for PayFiP: for tests of payments."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import requests
from sqlalchemy import func, select

from deploy.demo.payfip_stub.server import Stub
from deploy.instance.secrets import new_encryption_key
from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.commands import gapless_numbers
from services.billing.ledger.queries.balances import balances_of_bills, credits_of_households
from services.billing.ledger.rules import bill_number_forms as number_format
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import (
    Household,
    HouseholdGuardian,
    Invoice,
    OnlinePayment,
    Payment,
    Posting,
    Subject,
    SubjectRight,
)
from services.billing.models.ledger import BILLS, RECEIVABLE
from services.billing.payers.commands.household_words import index_households
from services.billing.payments.payfip.client import PayFip
from services.billing.service import BillingService
from services.billing.store import store
from shared.contracts.billing.bills import INVOICE
from shared.contracts.billing.payments import NoteNotificationRequest
from shared.contracts.message import Caller, Person
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.settings import Settings
from tests.databases import Database
from tests.factories.register import demo_rows
from tests.factories.travelling import answered

ENS, AGG = "enrolment_ens", "enrolment_agg"
KEY = "ABCD2345"
PATIENCE, LITTLE_PATIENCE = 10.0, 0.3
"""Seconds after which the stand-in counts as silent, on a machine that may be busy."""


@dataclass
class Bank:
    """The stand-in for PayFiP, with the portal that it calls: it asks billing, as the real one."""

    stub: Stub
    portal: str
    service: BillingService | None = None
    called: list[str] = field(default_factory=list)

    @property
    def payfip(self) -> PayFip:
        return self.asked(PATIENCE)

    def asked(self, patience: float) -> PayFip:
        """Return a client that waits for so many seconds."""
        return PayFip(self.stub.service, self.stub.page, patience)

    def orders(self, **order: Any) -> None:
        """Give the stand-in an order; see deploy/demo/payfip_stub/misbehaviour.py."""
        requests.post(self.stub.pilot, json=order, timeout=10).raise_for_status()

    def ends(self, idop: str, outcome: str, notify: int = 0, **more: Any) -> None:
        """Let somebody end a payment; by default nobody is told."""
        self.orders(idop=idop, outcome=outcome, notify=notify, **more)

    def troubles(self, on: str, times: int = 1, **kind: Any) -> None:
        self.orders(on=on, times=times, **kind)

    @property
    def opened(self) -> list[Mapping[str, Any]]:
        """Return what was opened at PayFiP, the first first."""
        return requests.get(self.stub.pilot, timeout=10).json()


@contextmanager
def bank() -> Iterator[Bank]:
    """Run the stand-in and a portal that hears its notifications."""
    stub = Stub()
    portal = ThreadingHTTPServer(("127.0.0.1", 0), _Portal)
    open_bank = Bank(stub, f"http://127.0.0.1:{portal.server_port}")
    portal.bank = open_bank  # type: ignore[attr-defined]
    for serve in (stub.serve, portal.serve_forever):
        threading.Thread(target=serve, daemon=True).start()
    yield open_bank
    stub.close()
    portal.shutdown()
    portal.server_close()


class _Portal(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        bank = self.server.bank  # type: ignore[attr-defined]
        [idop] = parse_qs(body)["idop"]
        asking = Caller("portal", None, new_id())
        bank.service.note_notification(NoteNotificationRequest(idop), asking)
        bank.called.append(idop)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def billing_with(
    bank: Bank, database: Database, home: Path, **regie: Any
) -> Iterator[BillingService]:
    """Run billing of the demo town with this bank; `regie` changes the school service's régie."""
    database.migrated("billing")
    rows = demo_rows()
    for provider in rows["providers"]:
        if provider["code"] == "ens":
            provider["regies"][0].update(regie)
    (home / "register.json").write_text(json.dumps(rows))
    env = {
        "PREAU_HOME": str(home),
        "PREAU_PRINCIPAL": "billing",
        "AMQP_URI": "amqp://nobody:nothing@127.0.0.1:9/nowhere",
        "DATABASE_URL": database.url,
        "KEY_ENCRYPTION_KEY": new_encryption_key(),
        "PAYFIP_SERVICE": bank.stub.service,
        "PAYFIP_PAGE": bank.stub.page,
        "PORTAL_URL": bank.portal,
    }
    settings = Settings.from_env(env)
    store.connect(settings.database_url, settings.register)
    BillingService.settings = settings
    bank.service = BillingService()
    yield bank.service
    BillingService.settings = None
    store.close()


def household(*parents: str, payer: str = "Claire Lefèvre") -> str:
    """Add a household with these guardians, as the dossier told them."""
    household_id = new_id()
    with store.write() as write:
        write.add(Household(id=household_id, version=1, payer=payer, sought=payer.lower()))
        write.flush()
        for subject in parents:
            row = HouseholdGuardian(household_id=household_id, subject=subject, name=payer)
            write.add(row)
        index_households(write, [household_id])
    return household_id


def agent(*providers: str) -> str:
    """Add an agent who holds the régie of these providers."""
    subject = new_id()
    with store.write() as write:
        row = Subject(
            subject=subject,
            kind="agent",
            name="Odile Marchand",
            version=1,
            not_before=now() - timedelta(days=1),
            active=True,
        )
        write.add(row)
        write.flush()
        for provider in providers:
            held = {"subject": subject, "role": f"regie_{provider}", "valid_from": today()}
            write.add(SubjectRight(**held, valid_to=None))
    return subject


def bill(household_id: str, cents: int, *, provider: str = "ens", due: date | None = None) -> str:
    """Issue a bill of so much: its row, its number and its entry, as a run does."""
    issued, invoice_id = today(), new_id()
    _, regie = store.register.provider_and_regie(provider)
    with store.write() as write:
        sequence = gapless_numbers.take_numbers(write, regie.code, issued.year, BILLS)
        row = Invoice(
            id=invoice_id,
            kind=INVOICE,
            provider=provider,
            regie=regie.code,
            number=number_format.number_digits(regie, issued.year, sequence),
            fiscal_year=issued.year,
            sequence=sequence,
            household_id=household_id,
            month=issued.isoformat()[:7],
            issued_at=now(),
            issued_on=issued,
            due_on=due or issued + timedelta(days=30),
            total_cents=cents,
            key=KEY,
            payer=["Claire Lefèvre", "1 rue de la Gare"],
        )
        write.add(row)
        write.flush()
        _post(
            write, regie.code, "invoice", f"invoice:{invoice_id}", household_id, invoice_id, cents
        )
    return invoice_id


def credit(invoice_id: str, cents: int) -> None:
    """Take back so much of a bill by a credit note's entries, whatever was paid of it."""
    with store.write() as write:
        row = write.get_one(Invoice, invoice_id)
        note = new_id()
        home, regie = row.household_id, row.regie
        _post(write, regie, "credit_note", f"credit_note:{note}", home, invoice_id, -cents)
        too_much = -balances_of_bills(write, [invoice_id])[invoice_id]
        if too_much > 0:
            moves = [
                Move(RECEIVABLE, too_much, home, invoice_id),
                Move("advance", -too_much, home),
            ]
            source = f"credit_freed:{note}"
            ledger.post_entries(
                write, [NewEntry(regie, "credit_freed", source, today(), now(), moves)]
            )


def _post(
    write: Any, regie: str, kind: str, source: str, home: str, invoice_id: str, cents: int
) -> None:
    moves = [Move(RECEIVABLE, cents, home, invoice_id), Move("revenue:7067", -cents)]
    ledger.post_entries(write, [NewEntry(regie, kind, source, today(), now(), moves)])


def answer(
    service: BillingService, name: str, person: str | None, caller: str = "portal", **payload: Any
) -> SimpleNamespace:
    """Ask billing as the bus does: contract, right, transaction; raises what it refuses."""
    kind = "family" if caller == "portal" else "agent"
    asking = Caller(caller, Person(person, caller, kind) if person else None, new_id())
    return answered(service, getattr(service, name).declaration.contract, asking, **payload)


def owed(invoice_id: str) -> int:
    with store.read() as read:
        return balances_of_bills(read, [invoice_id])[invoice_id]


def credit_of(household_id: str, regie: str = "ens") -> int:
    with store.read() as read:
        return credits_of_households(read, regie, [household_id])[household_id]


def account(name: str) -> int:
    """Return the sum of an account, in cents."""
    with store.read() as read:
        total = select(func.coalesce(func.sum(Posting.cents), 0)).where(Posting.account == name)
        return int(read.scalars(total).one())


def in_order() -> int:
    """Return the sum of the whole ledger, which is always 0."""
    with store.read() as read:
        return int(read.scalar(select(func.coalesce(func.sum(Posting.cents), 0))) or 0)


def payment(payment_id: str) -> Payment:
    with store.read() as read:
        return read.get_one(Payment, payment_id)


def online(payment_id: str) -> OnlinePayment:
    with store.read() as read:
        return read.get_one(OnlinePayment, payment_id)


def states(invoice_id: str) -> list[str]:
    """Return the states of a bill's payments, the first made first."""
    made = select(Payment.state).where(Payment.invoice_id == invoice_id)
    with store.read() as read:
        return list(read.scalars(made.order_by(Payment.created_at, Payment.id)))
