"""The town's colour and arms, as the register has them: a sheet and a picture that pages load."""

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import Flask, Response, abort, current_app, url_for

from shared.register import Identity
from shared.web.base import headers
from shared.web.base.assets import ONE_YEAR

NIGHT = "@media screen and (prefers-color-scheme: dark)"


def install(app: Flask) -> None:
    """Answer the sheet and the picture, and let templates ask for their addresses."""
    app.add_url_rule("/ville/couleurs.css", "town_colours", _show_colours)
    app.add_url_rule("/ville/armes", "town_arms", _show_arms)
    app.jinja_env.globals.update(town_colours=_colours_address, town_arms=_arms_address)


def style_sheet(identity: Identity) -> str:
    """Return the tokens of a town as a style sheet, by day and by night."""
    return f"{_css_rule(identity.light)}\n{NIGHT} {{ {_css_rule(identity.dark)} }}\n"


def _css_rule(tokens: Mapping[str, str]) -> str:
    return ":root { " + " ".join(f"--{name}: {value};" for name, value in tokens.items()) + " }"


def _show_colours() -> Response:
    return _let_browser_keep(Response(style_sheet(_town_identity_or_404()), mimetype="text/css"))


def _show_arms() -> Response:
    identity = _town_identity_or_404()
    if not identity.arms:
        abort(404)
    is_drawing = identity.arms_type.endswith("xml")
    content: Any = identity.arms if is_drawing else base64.b64decode(identity.arms)
    return _let_browser_keep(Response(content, mimetype=identity.arms_type))


def _let_browser_keep(response: Response) -> Response:
    """Let a browser keep the answer: its address is another one when the town looks otherwise."""
    headers.let_caches_keep(ONE_YEAR)
    return response


def _colours_address() -> str:
    identity = _find_town_identity()
    return url_for("town_colours", v=_content_mark(style_sheet(identity))) if identity else ""


def _arms_address() -> str:
    identity = _find_town_identity()
    return (
        url_for("town_arms", v=_content_mark(identity.arms)) if identity and identity.arms else ""
    )


@lru_cache(maxsize=8)
def _content_mark(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _town_identity_or_404() -> Identity:
    return _find_town_identity() or abort(404)


def _find_town_identity() -> Identity | None:
    identity: Identity | None = current_app.extensions["preau_shell"].register.now.town.identity
    return identity
