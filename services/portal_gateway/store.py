"""The portal's database, connected once at start, and the key under which it keeps families."""

from typing import Any

from services.portal_gateway.models import Base
from shared.database import Store
from shared.database.sealing import Sealer


class PortalStore(Store):
    """A store that seals what it was told of families, with the portal's own key."""

    sealer: Sealer

    def connect(self, url: str, register: Any = None, *, key: bytes = b"") -> None:
        """Open the database; the pages and the service of the portal share the key."""
        super().connect(url, register, key=key)
        if key:
            self.sealer = Sealer(key)


store = PortalStore("portal", Base.metadata)


def seal(place: str, value: Any) -> bytes:
    """Return a JSON value sealed for one row: `place` names it."""
    return store.sealer.seal(place, value)


def opened(place: str, sealed: bytes) -> Any:
    """Return a sealed value; raises Unreadable."""
    return store.sealer.open(place, sealed)
