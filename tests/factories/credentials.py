"""Credentials of guardians as the central desk gives them, for tests of identity."""

from typing import Any

from sqlalchemy import select

from services.identity.models import Email, sealed_place_of_email
from services.identity.store import store
from shared.contracts.identity import invitations
from shared.contracts.message import Delivery
from shared.runtime.ids import new_id
from tests.factories.identity import Town

DESK = "front_desk"
DELIVERY = Delivery("dossier", "dossier:1", "")


def invites(town: Town, token: str, guardian_id: str = "", **more: Any) -> Any:
    asked = {"name": "Inès Moreau", "email": "", **more}
    return town.ask(
        invitations.invite_guardian,
        caller=DESK,
        token=token,
        guardian_id=guardian_id or new_id(),
        **asked,
    )


def emails() -> list[tuple[str, dict[str, Any]]]:
    """Return what waits for the post, as (template, content)."""
    with store.read() as read:
        rows = read.scalars(select(Email).order_by(Email.posted_at, Email.id)).all()
    return [
        (row.template, store.unseal(sealed_place_of_email(row.id), row.content)) for row in rows
    ]


def addressed_emails() -> list[tuple[str, str]]:
    """Return what waits for the post, as (template, address)."""
    return [(template, content["to"]) for template, content in emails()]


def sent(template: str, to: str) -> list[dict[str, str]]:
    """Return what the e-mails of a template to an address say."""
    waiting = ((kind, content["to"], content["values"]) for kind, content in emails())
    return [values for kind, address, values in waiting if (kind, address) == (template, to)]
