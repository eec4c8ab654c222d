"""
The portal under gunicorn: `services.portal_gateway.app:create_app()`.

Each process has one bus client, connected at its first request, after the fork.
"""

from dataclasses import replace
from functools import partial
from types import ModuleType

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.overview.queries.family import (
    own_matters,
    stream_position,
    unread_messages_badge,
    unread_news_badge,
)
from services.portal_gateway.pages.account.access import accompanied_hooks
from services.portal_gateway.pages.account.access.views import (
    accompanied,
    forgotten_password,
    help,
    own_email,
    password_and_sessions,
    second_factors,
    second_step,
    sign_in,
)
from services.portal_gateway.pages.account.alerts.views import alerts, installed_app
from services.portal_gateway.pages.account.calendar_feed import views as calendar_feed
from services.portal_gateway.pages.account.my_data.views import history_download, person_requests
from services.portal_gateway.pages.bills.views import (
    advances,
    bills,
    certificates,
    fund_quotient,
    guest_payment,
    mandates,
    payment,
    payment_plans,
    payment_rounds,
    quotient,
    spending,
)
from services.portal_gateway.pages.children import paper_forms
from services.portal_gateway.pages.children.views import (
    activity_history,
    child,
    departure,
    handovers_between_services,
    household_address,
    household_papers,
    joined_child_redirect,
    papers,
    provider_links,
    school,
    sections,
)
from services.portal_gateway.pages.enrolment.views import (
    activities,
    application_form,
    applications,
    renewal,
)
from services.portal_gateway.pages.home import views as home
from services.portal_gateway.pages.messages import views as messages
from services.portal_gateway.pages.notices.views import mail_preferences, news
from services.portal_gateway.pages.public.menus import views as menu_pages
from services.portal_gateway.pages.public.prices import views as tariffs
from services.portal_gateway.pages.public.town.views import accessibility_report, landing, law
from services.portal_gateway.pages.registration.views import new_child, start, steps
from services.portal_gateway.pages.schedule.views import absence, pattern, week
from services.portal_gateway.pages.sharing.views import (
    projection_grants,
    transparency,
    trusted_person_accesses,
)
from services.portal_gateway.session import current_user, form_author, sessions
from services.portal_gateway.session.accompanied import commands as visit_commands
from services.portal_gateway.session.accompanied.queries import session_of_browser
from services.portal_gateway.session.recent_proof import PasswordNeeded, require_recent_proof
from services.portal_gateway.store import store
from shared.bus.client import Client
from shared.contracts.errors import NotSignedIn
from shared.dates.clock import now
from shared.files.types import LARGEST_SENT
from shared.settings import Settings
from shared.web.addresses import fields as addresses
from shared.web.base import errors, sign_in_limits
from shared.web.base.app import (
    LARGEST_FORM,
    LAW_PAGES,
    Shell,
    Site,
    Tab,
    configure_app,
    shell_here,
)
from shared.web.forms import uploads
from shared.web.language.provider_badges import badge_by_code, badges_of_providers
from shared.web.openid import views as openid
from shared.web.session import cookies, csrf

TABS = (
    Tab(
        "home.show",
        _l("Accueil"),
        "home",
        also=("renewal.", "applications.show_order"),
    ),
    Tab("week.show", _l("Semaine"), "week", also=("week.", "pattern.", "absence.")),
    Tab(
        "child.all_children",
        _l("Enfants"),
        "children",
        also=(
            "child.",
            "new_child.",
            "sections.",
            "papers.",
            "services.",
            "departure.",
            "transparency.",
            "grants.",
            "carer_accesses.",
            "handovers.",
            "activity_history.",
            "exports.",
        ),
    ),
    Tab(
        "finding.show_activities_of_child",
        _l("Activités"),
        "activities",
        also=("finding.", "applying.", "applications.show", "tariffs."),
    ),
    Tab(
        "bills.show",
        _l("Argent"),
        "bills",
        also=(
            "bills.",
            "spending.",
            "paying.",
            "paying_in_turn.",
            "advances.",
            "quotient.",
            "fund_quotient.",
            "address.",
            "certificates.",
            "mandates.",
            "payment_plans.",
        ),
    ),
)

