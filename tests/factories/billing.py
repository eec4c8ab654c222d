"""Callers of billing, and events that it receives besides sheets and runs."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from services.billing.accounts.commands import quotients, received_households
from services.billing.ledger.commands.entries import post_entries
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import Counted, Invoice, Payment, ToBill
from services.billing.models.ledger import ADVANCE, RECEIVABLE
from services.billing.payers.rules.new_quotients import CHECKED, NewQuotient
from services.billing.pricing.rules.tariff import Tariff
from services.billing.quantities.commands import received_places, received_tariffs
from services.billing.quantities.queries.tariffs import current_tariffs_of_provider
from services.billing.service import BillingService
from services.billing.store import store
from shared.contracts.billing import bills
from shared.contracts.dossier import guardians
from shared.contracts.enrolment import attendance
from shared.contracts.enrolment import tariffs as tariff_contracts
from shared.contracts.identity.accounts import WHOLE_OFFICE, SubjectChanged
from shared.contracts.message import Caller, Event, Method, Person
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import PARIS, now, today
from shared.person import apply_subject_changed
from shared.runtime.ids import new_id
from tests.factories import runs
from tests.factories.runs import AGENT, child, home
from tests.factories.travelling import answered

ENS, AGG = "enrolment_ens", "enrolment_agg"
PORTAL, OPS = "portal", "ops"
AGENTS = {"ens": AGENT, "agg": AGENT.replace("a9e0", "a9e1")}
DECEMBER_10 = date(2026, 12, 10)
EVER = datetime(2026, 1, 1, tzinfo=UTC)


def guardian(number: int) -> Person:
    """Return the guardian of the household of that number (factories/runs.py tells it)."""
    return Person(child(500_000 + number), PORTAL, "family")


def holder(principal: str = ENS, provider: str = "ens") -> Person:
    """Return an agent who holds the régie of a provider, and asks through its desk."""
    subject = AGENTS[provider]
    days = {"valid_from": EVER.date(), "valid_to": None}
    right = {"role": f"regie_{provider}", "place": WHOLE_OFFICE, **days}
    event = SubjectChanged(
        subject=subject,
        kind="agent",
        name="",
        version=1,
        not_before=EVER,
        active=True,
        rights=[right],
    )
    with store.write() as write:
        apply_subject_changed(write, event)
    return Person(subject, principal, "agent")


def ask(person: Person | None, method: Method[Any, Any], caller: str = "", **payload: Any) -> Any:
    """Ask billing as the bus would, the token aside; raises the refusal it answers."""
    asking = Caller(caller or (person.azp if person else OPS), person, new_id())
    return answered(BillingService(), method, asking, **payload)


def household_published(number: int, version: int, on: date = DECEMBER_10, **fields: Any) -> str:
    """Deliver a household of the dossier: guardians, children, addresses; return its id."""
    whole = {"guardians": [guardian_row(number)], "children": [], "addresses": [], **fields}
    _deliver(
        guardians.household_changed,
        lambda write, event: received_households.record_household(write, event, on),
        household_id=home(number),
        version=version,
        **whole,
    )
    return home(number)


def guardian_row(number: int, name: str = "") -> dict[str, str]:
    return {"subject": child(500_000 + number), "name": name or f"Famille {number}"}


def child_row(child_id: str, birth_date: date, first_name: str = "Manon") -> dict[str, Any]:
    names = {"first_name": first_name, "last_name": "Essai"}
    return {"child_id": child_id, "birth_date": birth_date, **names}


def address_row(valid_from: date, insee: str = "28901", commune: str = "Essai") -> dict[str, Any]:
    where = {"street": "1 rue des Lilas", "postcode": "28901", "insee": insee, "commune": commune}
    return {"valid_from": valid_from, **where}


def place(number: int, valid_from: date, on: date = DECEMBER_10, **more: Any) -> str:
    """Let the agglomeration tell a place in judo; return its id."""
    content = {
        "place_id": new_id(),
        "version": 1,
        "child_id": child(number * 10),
        "household_id": home(number),
        "activity": "judo",
        "group_id": new_id(),
        "valid_from": valid_from,
        "valid_to": None,
        **more,
    }
    provider = store.register.provider("agg")
    _deliver(
        attendance.place_recorded,
        lambda write, event: received_places.record_place(write, provider, event, on),
        **content,
    )
    return str(content["place_id"])


def quotient(
    number: int,
    cents: int,
    valid_from: date,
    source: str = CHECKED,
    on: date = DECEMBER_10,
    kind: str = "caf",
) -> set[str]:
    """Record a household's quotient; return the months that it touched."""
    quotient = NewQuotient(home(number), cents, kind, valid_from, None, source)
    with store.write() as write:
        touched = quotients.record_quotients(write, [quotient], by=AGENT, at=now(), on=on)
    return {month for _, _, month in touched}


