"""Gathers what each service holds of who asked, one after the other: all, or nothing."""

from dataclasses import dataclass

from services.portal_gateway.front_desk.store import store
from shared.contracts.dossier.data_protection.person_requests import (
    CopyPersonDataRequest,
    copy_person_data,
)
from shared.contracts.errors import NoAnswer, Unavailable
from shared.contracts.every_service.held_data import HeldRow, held_of_person
from shared.register import Register
from shared.register.declarations import DOSSIER
from shared.web.agents import current_agent as agent

PATIENCE = 15.0
"""Seconds for a page, longer than the dossier waits for a service."""


@dataclass(frozen=True)
class Part:
    """Rows that one service holds."""

    principal: str
    rows: list[HeldRow]


class ServiceSilent(Exception):
    """A service did not answer: a copy without its part would not be one."""

    def __init__(self, principal: str) -> None:
        super().__init__(principal)
        self.principal = principal


def gather_copy(person_request_id: str) -> list[Part]:
    """
    Return the parts of all services, the dossier's first; raises ServiceSilent, BadRequest.

    The dossier is asked last: it notes the copy, and a copy that cannot be made is none.
    """
    asked = [*_services_asked(store.register), DOSSIER]
    parts = [
        Part(principal, _held_rows_of_service(person_request_id, principal)) for principal in asked
    ]
    return [part for part in (parts[-1], *parts[:-1]) if part.rows]


def _services_asked(register: Register) -> list[str]:
    """Return the principals that the dossier may ask, in the order of the register."""
    callers = register.now.callers
    return [
        principal.name
        for principal in register.now.principals
        if DOSSIER in callers.get((principal.name, held_of_person.name), ())
    ]


def _held_rows_of_service(person_request_id: str, principal: str) -> list[HeldRow]:
    rows: list[HeldRow] = []
    after, more = "", True
    while more:
        asked = CopyPersonDataRequest(
            person_request_id=person_request_id, principal=principal, after=after
        )
        try:
            page = agent.ask(copy_person_data, asked, deadline=PATIENCE)
        except (NoAnswer, Unavailable):
            raise ServiceSilent(principal) from None
        rows += page.rows
        after, more = page.next, bool(page.next)
    return rows
