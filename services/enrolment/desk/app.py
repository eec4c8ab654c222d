"""
The desk as gunicorn serves it: `services.enrolment.desk.app:create_app()`, one per provider.

It reads and writes the provider's own database; its events leave by the outbox, which the
service process empties. One process holds one client on the bus, connected at the first question,
after the fork.
"""

from dataclasses import replace
from datetime import date
from functools import partial

from flask_babel import lazy_gettext as _l

from services.enrolment.children.commands.sheet_reading import Section
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.conversations.queries import inbox
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.access.place_choices_of_rights import PLACES, places_of_own_roles
from services.enrolment.desk.applications.views import allocation as allocation_pages
from services.enrolment.desk.applications.views import applications as application_pages
from services.enrolment.desk.applications.views import (
    attendance_mode_of_place as attendance_mode_pages,
)
from services.enrolment.desk.applications.views import groups as group_pages
from services.enrolment.desk.applications.views import manual_entry as entering_pages
from services.enrolment.desk.children.views import children, papers, unseen, week_days
from services.enrolment.desk.day.views import (
    closures,
    food_on_occasion,
    handovers_between_services,
    outings,
)
from services.enrolment.desk.day.views import expected_children as expected_pages
from services.enrolment.desk.day.views import today as today_pages
from services.enrolment.desk.figures.views import council, figures
from services.enrolment.desk.kitchen.access import is_caterer, is_kitchen_shown_to_agent
from services.enrolment.desk.kitchen.views import adult_meals as adult_pages
from services.enrolment.desk.kitchen.views import menus as menu_pages
from services.enrolment.desk.kitchen.views import received_orders as received_pages
from services.enrolment.desk.kitchen.views import waste as waste_pages
from services.enrolment.desk.kitchen.views import week as kitchen_pages
from services.enrolment.desk.messages.views import bulletins, new_thread, provider_away_days
from services.enrolment.desk.messages.views import threads as messages
from services.enrolment.desk.offer import labels as offer_labels
from services.enrolment.desk.offer.tariffs.views import grids as tariff_grids
from services.enrolment.desk.offer.tariffs.views import percent_changes as tariff_changes
from services.enrolment.desk.offer.tariffs.views import residences, tariffs
from services.enrolment.desk.offer.views import activities as offer
from services.enrolment.desk.offer.views import calendar as calendar_pages
from services.enrolment.desk.offer.views import copy_last_year as offer_copies
from services.enrolment.desk.offer.views import groups as offer_groups
from services.enrolment.desk.offer.views import sites as offer_sites
from services.enrolment.desk.page_parts import labels
from services.enrolment.desk.page_parts.navigation import tabs_grouped_by_work
from services.enrolment.desk.planning.reach_of_agent import is_planning_shown_to_agent
from services.enrolment.desk.planning.views import child_days as child_days_pages
from services.enrolment.desk.planning.views import children_without_place as newcomer_pages
from services.enrolment.desk.planning.views import week as planning_pages
from services.enrolment.desk.regie.counter.views import cash_box as regie_cash_box
from services.enrolment.desk.regie.counter.views import counter as regie_counter
from services.enrolment.desk.regie.counter.views import payments as regie_payments
from services.enrolment.desk.regie.counter.views import suspense as regie_suspense
from services.enrolment.desk.regie.grid_replays.views import grid_replays as regie_replays
from services.enrolment.desk.regie.income.views import income as regie_income
from services.enrolment.desk.regie.letters.views import letters as regie_letters
from services.enrolment.desk.regie.payers.views import arrears as regie_arrears
from services.enrolment.desk.regie.payers.views import bills as regie_bills
from services.enrolment.desk.regie.payers.views import certificates as regie_certificates
from services.enrolment.desk.regie.payers.views import payers as regie_payers
from services.enrolment.desk.regie.payers.views import payment_plans as regie_plans
from services.enrolment.desk.regie.payers.views import quotients as regie_quotients
from services.enrolment.desk.regie.runs.views import month_closing as regie_closing
from services.enrolment.desk.regie.runs.views import regie_overview
from services.enrolment.desk.regie.runs.views import runs as regie_runs
from services.enrolment.desk.regie.treasury.views import accountant_returns as regie_returns
from services.enrolment.desk.regie.treasury.views import debits as regie_debits
from services.enrolment.desk.regie.treasury.views import lots as regie_treasury
from services.enrolment.desk.roll_call.views import marks as roll_marks
from services.enrolment.desk.roll_call.views import roll_call_lists as roll_lists
from services.enrolment.desk.roll_call.views import shell as roll_call_pages
from services.enrolment.desk.roll_call.views import tablets as tablet_pages
from services.enrolment.desk.school_year.enrolments.views import catchment_waivers as school_waivers
from services.enrolment.desk.school_year.enrolments.views import (
    certificate_signature as school_signature,
)
from services.enrolment.desk.school_year.enrolments.views import (
    decided_enrolments as school_certificates,
)
from services.enrolment.desk.school_year.enrolments.views import (
    request_entry as entering_school_request,
)
from services.enrolment.desk.school_year.enrolments.views import requests as school_requests
from services.enrolment.desk.school_year.enrolments.views import waiver_motives as school_motives
from services.enrolment.desk.school_year.renewal import views as renewals
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    are_schools_shown_to_agent,
    has_school_regime,
)
from services.enrolment.desk.school_year.schools.views import (
    catchment_setup,
    class_setup,
    onde_files,
    one_pupil,
    pupil_moves,
    pupils,
    school_changes,
    school_of_address,
    school_setup,
    schools,
)
from services.enrolment.desk.staff.access import is_staff_shown_to_agent
from services.enrolment.desk.staff.views import activity_declarations as staff_terms
from services.enrolment.desk.staff.views import staff_week as staff_pages
from services.enrolment.families.commands.card_marking import CARDS
from services.enrolment.family_cards import commands as cards
from services.enrolment.live_changes import APPLICATIONS, KINDS, audiences_of_page
from services.enrolment.models import Change
from services.enrolment.places.applications.queries import desk_lists
from services.enrolment.places.placing.commands import activities_taken
from services.enrolment.places.placing.commands.activities_taken import TAKEN
from services.enrolment.school_year.schools.commands.publishing import (
    SCHOOLS,
    publish_changed_schools,
)
from services.enrolment.store import sessions, store, vault
from shared.dates.clock import today
from shared.live.change_counts import counts_of_changes
from shared.live.page_position import Position
from shared.register.entitlement import CONVERSATIONS
from shared.settings import Settings
from shared.web.addresses import fields as addresses
from shared.web.agents.current_agent import Desk
from shared.web.agents.desk_pages import install_desk_pages, make_desk_shell
from shared.web.agents.role_labels import role_label
from shared.web.agents.views import desk_switch
from shared.web.base.app import Site, Tab, configure_app, shell_here
from shared.web.forms import uploads