PLACES_TAB, BILLS_TAB = "finding.show_activities_of_child", "bills.show"

PARTS: tuple[ModuleType, ...] = (
    sign_in,
    second_step,
    forgotten_password,
    password_and_sessions,
    own_email,
    second_factors,
    start,
    steps,
    home,
    week,
    pattern,
    absence,
    messages,
    news,
    renewal,
    child,
    new_child,
    sections,
    papers,
    household_papers,
    provider_links,
    school,
    transparency,
    projection_grants,
    trusted_person_accesses,
    handovers_between_services,
    activity_history,
    history_download,
    activities,
    application_form,
    applications,
    bills,
    payment,
    payment_rounds,
    advances,
    spending,
    guest_payment,
    tariffs,
    mandates,
    payment_plans,
    quotient,
    fund_quotient,
    household_address,
    departure,
    certificates,
    help,
    person_requests,
    accompanied,
    mail_preferences,
    calendar_feed,
    alerts,
    installed_app,
    landing,
    menu_pages,
    law,
    accessibility_report,
)


def create_app(settings: Settings | None = None) -> Site:
    """Return the portal for these settings, read from the environment where none are given."""
    settings = settings or Settings.from_env()
    app = Site(__name__)
    store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
    app.extensions["preau_bus"] = Client(settings)
    app.extensions["preau_former_secrets"] = list(settings.former_secret_keys)
    app.extensions["preau_desks"] = settings.desks
    app.extensions["preau_alerts"] = alerts.Channels.from_settings(settings)
    configure_app(app, _make_portal_shell(settings))
    addresses.install(app, settings.streets)
    register = settings.register
    app.jinja_env.globals["mark"] = partial(badge_by_code, register)
    app.jinja_env.globals["marks"] = partial(badges_of_providers, register)
    app.jinja_env.globals["typist_mark"] = form_author.author_mark
    app.jinja_env.globals["draft_key"] = form_author.sealing_key_of_draft
    for label in (
        enrolment_labels.hours_in_words,
        enrolment_labels.iso_date,
        enrolment_labels.iso_month,
        enrolment_labels.join_names,
        enrolment_labels.weekdays_in_words,
        bill_labels.price_reason_sentence,
    ):
        app.jinja_env.filters[label.__name__] = label
    for part in PARTS:
        app.register_blueprint(part.blueprint)
    openid.install(app, _pages_of_families())
    accompanied_hooks.install_hooks(app)
    joined_child_redirect.install_hooks(app)
    installed_app.install_hooks(app)
    csrf.exempt_views(
        app,
        payment.return_from_payfip,
        payment.receive_notification,
        mail_preferences.end,
        tariffs.simulate,
    )
    uploads.allow_uploads(app, messages.write, messages.reply)
    uploads.allow_uploads(app, steps.add_paper, largest=LARGEST_SENT + LARGEST_FORM)
    uploads.allow_uploads(app, new_child.add, largest=2 * LARGEST_SENT + LARGEST_FORM)
    for keeps in (papers.keep, household_papers.keep):
        uploads.allow_uploads(app, keeps, largest=paper_forms.LARGEST_FORM + LARGEST_FORM)
    app.register_error_handler(NotSignedIn, _redirect_to_sign_in)
    app.register_error_handler(CSRFError, _return_stale_form)
    app.register_error_handler(PasswordNeeded, _redirect_to_password)
    app.add_url_rule("/health", "health", health)
    app.context_processor(_shell_for_others_days_only)
    return app


def _pages_of_families() -> openid.Pages:
    """Return what families' pages lend to those of signing in elsewhere."""
    return openid.Pages(
        provider=lambda: store.register.now.town.families_openid,
        bus=current_user.bus,
        ask=current_user.ask,
        session=lambda: current_user.session_with_token().identity_session,
        require_proof=require_recent_proof,
        sign_in_page=sign_in.sign_in_page,
        start_session=sign_in.start_session,
        passkey_part="portal/passkey_for_code.html",
    )


