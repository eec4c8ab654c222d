"""A family that pays a bill at the stand-in for PayFiP, with a clock that goes where it is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

from sqlalchemy import event, select

from services.billing.jobs import online_payments as polling
from services.billing.models import Entry, Payment
from services.billing.payments.commands.online_operations import Payer
from services.billing.payments.commands.online_payments import start_online_payment
from services.billing.payments.commands.payfip_results import ask_and_book_result
from services.billing.payments.payfip.client import PayFip
from services.billing.service import BillingService
from services.billing.store import store
from shared.database import Write
from shared.dates.clock import PARIS, now
from shared.runtime.ids import new_id
from tests.factories import money as make
from tests.factories.money import PATIENCE, Bank

CENTS = 4200


class Killed(SystemExit):
    """The process ends here."""


@dataclass
class Family:
    """A household with two parents and one bill of 42 € of the school service."""

    bank: Bank
    service: BillingService
    claire: str = field(default_factory=new_id)
    antoine: str = field(default_factory=new_id)
    home: str = ""
    bill: str = ""
    at: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        self.home = make.household(self.claire, self.antoine)
        self.bill = make.bill(self.home, CENTS)

    def pays(self, bill: str = "", payfip: PayFip | None = None) -> tuple[str, str]:
        """Click on Pay; return our payment and PayFiP's operation."""
        payer = Payer("claire@example.org", self.claire)
        asked = payfip or self.bank.payfip
        opened = start_online_payment(
            store, asked, self.bank.portal, bill or self.bill, payer, self.at
        )
        return opened[0], opened[1].rpartition("=")[2]

    def clicks(self, subject: str) -> tuple[str, str]:
        """Click on Pay at the portal, as one of the parents; return payment and address."""
        opened = make.answer(
            self.service,
            "start_payment",
            subject,
            invoice_id=self.bill,
            email=f"{subject}@example.org",
        )
        return opened.payment_id, opened.url

    def later(self, **more: float) -> None:
        self.at += timedelta(**more)

    def looks(self, payment_id: str, payfip: PayFip | None = None) -> str:
        """Come back to the portal, which asks; return the state."""
        ask_and_book_result(store, payfip or self.bank.payfip, payment_id, self.at)
        return make.payment(payment_id).state

    def is_polled(self, payfip: PayFip | None = None) -> int:
        """Let the worker ask about what is due; return about how many payments it learned."""
        return polling.poll_payments(store, payfip or self.bank.payfip, self.at)

    @property
    def taken(self) -> int:
        """Return what was taken of online money, in cents."""
        return make.account("cash:online")

    @property
    def first_receipt(self) -> str:
        """Return the number of the first receipt of this year, which is the year in Paris."""
        return f"{self.at.astimezone(PARIS).year}-ENS-R-000001"

    @property
    def receipts(self) -> list[str]:
        """Return the numbers of all receipts: as many as entries of payments."""
        with store.read() as read:
            entries = read.scalars(select(Entry.source).where(Entry.kind == "payment")).all()
            receipts = read.scalars(select(Payment.receipt).where(Payment.receipt != "")).all()
        assert len(entries) == len(receipts)
        return list(receipts)


class Mortal(PayFip):
    """A client whose process ends before it is asked, or once it has its answer."""

    def __init__(self, bank: Bank, *, before: bool = False) -> None:
        super().__init__(bank.stub.service, bank.stub.page, PATIENCE)
        self._before = before

    def open_operation(self, *asked: Any) -> str:
        self._die(super().open_operation, *asked)
        raise AssertionError

    def ask_for_outcome(self, *asked: Any) -> Any:
        self._die(super().ask_for_outcome, *asked)

    def _die(self, ask: Callable[..., Any], *asked: Any) -> None:
        if not self._before:
            ask(*asked)
        raise Killed


@contextmanager
def ends_at_commit() -> Iterator[None]:
    """Let the process end when a write is about to be kept."""

    def end(_write: Write) -> None:
        raise Killed

    event.listen(Write, "before_commit", end)
    yield
    event.remove(Write, "before_commit", end)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do several things in the same moment; return what came of each, an error as such."""
    ready, results = Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        ready.wait()
        try:
            results[place] = acts[place]()
        except Exception as error:
            results[place] = error  # type: ignore[call-overload]

    threads = [Thread(target=run, args=(place,)) for place in range(len(acts))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return results
