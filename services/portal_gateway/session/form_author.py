"""
Mark of who types a form, in the form itself: only this portal can make and read it.

A form that comes back without its session, for somebody signed out in another tab, is kept for its
typist alone, and never put before whoever signs in next on the same device.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from flask import current_app

from services.portal_gateway.session import current_user
from services.portal_gateway.store import store
from shared.database import Unreadable

FIELD = "typist"
_PLACE = "typist of a form"


class Typist(NamedTuple):
    """Person who typed a form, and the accompanied session: "" by oneself."""

    subject: str
    visit_id: str


def author_mark() -> str:
    """Return the mark of who is signed in, for its forms."""
    session = current_user.current_session()
    if session is None:
        return ""
    return urlsafe_b64encode(store.seal(_PLACE, [session.subject, session.visit_id])).decode()


def author_of_mark(mark: str) -> Typist | None:
    """Return who a mark names, None where this portal made none such."""
    try:
        return Typist(*store.unseal(_PLACE, urlsafe_b64decode(mark)))
    except (Unreadable, ValueError):
        return None


def sealing_key_of_draft() -> str:
    """
    Return the key under which a browser seals what is being typed, another one for each account.

    It is in the page alone: what is left on a shared device opens for nobody else. While an
    agent looks on there is none: a counter keeps nothing of a family.
    """
    session = current_user.current_session()
    if session is None or session.actor:
        return ""
    secret = str(current_app.secret_key).encode()
    return hmac.digest(secret, b"draft|" + session.subject.encode(), "sha256").hex()
