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

from services.enrolment.conversation import inbox
from services.enrolment.desk import agent, words
from services.enrolment.desk.views import allocation as allocation_pages
from services.enrolment.desk.views import applications as application_pages
from services.enrolment.desk.views import (
    away,
    bulletins,
    children,
    closures,
    message_opening,
    messages,
    occasions,
    offer,
    offer_copies,
    offer_groups,
    outings,
    regie_arrears,
    regie_bills,
    regie_certificates,
    regie_closing,
    regie_counter,
    regie_debits,
    regie_overview,
    regie_payers,
    regie_payments,
    regie_quotients,
    regie_returns,
    regie_runs,
    regie_suspense,
    regie_till,
    regie_treasury,
    relays,
    renewals,
    residences,
    roll_lists,
    roll_marks,
    tariff_changes,
    tariff_grids,
    tariffs,
    waiting,
)
from services.enrolment.desk.views import calendar as calendar_pages
from services.enrolment.desk.views import coming as coming_pages
from services.enrolment.desk.views import entering as entering_pages
from services.enrolment.desk.views import expected as expected_pages
from services.enrolment.desk.views import groups as group_pages
from services.enrolment.desk.views import roll_call as roll_call_pages
from services.enrolment.desk.views import tablets as tablet_pages
from services.enrolment.desk.views import today as today_pages
from services.enrolment.live_changes import APPLICATIONS, KINDS, audiences_of
from services.enrolment.models import Change
from services.enrolment.places import lists
from services.enrolment.reading import Sight
from services.enrolment.sheet import Section
from services.enrolment.store import sessions, store, vault
from shared.clock import today
from shared.entitlement import CONVERSATIONS
from shared.live.changes import counts_of
from shared.live.position import Position
from shared.settings import Settings
from shared.web import uploads
from shared.web.app import Shell, Site, Tab, dress, shell_here
from shared.web.desk.agent import Desk
from shared.web.desk.app import furnish
from shared.web.desk.roles import role_label
from shared.web.desk.views import passing

DAY_TABS = (Tab("today.show", _l("Aujourd’hui"), "home", also=("today.",)),)
ROLL_CALL_TABS = (
    Tab("roll_call.show", _l("Pointage"), "check"),
    Tab("relays.show", _l("Passages"), "next", also=("relays.",)),
    Tab("tablets.show", _l("Tablettes"), "lock", also=("tablets.",)),
)
ROLL_CALL_PAGES = (today_pages, roll_call_pages, roll_lists, roll_marks, relays, tablet_pages)
CHILD_TABS = (
    Tab("waiting.show", _l("Pas encore vu"), "waiting"),
    Tab("children.search", _l("Enfants"), "children", also=("children.",)),
)
APPLICATION_TABS = (
    Tab(
        "applications.show",
        _l("Demandes"),
        "sent",
        ("applications.", "allocation.", "entering."),
        kind=APPLICATIONS,
    ),
    Tab("groups.show", _l("Groupes"), "services", ("groups.",)),
)
APPLICATION_PAGES = (
    application_pages,
    allocation_pages,
    coming_pages,
    entering_pages,
    group_pages,
)
MESSAGE_TABS = (
    Tab(
        "messages.show",
        _l("Messages"),
        "message",
        also=("messages.", "message_opening.", "bulletins.", "away."),
        kind=CONVERSATIONS,
    ),
)
MESSAGE_PAGES = (messages, message_opening, bulletins, away)
COUNT_TABS = (Tab("expected.show", _l("Effectifs"), "meal"),)
CLOSURE_TABS = (
    Tab("closures.show", _l("Fermetures"), "end", also=("closures.", "outings.", "occasions.")),
)
OFFER_PAGES = (
    offer,
    offer_groups,
    offer_copies,
    calendar_pages,
    closures,
    outings,
    occasions,
    expected_pages,
)
RENEWAL_TABS = (Tab("renewals.show", _l("Rentrée"), "school", also=("renewals.",)),)
TARIFF_PAGES = (tariffs, tariff_grids, tariff_changes, residences)
REGIE_TABS = (
    Tab("regie_overview.show", _l("Régie"), "home"),
    Tab("regie_closing.choose", _l("Facturer"), "sent", also=("regie_closing.", "regie_runs.")),
    Tab(
        "regie_payers.search",
        _l("Payeurs"),
        "account",
        also=("regie_payers.", "regie_quotients.", "regie_bills."),
    ),
    Tab(
        "regie_counter.show",
        _l("Encaisser"),
        "received",
        also=("regie_counter.", "regie_till.", "regie_suspense."),
    ),
    Tab("regie_arrears.show", _l("Impayés"), "alert", also=("regie_arrears.", "regie_payments.")),
    Tab(
        "regie_treasury.show",
        _l("Trésor public"),
        "download",
        also=("regie_treasury.", "regie_returns.", "regie_debits."),
    ),
    Tab("regie_certificates.show", _l("Attestations"), "print", also=("regie_certificates.",)),
)
REGIE_PAGES = (
    regie_overview,
    regie_closing,
    regie_runs,
    regie_payers,
    regie_quotients,
    regie_bills,
    regie_counter,
    regie_till,
    regie_suspense,
    regie_arrears,
    regie_payments,
    regie_treasury,
    regie_returns,
    regie_debits,
    regie_certificates,
)
ADMINISTRATOR_TABS = (
    Tab("offer.show", _l("Offre"), "services", also=("offer.", "offer_groups.", "offer_copies.")),
    Tab("calendar.show", _l("Calendrier"), "waiting", also=("calendar.",)),
    Tab(
        "tariffs.show",
        _l("Tarifs"),
        "price",
        also=("tariffs.", "tariff_grids.", "tariff_changes.", "residences."),
    ),
    Tab("agents.show", _l("Agents et droits"), "lock", also=("agents.",)),
)


