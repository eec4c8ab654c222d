"""
The front desk as gunicorn serves it: `services.portal_gateway.front_desk.app:create_app()`.

Its principal is not the portal's: the broker's bindings say what a desk may ask, and of whom.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType

from flask_babel import lazy_gettext as _l

from services.portal_gateway.front_desk.agent_permissions import (
    Visibility,
    may_search_dossiers,
    visibility_of,
)
from services.portal_gateway.front_desk.pages.access_letters import views as letters
from services.portal_gateway.front_desk.pages.accessibility_reports import views as barriers
from services.portal_gateway.front_desk.pages.corrections.views import corrections, separations
from services.portal_gateway.front_desk.pages.data_protection.views import (
    agent_reads,
    approvals,
    breach_letters,
    breaches,
    erasures,
    recorded_breach,
    treatments,
)
from services.portal_gateway.front_desk.pages.duplicate_children import views as doubles
from services.portal_gateway.front_desk.pages.figures import views as figures
from services.portal_gateway.front_desk.pages.household_adults import views as adults
from services.portal_gateway.front_desk.pages.household_papers import views as household_papers
from services.portal_gateway.front_desk.pages.households.views import (
    accompany,
    day_acts,
    dossiers,
    lost_second_factors,
    start_page,
)
from services.portal_gateway.front_desk.pages.person_requests.views import (
    copies,
    granted_erasures,
    new_request,
    person_identification,
)
from services.portal_gateway.front_desk.pages.person_requests.views import (
    requests as person_requests,
)
from services.portal_gateway.front_desk.pages.registrations.views import (
    family_imports,
    registrations,
)
from services.portal_gateway.front_desk.pages.safeguarding.views import guarded_dossiers, rulings
from services.portal_gateway.front_desk.store import sessions, store, vault
from shared.register.entitlement import CHECK_DOSSIERS, CORRECT, JOIN, PERSON_REQUESTS, PROTECT
from shared.settings import Settings
from shared.web.addresses import fields as addresses
from shared.web.agents import current_agent as agent
from shared.web.agents.current_agent import Desk
from shared.web.agents.desk_pages import install_desk_pages, make_desk_shell
from shared.web.agents.views import desk_switch
from shared.web.base.app import Site, Tab, configure_app, shell_here

HOME_TABS = (
    Tab(
        "home.show",
        _l("Dossiers"),
        "search",
        also=(
            "dossiers.",
            "household_days.",
            "accompany.",
            "lost_factors.",
            "adults.",
            "separations.",
        ),
    ),
)
CHECKING_TABS = (
    Tab("registrations.list_waiting", _l("Demandes"), "received", also=("registrations.",)),
    Tab("family_imports.list_undecided", _l("Reprises"), "course", also=("family_imports.",)),
    Tab("letters.show_waiting", _l("Lettres"), "sent", also=("letters.",)),
    Tab("barriers.list_reported", _l("Obstacles"), "alert", also=("barriers.",)),
)
PAPERS_TABS = (
    Tab("household_papers.list_waiting", _l("Papiers"), "attach", also=("household_papers.",)),
)
CORRECTING_TABS = (
    Tab("corrections.list_waiting", _l("Corrections"), "edit", also=("corrections.",)),
)
JOINING_TABS = (Tab("doubles.list_doubles", _l("Doublons"), "children", also=("doubles.",)),)
GUARDED_TABS = (
    Tab("guarded.list_guarded", _l("Protégés et tenus"), "lock", also=("guarded.", "rulings.")),
)
REQUESTS_TABS = (
    Tab(
        "person_requests.list_requests",
        _l("Droits des personnes"),
        "who-knows",
        also=(
            *("person_requests.", "person_copies."),
            *("person_identities.", "person_erasures."),
        ),
    ),
    Tab("treatments.list_treatments", _l("Registre"), "course", also=("treatments.",)),
    Tab("approvals.show", _l("Élargissements"), "lock", also=("approvals.",)),
    Tab("agent_reads.list_reads", _l("Lectures"), "seen", also=("agent_reads.",)),
    Tab("erasures.show", _l("Effacements"), "check"),
    Tab(
        "breaches.show",
        _l("Violation"),
        "alert",
        also=("breaches.", "kept_breaches.", "breach_letters."),
    ),
)
FIGURES_TABS = (Tab("town_figures.show", _l("Chiffres"), "figures"),)
ADMINISTRATOR_TABS = (Tab("agents.show", _l("Agents et droits"), "lock", also=("agents.",)),)

PARTS: tuple[ModuleType, ...] = (
    start_page,
    dossiers,
    day_acts,
    accompany,
    lost_second_factors,
    registrations,
    family_imports,
    letters,
    household_papers,
    guarded_dossiers,
    rulings,
    corrections,
    adults,
    separations,
    doubles,
    person_requests,
    new_request,
    copies,
    granted_erasures,
    person_identification,
    barriers,
    treatments,
    approvals,
    agent_reads,
    erasures,
    breaches,
    recorded_breach,
    breach_letters,
    figures,
)


def create_app(settings: Settings | None = None) -> Site:
    """Return the desk for these settings, read from the environment where none are given."""
    settings = settings or Settings.from_env()
    app = Site(__name__)
    store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
    vault.connect(settings.keys_url, settings.key_encryption_key)
    configure_app(app, make_desk_shell(settings, home="home.show"))
    addresses.install(app, settings.streets)
    install_desk_pages(app, settings, Desk(store, sessions, _visibility_of_rights))
    app.extensions["preau_portal"] = settings.portal_url
    app.context_processor(_shell_for_agent)
    for part in PARTS:
        app.register_blueprint(part.blueprint)
    return app


def _visibility_of_rights(rights: Mapping[str, frozenset[str]]) -> Visibility:
    return visibility_of(shell_here().register.now.front_desk, rights)


def _shell_for_agent() -> dict[str, object]:
    """Leave tabs that the agent may not open out of the navigation; they are not greyed."""
    if agent.agent_name() is None:
        return {}
    sight = agent.require_agent().sight
    tabs: tuple[Tab, ...] = HOME_TABS if may_search_dossiers(sight.permissions) else ()
    tabs += CHECKING_TABS if CHECK_DOSSIERS in sight.permissions else ()
    tabs += PAPERS_TABS if not sight.permissions.isdisjoint((CHECK_DOSSIERS, PROTECT)) else ()
    tabs += CORRECTING_TABS if CORRECT in sight.permissions else ()
    tabs += JOINING_TABS if JOIN in sight.permissions else ()
    tabs += GUARDED_TABS if PROTECT in sight.permissions else ()
    tabs += REQUESTS_TABS if PERSON_REQUESTS in sight.permissions else ()
    tabs += FIGURES_TABS if sight.permissions else ()
    tabs += ADMINISTRATOR_TABS if sight.administers else ()
    elsewhere = "passing.show" if desk_switch.other_desks() else ""
    return {"shell": replace(shell_here(), tabs=tabs, elsewhere=elsewhere)}
