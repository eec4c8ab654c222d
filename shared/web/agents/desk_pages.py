"""Pages that every desk has, installed in its application: sign-in, other desks, rights."""

from flask import Blueprint, Flask

from shared.bus.client import Client
from shared.contracts.errors import NotSignedIn
from shared.settings import Settings
from shared.web.agents import current_agent as agent
from shared.web.agents.current_agent import Desk
from shared.web.agents.lists import list_request as lists
from shared.web.agents.role_labels import role_label
from shared.web.agents.views import (
    activation,
    agents,
    desk_switch,
    own_email,
    password_and_sessions,
    rights_awaiting_holder,
    sign_in,
)
from shared.web.base.app import shell_here


def install_desk_pages(app: Flask, settings: Settings, desk: Desk) -> None:
    """Give a configured application the pages of every desk, and a client on the bus."""
    app.extensions["preau_desk"] = desk
    app.extensions["preau_bus"] = Client(settings)
    app.extensions["preau_desks"] = settings.desks
    app.jinja_env.globals.update(role_label=role_label, lists=lists)
    app.register_blueprint(Blueprint("every_desk", __name__, template_folder="templates"))
    parts = (
        sign_in,
        password_and_sessions,
        own_email,
        rights_awaiting_holder,
        desk_switch,
        activation,
        agents,
    )
    for part in parts:
        app.register_blueprint(part.blueprint)
    app.register_error_handler(NotSignedIn, agent.redirect_to_sign_in)
    app.add_url_rule("/health", "health", health)


def health() -> tuple[dict[str, object], int]:
    """Tell operations whether this process can read its database and its register."""
    with agent.desk_here().store.read() as read:
        read.connection()
    stale = shell_here().register.is_stale
    return {"ready": not stale, "database": True, "register": not stale}, 503 if stale else 200