DAY_TABS = (Tab("today.show", _l("Aujourd’hui"), "home", also=("today.",)),)
ROLL_CALL_TABS = (
    Tab("roll_call.show", _l("Pointage"), "check"),
    Tab("relays.show", _l("Transferts"), "next", also=("relays.",)),
    Tab("tablets.show", _l("Tablettes"), "lock", also=("tablets.",)),
)
ROLL_CALL_PAGES = (
    today_pages,
    roll_call_pages,
    roll_lists,
    roll_marks,
    handovers_between_services,
    tablet_pages,
)
CHILD_TABS = (
    Tab("waiting.show_children_with_unseen", _l("Pas encore vu"), "waiting", also=("waiting.",)),
    Tab("children.search", _l("Enfants"), "children", also=("children.", "papers.", "week_days.")),
)
APPLICATION_TABS = (
    Tab(
        "applications.show",
        _l("Demandes"),
        "sent",
        ("applications.", "allocation.", "entering."),
        kind=APPLICATIONS,
    ),
    Tab("groups.show_occupancy_of_groups", _l("Groupes"), "services", ("groups.",)),
)
APPLICATION_PAGES = (
    application_pages,
    allocation_pages,
    attendance_mode_pages,
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
MESSAGE_PAGES = (messages, new_thread, bulletins, provider_away_days)
PLANNING_TABS = (
    Tab("planning.show", _l("Planning"), "week", also=("planning.", "child_days.", "newcomers.")),
)
PLANNING_PAGES = (planning_pages, child_days_pages, newcomer_pages)
COUNT_TABS = (Tab("expected.show", _l("Effectifs"), "meal"),)
KITCHEN_TABS = (
    Tab(
        "kitchen.show",
        _l("Cuisine"),
        "meal",
        also=("kitchen.", "menus.", "adults.", "waste.", "expected."),
    ),
)
ORDER_TABS = (Tab("received.show", _l("Commandes"), "meal", also=("received.",)),)
KITCHEN_PAGES = (kitchen_pages, menu_pages, adult_pages, waste_pages, received_pages)
CLOSURE_TABS = (
    Tab(
        "closures.show_closable_sites",
        _l("Fermetures"),
        "end",
        also=("closures.", "outings.", "occasions."),
    ),
)
STAFF_TABS = (Tab("staff.show", _l("Équipe"), "account", also=("staff.", "staff_terms.")),)
STAFF_PAGES = (staff_pages, staff_terms)
FIGURE_TABS = (Tab("figures.show", _l("Chiffres"), "figures", also=("figures.", "council.")),)
FIGURE_PAGES = (figures, council)
OFFER_PAGES = (
    offer,
    offer_groups,
    offer_sites,
    offer_copies,
    calendar_pages,
    closures,
    outings,
    food_on_occasion,
    expected_pages,
)
RENEWAL_TABS = (Tab("renewals.show", _l("Rentrée"), "school", also=("renewals.",)),)
SCHOOL_TABS = (
    Tab(
        "schools.show",
        _l("Écoles"),
        "school",
        also=(
            *("schools.", "school_setup.", "class_setup.", "pupils.", "one_pupil."),
            "school_changes.",
            *("pupil_moves.", "onde_files.", "catchment.", "catchment_setup."),
            *("school_requests.", "entering_school_request.", "school_certificates."),
            *("school_signature.", "school_waivers.", "school_motives."),
        ),
    ),
)
SCHOOL_PAGES = (
    schools,
    school_setup,
    school_changes,
    class_setup,
    pupils,
    one_pupil,
    pupil_moves,
    onde_files,
    school_of_address,
    catchment_setup,
    school_requests,
    entering_school_request,
    school_certificates,
    school_signature,
    school_waivers,
    school_motives,
)
TARIFF_PAGES = (tariffs, tariff_grids, tariff_changes, residences)
REGIE_TABS = (
    Tab("regie_overview.show", _l("Régie"), "home", also=("regie_income.", "regie_replays.")),
    Tab(
        "regie_closing.show_months", _l("Facturer"), "sent", also=("regie_closing.", "regie_runs.")
    ),
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
        also=("regie_counter.", "regie_cash_box.", "regie_suspense."),
    ),
    Tab("regie_letters.show", _l("Courriers"), "sent", also=("regie_letters.",)),
    Tab(
        "regie_arrears.show",
        _l("Impayés"),
        "alert",
        also=("regie_arrears.", "regie_plans.", "regie_payments."),
    ),
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
    regie_cash_box,
    regie_suspense,
    regie_arrears,
    regie_plans,
    regie_payments,
    regie_treasury,
    regie_returns,
    regie_debits,
    regie_certificates,
    regie_letters,
    regie_income,
    regie_replays,
)
ADMINISTRATOR_TABS = (
    Tab(
        "offer.show",
        _l("Offre"),
        "services",
        also=("offer.", "offer_groups.", "offer_copies.", "offer_sites."),
    ),
    Tab("calendar.show", _l("Calendrier"), "waiting", also=("calendar.",)),
    Tab(
        "tariffs.show",
        _l("Tarifs"),
        "price",
        also=("tariffs.", "tariff_grids.", "tariff_changes.", "residences."),
    ),
    Tab("agents.show", _l("Agents et droits"), "lock", also=("agents.",)),
)
PAGES = (
    unseen,
    children,
    papers,
    week_days,
    *MESSAGE_PAGES,
    renewals,
    *APPLICATION_PAGES,
    *PLANNING_PAGES,
    *STAFF_PAGES,
    *FIGURE_PAGES,
    *OFFER_PAGES,
    *KITCHEN_PAGES,
    *SCHOOL_PAGES,
    *TARIFF_PAGES,
    *REGIE_PAGES,
    *ROLL_CALL_PAGES,
)


