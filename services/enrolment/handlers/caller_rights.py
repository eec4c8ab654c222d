"""Rights of the person behind a family's request, at one provider."""

from typing import Protocol

from services.enrolment.families.queries.guardians import (
    households_for_absence,
    households_of_guardian,
    households_whose_days_adult_sees,
)
from shared.bus import Service, right
from shared.contracts.message import Caller
from shared.dates.clock import today
from shared.person.tokens import FAMILY


class OfChild(Protocol):
    """A request about a child."""

    @property
    def child_id(self) -> str: ...


@right("family")
def is_family_person(_service: Service, caller: Caller, _request: object) -> bool:
    """Return whether the person signed in as a family."""
    return caller.kind == FAMILY


@right("guardian of the child")
def is_guardian_of_child(service: Service, caller: Caller, request: OfChild) -> bool:
    """
    Return whether the person is a guardian of the child, as the dossier has it now.

    To any other family the child does not exist: a refusal would reveal it.
    """
    if caller.kind != FAMILY:
        return False
    with service.store.read() as read:
        households_of_guardian(read, caller.subject, request.child_id)
    return True


@right("guardian of the child, or its carer")
def is_guardian_or_carer(service: Service, caller: Caller, request: OfChild) -> bool:
    """Return whether the person is a guardian of the child, or its carer today."""
    if caller.kind != FAMILY:
        return False
    with service.store.read() as read:
        households_for_absence(read, caller.subject, request.child_id, today())
    return True


@right("guardian of the child, or who may see its week")
def is_child_week_shown(service: Service, caller: Caller, request: OfChild) -> bool:
    """Return whether the person is a guardian, a carer, or was granted the child's week."""
    if caller.kind != FAMILY:
        return False
    with service.store.read() as read:
        households_whose_days_adult_sees(read, caller.subject, request.child_id, today())
    return True
