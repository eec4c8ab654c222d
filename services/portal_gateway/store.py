"""The portal's database, connected once at start, and the key under which it keeps families."""

from typing import Any

from services.portal_gateway.models import Base
from shared.database import Store

store = Store("portal", Base.metadata)


def seal(place: str, value: Any) -> bytes:
    """Return a JSON value sealed for one row: `place` names it."""
    return store.seal(place, value)


def opened(place: str, sealed: bytes) -> Any:
    """Return a sealed value; raises Unreadable."""
    return store.opened(place, sealed)
