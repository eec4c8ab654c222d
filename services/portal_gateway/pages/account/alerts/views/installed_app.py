"""The portal on the screen of a telephone: its name and icons, and the worker beside its pages."""

from flask import Blueprint, Flask, Response, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.session.sessions import Session
from shared.json_values import as_json
from shared.web.base import assets, headers
from shared.web.base.app import shell_here
from shared.web.language.languages import language_here
from shared.web.session import browser_secret

blueprint = Blueprint("installed", __name__)

A_DAY = 86_400
COLOUR = "#17489b"
"""Colour of a town whose file gives none, as in preau.css."""
ICONS = {"icone-192.png": "192x192", "icone-512.png": "512x512"}
KEPT_PAGES = frozenset({"home.show", "week.show"})
"""Pages that a device may keep for when there is no network: nothing of health is on them."""
PERSON, KEEP = "X-Preau-Person", "X-Preau-Keep"


def install_hooks(app: Flask) -> None:
    """Say with each page whose it is, so that a device never keeps another person's."""
    app.after_request(_add_person_digest)


@blueprint.get("/application.webmanifest")
def manifest() -> Response:
    """Return what a telephone shows of the portal among its applications."""
    town = shell_here().register.now.town
    content = {
        "name": _("%(town)s, espace familles", town=town.name),
        "short_name": town.name[:12],
        "lang": language_here(),
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f7f5f0",
        "theme_color": town.identity.colour if town.identity else COLOUR,
        "icons": [
            {"src": f"/{name}", "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes in ICONS.items()
            for purpose in ("any", "maskable")
        ],
    }
    headers.let_caches_keep(A_DAY)
    return Response(as_json(content), mimetype="application/manifest+json")


@blueprint.get("/<any('icone-192.png', 'icone-512.png'):drawing>")
def icon(drawing: str) -> ResponseReturnValue:
    """Lead to an icon, at an address that stays: a manifest and a worker name it."""
    headers.let_caches_keep(A_DAY)
    return redirect(assets.asset_address(drawing))


@blueprint.get("/travail.js")
def worker() -> Response:
    """Return the worker, from the root of the site: its scope is what is below its address."""
    return Response((assets.STATIC / "worker.js").read_bytes(), mimetype="text/javascript")


def _add_person_digest(response: Response) -> Response:
    session: Session | None = g.get("web_session")  # as the page found it: none is asked for here
    if response.mimetype == "text/html" and session is not None and not session.actor:
        response.headers[PERSON] = browser_secret.row_id(session.secret)[:16]
        if request.endpoint in KEPT_PAGES:
            response.headers[KEEP] = "1"
    return response
