"""What the person behind a request must be."""

from typing import Any

from services.dossier import homes, queries
from shared.bus import right
from shared.clock import today
from shared.contracts.errors import NotFound
from shared.contracts.message import Person
from shared.declarations import FRONT_DESK
from shared.entitlement import CHECK_DOSSIERS
from shared.person import roles_on

FAMILY, AGENT = "family", "agent"


@right("family")
def family(_service: Any, person: Person | None, _request: Any) -> bool:
    """Say whether this is somebody who signed in as a family."""
    return person is not None and person.kind == FAMILY


@right("guardian of the child")
def guardian_of_child(service: Any, person: Person | None, request: Any) -> bool:
    """
    Say whether this is a guardian with authority today.

    To anybody else of a family there is no such child: a refusal would say that there is one.
    """
    if person is None or person.kind != FAMILY:
        return False
    with service.store.read() as read:
        if not queries.has_authority(read, person.subject, request.child_id, today()):
            raise NotFound(child_id=request.child_id)
    return True


@right("guardian of the household")
def guardian_of_household(service: Any, person: Person | None, request: Any) -> bool:
    """Say whether it is the guardian's own household; another does not exist (rule R9)."""
    if person is None or person.kind != FAMILY:
        return False
    with service.store.read() as read:
        guardians = homes.guardians_in(read, [request.household_id], today())
    if person.subject not in {each["subject"] for each in guardians[request.household_id]}:
        raise NotFound(household_id=request.household_id)
    return True


@right("checks dossiers at the central desk")
def checks_drafts(service: Any, person: Person | None, _request: Any) -> bool:
    """Say whether this is an agent who holds a role of the central desk with that act today."""
    desk = service.store.register.now.front_desk
    if desk is None or person is None or person.kind != AGENT or person.azp != FRONT_DESK:
        return False
    checking = {role.code for role in desk.roles if CHECK_DOSSIERS in role.acts}
    with service.store.read() as read:
        return bool(checking & roles_on(read, person.subject, today()))
