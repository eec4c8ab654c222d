"""A late bill that is paid in parts: what family, régisseur and clock do with its plan."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import event, select

from services.billing.accounts.commands.payment_plans import announce_coming_parts, end_missed_plans
from services.billing.models import PaymentPlan
from services.billing.service import BillingService
from services.billing.store import store
from shared.contracts.billing import bills
from shared.contracts.billing import debits as debit_contracts
from shared.contracts.billing import payment_plans as contracts
from shared.contracts.billing.regie import counter, letters
from shared.contracts.billing.regie import payers as regie
from shared.contracts.dossier.families.safeguarding import file_held
from shared.dates.clock import now, today
from tests.factories import billing as make
from tests.factories import runs as billed
from tests.factories import treasury as lots
from tests.factories.runs import MEAL, home
from tests.factories.travelling import handled

LIMITS = {"parts": 4, "least_cents": 500, "months": 6, "grace_days": 8}
IBAN = "FR57 1007 1280 0000 0010 1234 557"
MEALS = 20
TOTAL = MEALS * MEAL
LATER = timedelta(days=10)
LONG_AGO = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)


def a_late_bill(meals: int = MEALS) -> str:
    [bill] = lots.late_bills(meals, month="2026-09", at=LONG_AGO)
    return bill


def asks(*invoices: str, parts: int = 3, number: int = 1, whose: int = 1) -> str:
    fields = {"household_id": home(whose), "invoices": list(invoices), "parts": parts}
    return str(make.ask(make.guardian(number), contracts.ask_for_plan, **fields).plan_id)


def grants(*invoices: str, parts: int = 3, total: int = TOTAL, **more: Any) -> str:
    fields = {
        "household_id": home(1),
        "invoices": list(invoices),
        "parts": parts,
        "first_on": today() + LATER,
        "total_cents": total,
        **more,
    }
    return str(make.ask(make.holder(), contracts.grant_plan, **fields).plan_id)


def plans(**more: Any) -> list[dict[str, Any]]:
    return list(make.ask(make.holder(), contracts.plans, **more).plans)


def shown(bill_id: str) -> dict[str, Any]:
    return lots.shown(home(1), bill_id)


def left(plan: dict[str, Any]) -> list[int]:
    return [part["left_cents"] for part in plan["parts"]]


def pays(bill_id: str, cents: int) -> str:
    """Pay at the counter; return the payment."""
    fields = {"regie": "ens", "means": "cash", "cents": cents, "invoice_id": bill_id}
    fields |= {"received_on": today()}
    return str(make.ask(make.holder(), counter.take_payment, **fields).payment_id)


def passes(days: int) -> None:
    """Let so many days pass, and the clock look at all plans."""
    end_missed_plans(store, now() + timedelta(days=days))


def comes(day: date) -> None:
    """Let the clock look on a day for parts that are due soon."""
    announce_coming_parts(store, datetime.combine(day, time(12), UTC))


def stops(plan_id: str) -> None:
    make.ask(make.holder(), contracts.end_plan, plan_id=plan_id, answer="Vu avec vous.")


def is_held(number: int) -> None:
    """Let an agent hold the file of a household's child."""
    fields = {"child_id": billed.child(number), "version": 1, "households": [home(number)]}
    handled(BillingService(), file_held, "dossier", held=True, at=now(), **fields)


def gives_mandate() -> None:
    account = {"kind": "recurrent", "holder": "Famille 1", "iban": IBAN, "bic": ""}
    fields = {"household_id": home(1), "provider": "ens", **account}
    make.ask(make.guardian(1), debit_contracts.give_mandate, **fields)


def debited(on: date) -> tuple[int, int]:
    """Return how many bills would be debited on a day, and the cents."""
    fields = {"regie": "ens", "collect_on": on}
    seen = make.ask(make.holder(), debit_contracts.preview_debits, **fields)
    return seen.debits, seen.total_cents


def waits_on_paper() -> list[str]:
    """Return the kinds of letters that wait to be printed."""
    return [each["kind"] for each in make.ask(make.holder(), letters.letters_to_print).letters]


def counted_queries(act: Callable[[], object]) -> int:
    """Return how many statements an act executes."""
    executed: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        executed.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    return len(executed)


def states() -> list[str]:
    with store.read() as read:
        return list(read.scalars(select(PaymentPlan.state).order_by(PaymentPlan.id)))


def notices(kind: str) -> list[SimpleNamespace]:
    return [each for each in make.published(bills.bill_notice) if each.kind == kind]


def overdue() -> SimpleNamespace:
    return make.ask(make.holder(), regie.arrears, after="")


def reminded(bill_id: str) -> int:
    return int(make.ask(make.holder(), regie.remind, invoices=[bill_id]).reminded)