def _shell_for_others_days_only() -> dict[str, object]:
    """Leave out of the navigation what somebody who sees others' days alone has nothing of."""
    own = own_matters()
    left_out = {PLACES_TAB: not own.places, BILLS_TAB: not own.bills}
    if not any(left_out.values()):
        return {}
    tabs = tuple(tab for tab in TABS if not left_out.get(tab.endpoint))
    return {"shell": replace(shell_here(), tabs=tabs)}


def health() -> tuple[dict[str, object], int]:
    """Report to operations whether this process can read its database and its register."""
    with store.read() as read:
        read.connection()
    stale = store.register.is_stale
    return {"ready": not stale, "database": True, "register": not stale}, 503 if stale else 200


def _redirect_to_sign_in(_refusal: NotSignedIn) -> Response:
    """
    Redirect to the sign-in page, with the address to come back to.

    A submitted form is saved in the session's row, sealed, and comes back after signing in.
    """
    secret = cookies.read(current_user.COOKIE)
    if current_user.current_session() is not None:
        sessions.close_withdrawn_session(secret, now())
        visit_commands.end_accompanied_session(secret, now())
    if session_of_browser(secret, now()) is not None:
        return redirect(url_for("visits.summary"), 303)
    kept = _save_form()
    why = "garde" if kept else "fin" if secret else None
    back = request.full_path.rstrip("?") if request.method == "GET" else request.path
    response = redirect(url_for("sign_in.show", retour=back, etat=why), 303)
    if kept not in ("", secret):
        cookies.write(response, current_user.COOKIE, kept)
    return response


def _return_stale_form(_error: CSRFError) -> ResponseReturnValue:
    """
    Give a form back whose token is of another session, as after signing in in a second tab.

    A POST from another site brings no session cookie (SameSite), hence saves no form.
    """
    if request.blueprint in ("sign_in", "second_step") or request.endpoint == "openid.begin":
        back = request.form.get("retour")
        return redirect(url_for("sign_in.show", etat="page", retour=back), 303)
    if request.endpoint in current_user.SAVES_FORM and current_user.current_session() is None:
        return _redirect_to_sign_in(NotSignedIn())
    if _save_form():
        return redirect(request.path, 303)
    return errors.show_error_page(errors.STALE_FORM)


def _redirect_to_password(_needed: PasswordNeeded) -> Response:
    """Ask for the password again; then the page is shown, with what was typed where it may be."""
    _save_form()
    return redirect(url_for("own_access.ask_password", retour=request.path), 303)


def _save_form() -> str:
    """
    Save what was submitted, for a page that gives it back; return its row's secret, "" if none.

    It is kept in the typist's own session; without one, in a row of its own.
    """
    if request.method != "POST" or request.endpoint not in current_user.SAVES_FORM:
        return ""
    secret, here = cookies.read(current_user.COOKIE), current_user.current_session()
    typist = form_author.author_of_mark(request.form.get(form_author.FIELD, ""))
    if here is not None and typist and typist != (here.subject, here.visit_id):
        return ""
    form = (request.path, current_user.sent_form_fields())
    if sessions.save_form(secret, *form, of=typist.subject if typist else ""):
        return secret
    if typist is None or typist.visit_id or not sign_in_limits.may_keep_form():
        return ""
    return sessions.save_form_without_session(typist.subject, *form, now())


def _make_portal_shell(settings: Settings) -> Shell:
    return Shell(
        principal=settings.principal,
        register=settings.register,
        secret_key=settings.secret_key,
        antivirus=settings.antivirus,
        layout="theme/portal.html",
        who=current_user.name_of_user,
        home="home.show",
        sign_in="sign_in.show",
        sign_out="sign_in.sign_out",
        account="help.show_own_account",
        help="help.show",
        rights="person_requests.list_requests",
        messages="messages.show",
        unread_messages=unread_messages_badge,
        prices="tariffs.show",
        manifest="installed.manifest",
        law_pages=LAW_PAGES,
        news="news.show",
        unread=unread_news_badge,
        live=settings.live_url,
        position=stream_position,
        tabs=TABS,
        banner="portal/visit_banner.html",
    )
