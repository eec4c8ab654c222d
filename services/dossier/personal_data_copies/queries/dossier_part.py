"""The dossier's own part of a copy, by who asks."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from services.dossier.models import PersonRequest
from services.dossier.personal_data_copies.queries import non_guardian_copies
from services.dossier.personal_data_copies.queries.copied_persons import Scope
from services.dossier.personal_data_copies.queries.guardian_copy import rows_of_guardian
from shared.contracts.dossier.data_protection.person_requests import ADULT, AGENT, PUPIL
from shared.contracts.every_service.held_data import HeldRow
from shared.dates.instant import Instant


def rows_of_dossier(
    session: Session, request_id: str, scope: Scope, when: Instant
) -> Iterator[HeldRow]:
    """Yield the rows that the dossier gives to who asks."""
    if scope.person == ADULT:
        return rows_of_guardian(session, scope.asked, when)
    if scope.person == PUPIL:
        return non_guardian_copies.rows_of_pupil(session, scope.asked, when)
    if scope.person == AGENT:
        return non_guardian_copies.rows_of_agent(session, scope.asked)
    request = session.get_one(PersonRequest, request_id)
    return non_guardian_copies.rows_of_person_named(session, request, scope.asked.children)
