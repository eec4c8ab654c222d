"""The rights that identity asks of the people who call it."""

from typing import Any

from services.identity.accounts import queries
from services.identity.accounts.rules.accounts import AGENT, FAMILY
from services.identity.accounts.rules.dated_rights import ADMINISTRATOR
from services.identity.sessions.queries import accompanied
from shared.bus import right
from shared.contracts.message import Person
from shared.dates.clock import today
from shared.register.declarations import FRONT_DESK
from shared.register.entitlement import CHECK_DOSSIERS


@right("administrator of the calling office")
def administrator_of_office(service: Any, person: Person | None, request: Any) -> bool:
    """The office is the caller, never a field; the right is the person's, today."""
    office = service.store.register.office_of(request.caller)
    if office is None or person is None or person.kind != AGENT:
        return False
    with service.store.read() as read:
        return queries.has_right_on(read, person.subject, office.code, today(), ADMINISTRATOR)


@right("agent of the calling office")
def agent_of_office(service: Any, person: Person | None, request: Any) -> bool:
    """Who has any right there today."""
    office = service.store.register.office_of(request.caller)
    if office is None or person is None or person.kind != AGENT:
        return False
    with service.store.read() as read:
        return queries.has_right_on(read, person.subject, office.code, today())


@right("checks dossiers at the central desk")
def checks_dossiers(service: Any, person: Person | None, request: Any) -> bool:
    """Who holds a role of the central desk with that act today."""
    desk = service.store.register.now.front_desk
    if desk is None or person is None or person.kind != AGENT or request.caller != FRONT_DESK:
        return False
    roles = [role.code for role in desk.roles if CHECK_DOSSIERS in role.acts]
    with service.store.read() as read:
        return any(
            queries.has_right_on(read, person.subject, desk.code, today(), role) for role in roles
        )


@right("agent who accompanies families")
def accompanies(service: Any, person: Person | None, request: Any) -> bool:
    """Who holds a role at the front desk today that opens a family's own session."""
    if person is None or person.kind != AGENT:
        return False
    with service.store.read() as read:
        return accompanied.may_accompany(read, service.store.register, person.subject, today())


@right("family")
def family(_service: Any, person: Person | None, _request: Any) -> bool:
    """Somebody who signed in as a family."""
    return person is not None and person.kind == FAMILY
