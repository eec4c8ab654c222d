"""An agent's session at a desk, and the door between password and code."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts.identity.sign_ins import OpenedSession
from shared.database import Store, Write
from shared.web.session.sealed_rows import SealedRows, Sessions, SignedIn

IDLE = timedelta(minutes=60)
"""Time unused after which a session is over, as identity counts it."""
DOOR_OPEN = timedelta(minutes=5)
"""Time for which an accepted password waits for its code."""


@dataclass(frozen=True)
class Session(SignedIn):
    """An agent's session; `desks` are the offices at which the agent had a right at its start."""

    desks: list[str]


class DeskSessions(Sessions[Session]):
    """The sessions of one desk, in its own database, and its doors."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, "desk_session", IDLE, Session)
        self._doors = SealedRows(store, "desk_door")

    def start(
        self,
        answer: OpenedSession,
        moment: datetime,
        desks: Iterable[str] = (),
        logout: str = "",
    ) -> str:
        """Open a session from identity's answer to a sign-in; return its secret, for the cookie."""
        with self._store.write() as write:
            return self.begin(write, answer, moment, {"desks": list(desks), "logout": logout})

    def keep_typed_login(self, login: str, password: str, moment: datetime) -> str:
        """Keep what was typed until the code comes; return the secret, for a cookie."""
        credentials = {"login": login, "password": password}
        with self._store.write() as write:
            return self._doors.add(write, credentials=credentials, ends_at=moment + DOOR_OPEN)

    def typed_login(self, secret: str, moment: datetime) -> dict[str, str] | None:
        """Return login and password, None where the door was never open or has closed."""
        door = self._doors.find_and_unseal(secret, moment)
        return door and door["credentials"]

    def forget_typed_login(self, secret: str) -> None:
        """Forget what was typed."""
        self._doors.end(secret)

    def delete_expired(self, write: Write, moment: datetime) -> None:
        """Delete the desk's sessions and doors that are over."""
        super().delete_expired(write, moment)
        self._doors.delete_expired(write, moment)