def create_app(settings: Settings | None = None) -> Site:
    """Return the desk for these settings, read from the environment where none are given."""
    settings = settings or Settings.from_env()
    app = Site(__name__)
    store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
    vault.connect(settings.keys_url, settings.key_encryption_key)
    dress(app, _shell(settings))
    furnish(app, settings, Desk(store, sessions, agent.sight_here))
    app.context_processor(_shell_of_the_person)
    app.jinja_env.globals.update(words=words, state_of=_state_of, this_day=today)
    app.jinja_env.filters["as_day"] = date.fromisoformat
    for part in (
        waiting,
        children,
        *MESSAGE_PAGES,
        renewals,
        *APPLICATION_PAGES,
        *OFFER_PAGES,
        *TARIFF_PAGES,
        *REGIE_PAGES,
    ):
        app.register_blueprint(part.blueprint)
    for part in ROLL_CALL_PAGES:
        app.register_blueprint(part.blueprint)
    uploads.let_in(app, messages.reply, message_opening.write)
    return app


def _shell(settings: Settings) -> Shell:
    return Shell(
        principal=settings.principal,
        register=settings.register,
        secret_key=settings.secret_key,
        layout="theme/desk.html",
        who=agent.name,
        home="today.show",
        sign_out="sign_in.sign_out",
        provider=settings.provider,
        live=settings.live_url,
    )


def _shell_of_the_person() -> dict[str, Any]:
    """What somebody may not open is absent from the navigation, not greyed."""
    if agent.name() is None:
        return {}
    sight = agent.here().sight
    tabs = (
        (DAY_TABS if sight.acts & today_pages.BOARD else ())
        + (ROLL_CALL_TABS if "roll_call" in sight.acts else ())
        + (CHILD_TABS if sight.any_child else ())
        + _counted_tabs(sight)
        + _offer_tabs(sight)
        + (RENEWAL_TABS if "applications" in sight.acts or sight.administers else ())
        + (REGIE_TABS if "regie" in sight.acts else ())
        + (ADMINISTRATOR_TABS if sight.administers else ())
    )
    elsewhere = "passing.show" if passing.others() else ""
    shell = replace(shell_here(), tabs=tabs, elsewhere=elsewhere, position=_position)
    return {"shell": shell}


def _position() -> str:
    here = agent.here()
    audiences = audiences_of(here.session.subject, here.sight.acts)
    with store.read() as read:
        return Position.of(audiences, KINDS, counts_of(read, Change, audiences)).text


def _counted_tabs(sight: Sight) -> tuple[Tab, ...]:
    """What families wrote and asked for, with how much of it waits for an agent."""
    counts = {CONVERSATIONS: inbox.waiting, APPLICATIONS: lists.to_decide}
    with store.read() as read:
        return tuple(
            replace(tab, count=counts[tab.kind](read)) if tab.kind else tab
            for tab, act in (
                *((tab, CONVERSATIONS) for tab in MESSAGE_TABS),
                *((tab, APPLICATIONS) for tab in APPLICATION_TABS),
            )
            if act in sight.acts
        )


def _offer_tabs(sight: Sight) -> tuple[Tab, ...]:
    """Whoever answers for the day closes it; whoever works with it counts."""
    day = "day" in sight.acts
    counts = COUNT_TABS if day or "roll_call" in sight.acts else ()
    return counts + (CLOSURE_TABS if day else ())


def _state_of(section: Section) -> str:
    return words.state_of(section, role_label)
