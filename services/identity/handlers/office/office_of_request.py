"""Offices of the register: the calling one, or one that a request names."""

from services.identity.store import store
from shared.contracts.errors import NotAllowed, NotFound
from shared.contracts.message import Caller
from shared.register import Office, ProviderNotFound
from shared.register.declarations import IDENTITY


def calling_office(caller: Caller) -> Office:
    """Return the office that asks; raises NotAllowed for any other principal."""
    office: Office | None = store.register.office_of(caller.principal)
    if office is None:
        raise NotAllowed(callee=IDENTITY)
    return office


def office_code_of_principal(principal: str) -> str | None:
    """Return the code of an office's principal; None for the portal."""
    office: Office | None = store.register.office_of(principal)
    return office.code if office else None


def office_by_code(code: str) -> Office:
    """Return the office of a code; raises NotFound."""
    try:
        office: Office = store.register.office(code)
    except ProviderNotFound:
        raise NotFound(provider=code) from None
    return office
