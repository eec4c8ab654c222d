"""A browser at a portal without callees, and the forms that a family submits there."""

import re
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import update

from services.portal_gateway.models import WebSession
from services.portal_gateway.session import sessions
from services.portal_gateway.store import store
from shared.contracts.identity.sign_ins import OpenedSession
from shared.dates.clock import now
from shared.runtime.ids import new_id
from shared.web.session.browser_secret import row_id

CHILD = "01920000-0000-7000-8000-000000000010"
HEALTH: dict[str, Any] = {
    "allergies": [
        {
            "substance": "Arachide",
            "allergen": "peanuts",
            "severity": "severe",
            "reaction": "gonflement",
        }
    ],
    "treatments": [{"name": "Ventoline", "dosage": "2 bouffées", "moment": ""}],
    "care_plan": {
        "signs": "Gêne pour respirer.",
        "conduct": "Stylo dans la cuisse,\npuis le 15.",
        "kit": "Infirmerie, armoire 2.",
        "valid_until": "2099-07-05",
    },
    "vaccinations_checked": True,
    "remarks": "Porte des lunettes.",
}
CONTENTS: dict[str, dict[str, Any]] = {
    "diet": {"menu": "no_pork", "without": ["egg", "fish"]},
    "contacts": {
        "people": [
            {"name": "Claire Lefèvre", "relation": "mère", "phone": "06 12 34 56 78"},
            {"name": "Élodie d’Orvilliers", "relation": "tante", "phone": "+41791234567"},
        ]
    },
    "pickup": {"people": [{"name": "Paul Morel", "relation": "voisin", "phone": ""}]},
    "health": HEALTH,
    "swimming": {
        "paper": "savoir_nager",
        "obtained_on": "2026-06-20",
        "issued_by": "École Jules-Ferry",
    },
}


def enters(browser: FlaskClient, subject: str = "", name: str = "Claire Lefèvre") -> str:
    """Sign a subject in as identity would; return the secret in the cookie."""
    answer = OpenedSession(
        kind="family",
        subject=subject or new_id(),
        name=name,
        session="identity-session",
        token="person-token",
        expires_at=now() + timedelta(minutes=5),
    )
    secret = sessions.start_session(answer, now(), former=cookie_of(browser))
    browser.set_cookie("portal_session", secret)
    return secret


def knows_the_children(secret: str) -> None:
    """Let the dossier have listed Manon once in this session."""
    manon = {
        "id": CHILD,
        "first_name": "Manon",
        "last_name": "Lefèvre",
        "birth_date": "2019-03-02",
        "school": "Jules-Ferry",
        "providers": ["ens", "agg"],
        "missing": ["pickup"],
    }
    session = sessions.find(secret, now())
    assert session is not None
    sessions.keep_children_as_fallback(session, {"children": [manon], "at": now().isoformat()})


def cookie_of(browser: FlaskClient) -> str:
    cookie = browser.get_cookie("portal_session")
    return cookie.value if cookie else ""


def token_on(browser: FlaskClient, path: str) -> str:
    """Return the form token of a page, as its form would send it."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(path).text)
    assert found
    return found[1]


def saves(browser: FlaskClient, path: str, **fields: str) -> Any:
    """Send a section's form as a browser does."""
    token = token_on(browser, "/compte")
    return browser.post(path, data={"csrf_token": token, "version": "3", "act": new_id(), **fields})


def time_passes(secret: str, how_long: timedelta) -> None:
    """Let a browser have been idle."""
    with store.write() as write:
        past = now() - how_long
        row = update(WebSession).where(WebSession.id == row_id(secret))
        write.execute(row.values(seen_at=past))
