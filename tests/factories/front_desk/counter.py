"""The front desk with an agent before it, and whom its pages ask."""

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from services.portal_gateway.front_desk.app import create_app
from services.portal_gateway.front_desk.service import FrontDeskService
from services.portal_gateway.front_desk.store import sessions, store
from shared.contracts.identity import accounts
from shared.contracts.identity.sign_ins import OpenedSession
from shared.dates.clock import now, today
from shared.person import LIFETIME
from shared.runtime.ids import new_id
from shared.settings import Settings
from tests.databases import Database
from tests.factories.enrolment import NOBODY_LISTENS, Desk
from tests.factories.portal import Callees
from tests.factories.register import demo_rows
from tests.factories.travelling import handled

HOUSEHOLD, CLAIRE = new_id(), new_id()
FOLDER = "portal_gateway/front_desk"


class Counter:
    """The front desk on a database: its ear, its pages, and whom they ask."""

    def __init__(self, settings: Settings) -> None:
        app = create_app(settings)
        app.config["RATELIMIT_ENABLED"] = False
        self.callees = app.extensions["preau_bus"] = Callees()
        self.desk = Desk(app.test_client(), settings.principal)

    def receives(self, subject: str, *roles: str, version: int = 1) -> None:
        """Let identity tell what an agent may do here from today on."""
        rights = [{"role": role, "valid_from": today(), "valid_to": None} for role in roles]
        state = {"kind": "agent", "name": "Hélène Marais", "version": version, "active": True}
        told = {"subject": subject, "not_before": now() - timedelta(hours=1), "rights": rights}
        handled(FrontDeskService(), accounts.subject_changed, "identity", **state, **told)

    def signs_in(self, *roles: str, desks: Sequence[str] = ()) -> str:
        """Let an agent with these roles be signed in, who has rights at these desks too."""
        subject = new_id()
        self.receives(subject, *roles)
        answer = OpenedSession(
            kind="agent",
            subject=subject, name="Hélène Marais", session="s", token="t",
            expires_at=now() + LIFETIME,
        )  # fmt: skip
        self.desk.client.set_cookie("front_desk_session", sessions.start(answer, now(), desks))
        return subject


@contextmanager
def front_desk_on(database: Database, tmp_path: Path) -> Iterator[Counter]:
    """Give the front desk of the demo town on a fresh database."""
    database.migrated(FOLDER)
    rows = demo_rows()
    (tmp_path / "register.json").write_text(json.dumps(rows))
    env = {
        "PREAU_HOME": str(tmp_path),
        "PREAU_PRINCIPAL": "front_desk",
        "AMQP_URI": NOBODY_LISTENS,
        "DATABASE_URL": database.url,
        "KEY_ENCRYPTION_KEY": base64.b64encode(os.urandom(32)).decode(),
        "SECRET_KEY": "for this test alone",
        "PORTAL_URL": "http://127.0.0.1:8610",
    }
    yield Counter(Settings.from_env(env))
    store.close()


def opened(_request: Any) -> dict[str, Any]:
    child = {
        "id": new_id(), "first_name": "Manon", "last_name": "Lefèvre",
        "birth_date": today(), "missing": ["health", "swimming"], "guardians": [CLAIRE],
    }  # fmt: skip
    guardians = [{"id": CLAIRE, "name": "Claire Lefèvre"}]
    return {
        "household_id": HOUSEHOLD, "insee": "28901", "guardians": guardians, "children": [child],
        "deceased": [],
        "letters": {"expected": False, "stops": []},
    }  # fmt: skip


def asked_of(desk: Counter, method: str) -> Any:
    """Return what a method was asked last."""
    return [each[3] for each in desk.callees.asked if each[1] == method][-1]