def paid(bill: Invoice, cents: int, day: date) -> None:
    """Write in the ledger that so much of a bill was paid on a day."""
    moves = [
        Move("cash:transfer", cents),
        Move(RECEIVABLE, -cents, bill.household_id, bill.id),
    ]
    at = datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)
    with store.write() as write:
        post_entries(write, [NewEntry(bill.regie, "payment", new_id(), day, at, moves)])


def paid_ahead(household_id: str, cents: int, day: date, regie: str = "ens") -> None:
    """Write in the ledger that a household has paid so much beyond what it owes."""
    moves = [Move("cash:transfer", cents), Move(ADVANCE, -cents, household_id)]
    at = datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)
    with store.write() as write:
        post_entries(write, [NewEntry(regie, "payment", new_id(), day, at, moves)])


def pending(invoice_id: str, state: str = bills.PENDING) -> str:
    """Let somebody be at PayFiP for a bill."""
    with store.write() as write:
        bill = write.get_one(Invoice, invoice_id)
        payment = Payment(
            id=new_id(),
            provider=bill.provider,
            regie=bill.regie,
            household_id=bill.household_id,
            invoice_id=bill.id,
            means=bills.ONLINE,
            cents=bill.total_cents,
            state=state,
            created_at=now(),
            received_on=today(),
        )
        write.add(payment)
        return payment.id


def months_to_bill() -> dict[tuple[str, str], int]:
    """Return how often each household's month was marked to bill."""
    with store.read() as read:
        return {(row.household_id, row.month): row.touched for row in read.scalars(select(ToBill))}


def nothing_waits() -> None:
    """Let everything be billed that was to be."""
    with store.write() as write:
        for row in write.scalars(select(ToBill)):
            write.delete(row)


def counting() -> list[tuple[str, str, int]]:
    """Return what counts now: household, outcome, quantity."""
    with store.read() as read:
        rows = read.scalars(select(Counted).order_by(Counted.household_id, Counted.child_id))
        return [(row.household_id, row.outcome, row.quantity) for row in rows]


def tariff(content: Any, provider: str = "ens", version: int = 1, on: date = DECEMBER_10) -> None:
    """Publish a tariff of a provider to billing; months without a price are marked to bill."""
    runs.tariff(content, provider, version)
    loaded = tariff_contracts.tariff_schema.load(json.loads(json.dumps(content, default=str)))
    event = tariff_contracts.TariffPublished(content["activity"], version, loaded)
    with store.write() as write:
        received_tariffs.mark_newly_priced(write, store.register.provider(provider), event, on)


def priced(provider: str = "ens") -> Iterable[Tariff]:
    with store.read() as read:
        return current_tariffs_of_provider(read, provider)


def published(event: Event) -> list[SimpleNamespace]:
    """Return what billing published of an event, in order."""
    outbox = kit_table(store.metadata, "outbox")
    with store.read() as read:
        rows = read.execute(
            select(outbox.c.body).where(outbox.c.type == event.full_name).order_by(outbox.c.id)
        )
        return [event.load(json.loads(body)) for (body,) in rows]


def _deliver(event: Event, take: Any, **payload: Any) -> None:
    with store.write() as write:
        take(write, event.load(event.dump(payload)))
