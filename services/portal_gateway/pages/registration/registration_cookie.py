"""
Cookie with reference and key of the registration that this browser goes on with, sealed.

Nothing of it is kept here: who has neither cookie, nor reference and key, nor the link of a letter
has no draft.
"""

import base64
from dataclasses import dataclass
from typing import TypeVar

from flask import session

from services.portal_gateway.models.sealed_value_bindings import BEARER_BINDING
from services.portal_gateway.session import current_user
from services.portal_gateway.store import open_sealed, seal_for_row
from shared.contracts.dossier.registrations import (
    PART_BYTES,
    AddPaperRequest,
    RegistrationBearer,
    add_paper,
)
from shared.contracts.errors import NotFound
from shared.contracts.message import Method
from shared.database import Unreadable
from shared.files.file_parts import count_parts, split_into_parts
from shared.person.secret_codes import new_code
from shared.runtime.ids import new_id

REMEMBERED = "draft"
KEY_GROUPS = 4


Q = TypeVar("Q", bound=RegistrationBearer)
A = TypeVar("A")


@dataclass(frozen=True)
class Bearer:
    """Reference and key of a registration: with them it can be continued anywhere."""

    reference: str
    key: str

    def ask(self, method: Method[Q, A], request: Q | None = None) -> A:
        """Send a request about the registration, by reference and key alone if none is given."""
        return current_user.bus().ask(method, request or method.request(self.reference, self.key))


def remember_bearer(bearer: Bearer) -> None:
    """Let this browser continue a registration until it is closed, or let go."""
    session[REMEMBERED] = seal_bearer(bearer)


def current_bearer() -> Bearer | None:
    """Return the registration that this browser continues."""
    return unseal_bearer(session.get(REMEMBERED))


def new_registration_key(reference: str) -> Bearer:
    """Return a new key, which replaces the registration's own when it is taken up by a letter."""
    return Bearer(reference, new_code(KEY_GROUPS))


def seal_bearer(bearer: Bearer) -> str:
    """Return reference and key as text that a browser carries and cannot read."""
    content = seal_for_row(BEARER_BINDING, {"reference": bearer.reference, "key": bearer.key})
    return base64.b64encode(content).decode()


def unseal_bearer(carried: object) -> Bearer | None:
    """Return reference and key that a browser brought back; None for anything else."""
    if not isinstance(carried, str):
        return None
    try:
        return Bearer(**open_sealed(BEARER_BINDING, base64.b64decode(carried)))
    except (TypeError, ValueError, Unreadable):
        return None


def require_bearer() -> Bearer:
    """Return the registration that this browser continues; raises NotFound if there is none."""
    current = current_bearer()
    if current is None:
        raise NotFound
    return current


def forget_bearer() -> None:
    """Forget the registration on this device; the dossier keeps it."""
    session.pop(REMEMBERED, None)


def send_paper(bearer: Bearer, kind: str, content: bytes) -> None:
    """Send a paper in as many messages as it needs, each on its own."""
    paper_id = new_id()
    parts = count_parts(len(content), PART_BYTES)
    for number, part in split_into_parts(content, PART_BYTES):
        request = AddPaperRequest(
            bearer.reference,
            bearer.key,
            paper_id=paper_id,
            paper=kind,
            part=number,
            parts=parts,
            content=part,
        )
        bearer.ask(add_paper, request)
