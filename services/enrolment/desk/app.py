"""
The desk as gunicorn serves it: `services.enrolment.desk.app:create_app()`, one per provider.

It reads and writes the provider's own database; what it tells leaves by the outbox, which the
service process empties. One process holds one client on the bus, connected at the first question,
after the fork.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from services.enrolment.desk import agent, words
from services.enrolment.desk.views import activation, agents, children, sign_in, waiting
from services.enrolment.sheet import Section
from services.enrolment.store import store, vault
from shared.bus.client import Client
from shared.clock import today
from shared.contracts.errors import NotSignedIn
from shared.settings import Settings
from shared.web.app import Shell, Site, Tab, dress, shell_here

CHILD_TABS = (
    Tab("waiting.show", _l("Pas encore vu"), "waiting"),
    Tab("children.search", _l("Enfants"), "children", also=("children.",)),
)
ADMINISTRATOR_TABS = (Tab("agents.show", _l("Agents et droits"), "lock", also=("agents.",)),)


def create_app(settings: Settings | None = None) -> Site:
    """Return the desk for these settings, read from the environment where none are given."""
    settings = settings or Settings.from_env()
    app = Site(__name__)
    store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
    vault.connect(settings.keys_url, settings.key_encryption_key)
    app.extensions["preau_bus"] = Client(settings)
    dress(app, _shell(settings))
    app.context_processor(_shell_of_the_person)
    app.jinja_env.globals.update(
        words=words, role_label=_role_label, state_of=_state_of, this_day=today
    )
    app.jinja_env.filters["as_day"] = date.fromisoformat
    for part in (sign_in, activation, waiting, children, agents):
        app.register_blueprint(part.blueprint)
    app.register_error_handler(NotSignedIn, agent.to_sign_in)
    app.add_url_rule("/health", "health", health)
    return app


def health() -> tuple[dict[str, Any], int]:
    """Tell operations whether this process can read its database and its register."""
    with store.read() as read:
        read.connection()
    stale = shell_here().register.stale
    return {"ready": not stale, "database": True, "register": not stale}, 503 if stale else 200


def _shell(settings: Settings) -> Shell:
    return Shell(
        principal=settings.principal,
        register=settings.register,
        secret_key=settings.secret_key,
        layout="theme/desk.html",
        who=agent.name,
        home="waiting.show",
        sign_out="sign_in.sign_out",
        provider=settings.provider,
    )


def _shell_of_the_person() -> dict[str, Any]:
    """What somebody may not open is absent from the navigation, not greyed."""
    if agent.name() is None:
        return {}
    sight = agent.here().sight
    tabs = (CHILD_TABS if sight.any_child else ()) + (
        ADMINISTRATOR_TABS if sight.administers else ()
    )
    return {"shell": replace(shell_here(), tabs=tabs)}


def _role_label(code: str) -> str:
    provider = shell_here().looked_up()
    return words.role_label(provider, code) if provider else code


def _state_of(section: Section) -> str:
    return words.state_of(section, _role_label)
