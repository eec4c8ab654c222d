"""The dossier as the portal's pages ask it of one request that was begun by telephone."""

from datetime import date
from typing import Any

from flask.testing import FlaskClient

from shared.contracts.errors import NotFound
from tests.factories import registrations as write

HELD = {"reference": "0a1b2-c3d4e", "key": "0a1b2-c3d4e-0a1b2-c3d4e"}
UNPROVEN = {"proven": "", "proven_at": None, "changed_at": None, "former": ""}


def opened(request: Any) -> dict[str, Any]:
    held = HELD if request.way != "email" else {"reference": "", "key": ""}
    return {**held, "forget_on": date(2026, 12, 25)}


def read(request: Any, **more: Any) -> dict[str, Any]:
    if (request.reference, request.key) != (HELD["reference"], HELD["key"]):
        raise NotFound
    return read_whole(**more)


def read_whole(**more: Any) -> dict[str, Any]:
    content = {"guardian": write.guardian()}
    told = {"state": "open", "way": "phone", "reason": "", "forget_on": date(2026, 12, 25)}
    return {**told, "email": UNPROVEN, "content": content, "papers": [], **more}


def begins(browser: FlaskClient) -> Any:
    """Begin by telephone: this browser holds reference and key from then on."""
    return posts_to(browser, "/demande", way="phone", phone="06 39 98 11 22")


def posts_to(browser: FlaskClient, path: str, **fields: Any) -> Any:
    """Send a form with the token of the page on which one begins: it needs no account."""
    page = browser.get("/demande").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    return browser.post(path, data={"csrf_token": token, **fields})
