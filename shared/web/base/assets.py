"""Static files under addresses that change with their content, and the icons of the sprite."""

import hashlib
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from markupsafe import Markup, escape

STATIC = Path(__file__).parents[1] / "static"
ONE_YEAR = 31_536_000


def install(app: Flask) -> None:
    """Mark the static files by their content, and let templates ask for their addresses."""
    app.extensions["preau_marks"] = {
        p.name: _content_mark(p) for p in STATIC.iterdir() if p.is_file()
    }
    app.extensions["preau_addresses"] = {}
    app.jinja_env.globals.update(asset=asset_address, icon=icon)
    app.after_request(_let_static_be_cached)


def asset_address(name: str) -> str:
    """Return the address of a file of the theme; it changes when the file does."""
    known: dict[tuple[str, str], str] = current_app.extensions["preau_addresses"]
    here = (request.script_root, name)
    if here not in known:
        mark = current_app.extensions["preau_marks"].get(name)
        known[here] = url_for("theme.static", filename=name, v=mark)
    return known[here]


def icon(name: str) -> Markup:
    """Return an icon as decoration: the words beside it say the same."""
    drawing = escape(f"{asset_address('icons.svg')}#{name}")
    return Markup(f'<svg class="icon" aria-hidden="true"><use href="{drawing}"/></svg>')


def _content_mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _let_static_be_cached(response: Response) -> Response:
    if request.endpoint == "theme.static" and "v" in request.args:
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = ONE_YEAR
        response.cache_control.immutable = True
    return response
