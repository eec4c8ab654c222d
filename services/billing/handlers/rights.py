"""What the person behind a request must be, and whose régie it is: the caller's, never a field."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import (
    HouseholdGuardian,
    Invoice,
    Mandate,
    PastBill,
    Payment,
    TaxCertificate,
)
from shared.bus import right
from shared.contracts.errors import NotAllowed, NotFound
from shared.contracts.message import Person
from shared.database import Store
from shared.dates.clock import today
from shared.person import holds
from shared.register import Provider, Regie

FAMILY, AGENT = "family", "agent"


def provider_of(store: Store, principal: str) -> Provider:
    """Return the provider that calls or tells; raises NotAllowed for anybody else."""
    provider = store.register.provider_of(principal)
    if provider is None:
        raise NotAllowed(caller=principal)
    return provider


def regie_of(provider: Provider, code: str) -> Regie:
    """Return a régie of the calling provider; NotFound for any other."""
    for each in provider.regies:
        if each.code == code:
            return each
    raise NotFound


def regie_right(provider: str) -> str:
    """Return how a role with the act "regie" at a provider is named here."""
    return f"regie_{provider}"


@right("family")
def family(_service: Any, person: Person | None, _request: Any) -> bool:
    """Say whether this is somebody who signed in as a family."""
    return person is not None and person.kind == FAMILY


@right("régie of the calling provider")
def regie(service: Any, person: Person | None, request: Any) -> bool:
    """Say whether this agent holds the régie of the provider through which it asks."""
    if person is None or person.kind != AGENT:
        return False
    provider = provider_of(service.store, request.caller)
    with service.store.read() as read:
        return holds(read, person.subject, regie_right(provider.code), today())


@right("guardian of the household")
def of_household(service: Any, person: Person | None, request: Any) -> bool:
    """Say whether it is the guardian's own household; another does not exist for a family."""
    return _is_theirs(service, person, lambda _read: request.household_id)


@right("guardian of the bill's household")
def of_invoice(service: Any, person: Person | None, request: Any) -> bool:
    """Say whether the bill is of the guardian's own household."""
    return _is_theirs(service, person, _household_of(Invoice, request.invoice_id))


@right("guardian of the past bill's household")
def of_past_bill(service: Any, person: Person | None, request: Any) -> bool:
    """Say whether the bill of another software is of the guardian's own household."""
    return _is_theirs(service, person, _household_of(PastBill, request.invoice_id))


@right("guardian of the payment's household")
def of_payment(service: Any, person: Person | None, request: Any) -> bool:
    """Say whether the payment is of the guardian's own household."""
    return _is_theirs(service, person, _household_of(Payment, request.payment_id))


@right("guardian of the certificate's household")
def of_certificate(service: Any, person: Person | None, request: Any) -> bool:
    """Say whether the tax certificate is of the guardian's own household."""
    return _is_theirs(service, person, _household_of(TaxCertificate, request.certificate_id))


@right("guardian of the mandate's household")
def of_mandate(service: Any, person: Person | None, request: Any) -> bool:
    """Say whether the mandate is of the guardian's own household."""
    return _is_theirs(service, person, _household_of(Mandate, request.mandate_id))


def is_guardian(read: Session, subject: str, household_id: str | None) -> bool:
    """Say whether a person is a guardian of a household, as the dossier last told."""
    key = (HouseholdGuardian.household_id == household_id, HouseholdGuardian.subject == subject)
    return read.scalar(select(HouseholdGuardian.subject).where(*key)) is not None


def _household_of(table: Any, row_id: str) -> Callable[[Session], str | None]:
    """Return how to read whose household a row is; None for a row that there is not."""
    return lambda read: read.scalar(select(table.household_id).where(table.id == row_id))


def _is_theirs(service: Any, person: Person | None, household: Any) -> bool:
    if person is None or person.kind != FAMILY:
        return False
    with service.store.read() as read:
        if not is_guardian(read, person.subject, household(read)):
            raise NotFound
    return True