def create_app(settings: Settings | None = None) -> Site:
    """Return the desk for these settings, read from the environment where none are given."""
    settings = settings or Settings.from_env()
    app = Site(__name__)
    store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
    store.complete_before_commit(TAKEN, activities_taken.publish_changed_activities)
    store.complete_before_commit(CARDS, cards.publish_changed_cards)
    store.complete_before_commit(SCHOOLS, publish_changed_schools)
    vault.connect(settings.keys_url, settings.key_encryption_key)
    configure_app(app, make_desk_shell(settings, home="today.show", live=settings.live_url))
    addresses.install(app, settings.streets)
    install_desk_pages(app, settings, Desk(store, sessions, agent.visibility_here, PLACES))
    app.context_processor(_navigation_of_agent)
    app.jinja_env.globals.update(
        desk_labels=labels,
        state_of=_seen_state_sentence,
        this_day=today,
        erased_days_in_words=labels.erased_days_in_words,
        kinds_of_days=offer_labels.DAYS,
    )
    app.jinja_env.filters["as_day"] = date.fromisoformat
    for part in PAGES:
        app.register_blueprint(part.blueprint)
    _allow_uploads(app)
    return app


def _allow_uploads(app: Site) -> None:
    uploads.allow_uploads(app, messages.reply, messages.mark_needs_no_answer, new_thread.write)
    uploads.allow_uploads(app, menu_pages.read_file, largest=menu_pages.LARGEST_FORM)
    uploads.allow_uploads(app, onde_files.read_file, largest=onde_files.LARGEST_FORM)
    uploads.allow_uploads(
        app,
        catchment_setup.load_addresses,
        catchment_setup.take_drawn_area,
        largest=catchment_setup.LARGEST_FORM,
    )


