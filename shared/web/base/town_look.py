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

NIGHT = "@media (prefers-color-scheme: dark)"


def install(app: Flask) -> None:
    """Answer the sheet and the picture, and let templates ask for their addresses."""
    app.add_url_rule("/ville/couleurs.css", "town_colours", _show_colours)
    app.add_url_rule("/ville/armes", "town_arms", _show_arms)
    app.jinja_env.globals.update(town_colours=_colours_address, town_arms=_arms_address)


def sheet(identity: Identity) -> str:
    """Return the tokens of a town as a style sheet, by day and by night."""
    return f"{_rule(identity.light)}\n{NIGHT} {{ {_rule(identity.dark)} }}\n"


def _rule(tokens: Mapping[str, str]) -> str:
    return ":root { " + " ".join(f"--{name}: {value};" for name, value in tokens.items()) + " }"


def _show_colours() -> Response:
    return _kept(Response(sheet(_identity_here()), mimetype="text/css"))


def _show_arms() -> Response:
    identity = _identity_here()
    if not identity.arms:
        abort(404)
    is_drawing = identity.arms_type.endswith("xml")
    content: Any = identity.arms if is_drawing else base64.b64decode(identity.arms)
    return _kept(Response(content, mimetype=identity.arms_type))


def _kept(response: Response) -> Response:
    """Let it be kept: its address is another one when the town looks otherwise."""
    headers.let_caches_keep(ONE_YEAR)
    return response


def _colours_address() -> str:
    identity = _find_identity()
    return url_for("town_colours", v=_mark(sheet(identity))) if identity else ""


def _arms_address() -> str:
    identity = _find_identity()
    return url_for("town_arms", v=_mark(identity.arms)) if identity and identity.arms else ""


@lru_cache(maxsize=8)
def _mark(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _identity_here() -> Identity:
    return _find_identity() or abort(404)


def _find_identity() -> Identity | None:
    identity: Identity | None = current_app.extensions["preau_shell"].register.now.town.identity
    return identity
