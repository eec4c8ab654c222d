"""Rights checked by identity's methods."""

from services.identity.accounts import queries
from services.identity.accounts.rules.account_kinds import AGENT, FAMILY
from services.identity.accounts.rules.dated_rights import ADMINISTRATOR
from services.identity.sessions.queries import agents_who_may_accompany
from shared.bus import Service, right
from shared.contracts.message import Caller
from shared.dates.clock import today
from shared.register.declarations import FRONT_DESK
from shared.register.entitlement import CHECK_DOSSIERS, CORRECT, PERSON_REQUESTS


@right("administrator of the calling office")
def administrator_of_office(service: Service, caller: Caller, _request: object) -> bool:
    """The person administers the calling office today; the office is never a field."""
    office = service.store.register.office_of(caller.principal)
    if office is None or caller.kind != AGENT:
        return False
    with service.store.read() as read:
        return queries.has_right_on(read, caller.subject, office.code, today(), ADMINISTRATOR)


@right("agent of the calling office")
def agent_of_office(service: Service, caller: Caller, _request: object) -> bool:
    """The agent has any right at the calling office today."""
    office = service.store.register.office_of(caller.principal)
    if office is None or caller.kind != AGENT:
        return False
    with service.store.read() as read:
        return queries.has_right_on(read, caller.subject, office.code, today())


@right("checks dossiers at the central desk")
def checks_dossiers(service: Service, caller: Caller, _request: object) -> bool:
    """The agent holds a role of the central desk with this permission today."""
    return _may_at_front_desk(service, caller, CHECK_DOSSIERS)


@right("corrects dossiers at the central desk")
def corrects_dossiers(service: Service, caller: Caller, _request: object) -> bool:
    """The agent holds a role of the central desk today that corrects."""
    return _may_at_front_desk(service, caller, CORRECT)


@right("answers requests of persons at the central desk")
def answers_persons(service: Service, caller: Caller, _request: object) -> bool:
    """The agent holds a role of the central desk today that answers them: the DPO's office."""
    return _may_at_front_desk(service, caller, PERSON_REQUESTS)


@right("agent who accompanies families")
def accompanies(service: Service, caller: Caller, _request: object) -> bool:
    """The agent holds a role at the front desk today that opens a family's own session."""
    if caller.kind != AGENT:
        return False
    with service.store.read() as read:
        return agents_who_may_accompany.may_accompany(
            read, service.store.register, caller.subject, today()
        )


@right("person itself")
def person_itself(_service: Service, caller: Caller, _request: object) -> bool:
    """The person signed in, and no agent accompanies it."""
    return bool(caller.kind) and not caller.actor


@right("agent itself")
def agent_itself(_service: Service, caller: Caller, _request: object) -> bool:
    """The person signed in as an agent, whatever rights it has."""
    return caller.kind == AGENT


@right("family")
def family(_service: Service, caller: Caller, __request: object) -> bool:
    """The person signed in as a family."""
    return caller.kind == FAMILY


def _may_at_front_desk(service: Service, caller: Caller, permission: str) -> bool:
    desk = service.store.register.now.front_desk
    if desk is None or caller.kind != AGENT or caller.principal != FRONT_DESK:
        return False
    roles = [role.code for role in desk.roles if permission in role.permissions]
    with service.store.read() as read:
        return any(
            queries.has_right_on(read, caller.subject, desk.code, today(), role) for role in roles
        )