def _navigation_of_agent() -> dict[str, object]:
    """Navigation of the agent: tabs without permission are absent, not greyed."""
    if agent.agent_name() is None:
        return {}
    visibility = agent.require_agent().sight
    tabs = _tabs_of_caterer(visibility) if is_caterer() else _tabs_of_agent(visibility)
    elsewhere = "passing.show" if desk_switch.other_desks() else ""
    shell = replace(
        shell_here(),
        tabs=tabs,
        groups=tabs_grouped_by_work(tabs),
        elsewhere=elsewhere,
        position=_live_position_of_page,
    )
    return {"shell": shell, "own_places": partial(places_of_own_roles, visibility)}


def _tabs_of_caterer(visibility: Visibility) -> tuple[Tab, ...]:
    """Return what there is at a provider without children: orders, and who may read them."""
    orders = ORDER_TABS if "day" in visibility.permissions else ()
    return orders + (ADMINISTRATOR_TABS[-1:] if visibility.administers else ())


def _tabs_of_agent(visibility: Visibility) -> tuple[Tab, ...]:
    anywhere = visibility.sight_anywhere
    return (
        (DAY_TABS if anywhere.permissions & today_pages.BOARD else ())
        + (ROLL_CALL_TABS if "roll_call" in anywhere.permissions else ())
        + (PLANNING_TABS if is_planning_shown_to_agent(visibility) else ())
        + (CHILD_TABS if anywhere.any_child else ())
        + _counted_tabs(anywhere)
        + _tabs_of_the_day(visibility)
        + (
            RENEWAL_TABS
            if "applications" in visibility.permissions or visibility.administers
            else ()
        )
        + (SCHOOL_TABS if are_schools_shown_to_agent(visibility) and has_school_regime() else ())
        + (REGIE_TABS if "regie" in visibility.permissions else ())
        + (ADMINISTRATOR_TABS if visibility.administers else ())
    )


def _live_position_of_page() -> str:
    person = agent.require_agent()
    audiences = audiences_of_page(person.session.subject, person.sight.sight_anywhere.permissions)
    with store.read() as read:
        return Position.of_audiences(
            audiences, KINDS, counts_of_changes(read, Change, audiences)
        ).text


def _counted_tabs(visibility: Visibility) -> tuple[Tab, ...]:
    """Tabs of messages and applications, with the number that waits for an agent."""
    counts = {CONVERSATIONS: inbox.count_to_answer, APPLICATIONS: desk_lists.count_to_decide}
    with store.read() as read:
        return tuple(
            replace(
                tab,
                count=counts[tab.kind](read, reach_of_agent.reach_of_permissions(read, permission)),
            )
            if tab.kind
            else tab
            for tab, permission in (
                *((tab, CONVERSATIONS) for tab in MESSAGE_TABS),
                *((tab, APPLICATIONS) for tab in APPLICATION_TABS),
            )
            if permission in visibility.permissions
        )


def _tabs_of_the_day(visibility: Visibility) -> tuple[Tab, ...]:
    """
    Return the tab of counts (permission "day" or "roll_call"), those of staff, closures and
    figures ("day").

    Who keeps the kitchen reads the counts there.
    """
    counts = KITCHEN_TABS if is_kitchen_shown_to_agent(visibility) else COUNT_TABS
    counted = counts if visibility.places_with_permissions("day", "roll_call") else ()
    staff = STAFF_TABS if is_staff_shown_to_agent(visibility) else ()
    return (
        counted
        + staff
        + (CLOSURE_TABS + FIGURE_TABS if visibility.places_with_permissions("day") else ())
    )


def _seen_state_sentence(section: Section) -> str:
    return labels.seen_state_sentence(section, role_label)
