"""Agents of a grown town besides the demonstration's: hundreds at the school service."""

from sqlalchemy import insert

from services.identity.models import Account, DatedRight
from services.identity.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id

AGENTS = 400
ROLES = ("kitchen", "school_desk", "lead")


def fill() -> None:
    """Give so many agents three roles each."""
    agents = [(new_id(), number) for number in range(AGENTS)]
    account = {"kind": "agent", "version": 1, "active": True, "totp_step": 0, "opened_at": now()}
    right = {"provider": "ens", "valid_from": today(), "granted_at": now(), "active": True}
    with store.write() as write:
        write.execute(
            insert(Account),
            [
                {
                    "subject": one,
                    "login": f"grown.{one}",
                    "name": f"Anne-Sophie Le Goff {number}",
                    "not_before": now(),
                    **account,
                }
                for one, number in agents
            ],
        )
        write.execute(
            insert(DatedRight),
            [
                {"id": new_id(), "subject": one, "role": role, **right}
                for one, _ in agents
                for role in ROLES
            ],
        )
