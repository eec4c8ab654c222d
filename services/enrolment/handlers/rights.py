"""What the person behind a family's request must be, at one provider."""

from typing import Any

from services.enrolment.families.queries.guardians import (
    households_for_absence,
    households_of_guardian,
)
from shared.bus import right
from shared.contracts.message import Person
from shared.dates.clock import today
from shared.person.tokens import FAMILY


@right("family")
def family_person(_service: Any, person: Person | None, _request: Any) -> bool:
    """Say whether this is somebody who signed in as a family."""
    return person is not None and person.kind == FAMILY


@right("guardian of the child")
def guardian_of_child(service: Any, person: Person | None, request: Any) -> bool:
    """
    Say whether this is a guardian whom the dossier named for the child, and has not taken back.

    To anybody else of a family there is no such child: a refusal would say that there is one.
    """
    if person is None or person.kind != FAMILY:
        return False
    with service.store.read() as read:
        households_of_guardian(read, person.subject, request.child_id)
    return True


@right("guardian of the child, or its carer")
def guardian_or_carer(service: Any, person: Person | None, request: Any) -> bool:
    """Say whether this is a guardian of the child, or with whom it is placed today."""
    if person is None or person.kind != FAMILY:
        return False
    with service.store.read() as read:
        households_for_absence(read, person.subject, request.child_id, today())
    return True
