"""
Reference and key of the draft that this browser goes on with, sealed in the browser's own cookie.

Nothing of it is kept here: who has neither cookie nor reference and key has no draft.
"""

import base64
from dataclasses import dataclass
from typing import Any

from flask import session

from services.portal_gateway import person
from services.portal_gateway.seals import OF_BEARER
from services.portal_gateway.store import opened, seal
from shared.contracts.errors import NotFound
from shared.contracts.message import Method
from shared.database import Unreadable

REMEMBERED = "draft"


@dataclass(frozen=True)
class Bearer:
    """Who holds a draft: all that one needs to go on with it, anywhere."""

    reference: str
    key: str

    def ask(self, method: Method, **payload: Any) -> Any:
        """Ask something of the draft; raises a Refusal."""
        return person.bus().ask(method, reference=self.reference, key=self.key, **payload)


def remember(bearer: Bearer) -> None:
    """Let this browser go on with a draft until it is closed, or let go."""
    sealed = seal(OF_BEARER, {"reference": bearer.reference, "key": bearer.key})
    session[REMEMBERED] = base64.b64encode(sealed).decode()


def bearer() -> Bearer | None:
    """Return whose draft this browser goes on with."""
    kept = session.get(REMEMBERED)
    if not isinstance(kept, str):
        return None
    try:
        return Bearer(**opened(OF_BEARER, base64.b64decode(kept)))
    except (TypeError, ValueError, Unreadable):
        return None


def require_bearer() -> Bearer:
    """Return whose draft it is; raises NotFound where this browser has none."""
    found = bearer()
    if found is None:
        raise NotFound
    return found


def let_go() -> None:
    """Forget the draft on this device; it stays where it is kept."""
    session.pop(REMEMBERED, None)
