"""
Rights of the person behind a request, and the régie it acts for: from the caller, never a field.
"""

from collections.abc import Callable
from typing import Any, Protocol

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
from shared.bus import Service, right
from shared.contracts.errors import NotAllowed, NotFound
from shared.contracts.message import Caller
from shared.database import Store
from shared.dates.clock import today
from shared.person import holds_role
from shared.register import Provider, Regie

FAMILY, AGENT = "family", "agent"


def calling_provider(store: Store, principal: str) -> Provider:
    """Return the provider that calls or publishes; raises NotAllowed for any other principal."""
    provider = store.register.provider_of(principal)
    if provider is None:
        raise NotAllowed(caller=principal)
    return provider


def regie_of_caller(provider: Provider, code: str) -> Regie:
    """Return a régie of the calling provider; NotFound for any other."""
    for candidate in provider.regies:
        if candidate.code == code:
            return candidate
    raise NotFound


def name_of_regie_right(provider: str) -> str:
    """Return how a role with the act "regie" at a provider is named here."""
    return f"regie_{provider}"


class OfHousehold(Protocol):
    """A request about a household."""

    @property
    def household_id(self) -> str: ...


class OfInvoice(Protocol):
    """A request about a bill."""

    @property
    def invoice_id(self) -> str: ...


class OfPayment(Protocol):
    """A request about a payment."""

    @property
    def payment_id(self) -> str: ...


class OfCertificate(Protocol):
    """A request about a tax certificate."""

    @property
    def certificate_id(self) -> str: ...


class OfMandate(Protocol):
    """A request about a mandate."""

    @property
    def mandate_id(self) -> str: ...


@right("régie of the calling provider")
def is_regie_agent(service: Service, caller: Caller, _request: object) -> bool:
    """Say whether this agent holds the régie of the provider through which it asks."""
    if caller.kind != AGENT:
        return False
    provider = calling_provider(service.store, caller.principal)
    with service.store.read() as read:
        return holds_role(read, caller.subject, name_of_regie_right(provider.code), today())


@right("guardian of the household")
def is_of_own_household(service: Service, caller: Caller, request: OfHousehold) -> bool:
    """Say whether it is the guardian's own household; another does not exist for a family."""
    return _is_own_household(service, caller, lambda _read: request.household_id)


@right("guardian of the bill's household")
def is_bill_of_own_household(service: Service, caller: Caller, request: OfInvoice) -> bool:
    """Say whether the bill is of the guardian's own household."""
    return _is_own_household(service, caller, _household_reader(Invoice, request.invoice_id))


@right("guardian of the past bill's household")
def is_own_past_bill(service: Service, caller: Caller, request: OfInvoice) -> bool:
    """Say whether the bill of another software is of the guardian's own household."""
    return _is_own_household(service, caller, _household_reader(PastBill, request.invoice_id))


@right("guardian of the payment's household")
def is_payment_of_own_household(service: Service, caller: Caller, request: OfPayment) -> bool:
    """Say whether the payment is of the guardian's own household."""
    return _is_own_household(service, caller, _household_reader(Payment, request.payment_id))


@right("guardian of the certificate's household")
def is_own_tax_certificate(service: Service, caller: Caller, request: OfCertificate) -> bool:
    """Say whether the tax certificate is of the guardian's own household."""
    return _is_own_household(
        service, caller, _household_reader(TaxCertificate, request.certificate_id)
    )


@right("guardian of the mandate's household")
def is_mandate_of_own_household(service: Service, caller: Caller, request: OfMandate) -> bool:
    """Say whether the mandate is of the guardian's own household."""
    return _is_own_household(service, caller, _household_reader(Mandate, request.mandate_id))


def is_guardian(read: Session, subject: str, household_id: str | None) -> bool:
    """Return whether a person is a guardian of a household, as the dossier last published it."""
    key = (HouseholdGuardian.household_id == household_id, HouseholdGuardian.subject == subject)
    return read.scalar(select(HouseholdGuardian.subject).where(*key)) is not None


def _household_reader(table: Any, row_id: str) -> Callable[[Session], str | None]:
    """Return a reader of a row's household; it gives None for a missing row."""
    return lambda read: read.scalar(select(table.household_id).where(table.id == row_id))


def _is_own_household(
    service: Service, caller: Caller, household: Callable[[Session], str | None]
) -> bool:
    if caller.kind != FAMILY:
        return False
    with service.store.read() as read:
        if not is_guardian(read, caller.subject, household(read)):
            raise NotFound
    return True
