"""The portal with a push service and an SMS gateway of this machine, for tests of alerts."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import delete

from deploy.instance.secrets import new_push_key
from services.portal_gateway.alerts.sending import send_due_alerts, sender_of_process
from services.portal_gateway.models import OutgoingAlert
from services.portal_gateway.store import store
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import CLAIRE, ENS, Portal
from tests.factories.push import StandIn

HOME, OTHER_HOME = new_id(), new_id()
JULIEN, STRANGER = new_id(), new_id()
PAGE = "/compte/alertes"
MOBILE = {"mobile": "06 12 34 56 78", "agreed": "yes"}


@contextmanager
def portal_that_alerts(
    database: Database, tmp_path: Path, push: StandIn, gateway: StandIn
) -> Iterator[Portal]:
    """Give the portal, with one household of two guardians, and one of somebody else."""
    environment = {
        **{"VAPID_KEY": new_push_key(), "PUSH_STAND_IN": push.origin},
        **{"SMS_GATEWAY": f"{gateway.origin}/sms", "SMS_TOKEN": "a secret of the gateway's"},
        **{"PORTAL_URL": "https://familles.example.org", "SMS_SENDER": "Aubeval"},
    }
    with make.portal_on(database, tmp_path, **environment) as portal:
        for subject in (CLAIRE, JULIEN):
            portal.receives_guardian_card(subject, [HOME])
        portal.receives_guardian_card(STRANGER, [OTHER_HOME])
        yield portal


def proves_mobile(portal: Portal, client: FlaskClient, gateway: StandIn) -> None:
    """Let a guardian give its mobile and type the code that comes there."""
    assert make.posts(client, f"{PAGE}/mobile", **MOBILE).status_code == 303
    code = code_of(portal, gateway)
    assert make.posts(client, f"{PAGE}/mobile/code", code=code).status_code == 303
    gateway.arrived.clear()
    with store.write() as write:
        write.execute(delete(OutgoingAlert).where(OutgoingAlert.category == "code"))


def code_of(portal: Portal, gateway: StandIn) -> str:
    """Return the code of the last SMS, sent just now."""
    goes_round(portal)
    found = re.search(r"\b\d{6}\b", gateway.messages()[-1]["text"])
    assert found is not None
    return found[0]


def closes(portal: Portal, home: str = HOME, key: str = "strike", **more: Any) -> None:
    """Let the school service close tomorrow."""
    detail = {"days": [(today() + timedelta(days=1)).isoformat()], "reason": "strike"}
    portal.receives_notice(ENS, home, key, **{"detail": detail, **more})


def goes_round(portal: Portal) -> int:
    return send_due_alerts(sender_of_process(portal.service.settings))
