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
from shared.web.base.app import LAW_PAGES, Shell, shell_here
from shared.web.openid import views as openid


def make_desk_shell(settings: Settings, *, home: str, live: str = "") -> Shell:
    """Return what frames every page of a desk, of a provider or of the town."""
    return Shell(
        principal=settings.principal,
        register=settings.register,
        secret_key=settings.secret_key,
        antivirus=settings.antivirus,
        layout="theme/desk.html",
        who=agent.agent_name,
        home=home,
        sign_out="sign_in.sign_out",
        account="own_access.show",
        provider=settings.provider,
        live=live,
        portal=settings.portal_url,
        law_pages=LAW_PAGES if settings.portal_url else (),
    )


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
    openid.install(app, _pages_of_agents())
    app.register_error_handler(NotSignedIn, agent.redirect_to_sign_in)
    app.add_url_rule("/health", "health", health)


def _pages_of_agents() -> openid.Pages:
    """Return what pages of agents lend to those of signing in elsewhere."""
    return openid.Pages(
        provider=lambda: shell_here().register.now.town.agents_openid,
        bus=agent.bus,
        ask=agent.ask,
        session=lambda: agent.require_agent().session.identity_session,
        require_proof=agent.for_signed_in_agents,
        sign_in_page=sign_in.password_page,
        start_session=sign_in.start_session_begun_elsewhere,
        password_mistake=own_email.password_mistake,
        asks_password=True,
    )


def health() -> tuple[dict[str, object], int]:
    """Tell operations whether this process can read its database and its register."""
    with agent.desk_here().store.read() as read:
        read.connection()
    stale = shell_here().register.is_stale
    return {"ready": not stale, "database": True, "register": not stale}, 503 if stale else 200
