"""A breach: whom it touched, until when the CNIL is told, and the notification laid out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.data_protection import breach_document as documents
from shared.contracts.dossier.read_log import BreachScopeAnswer, BreachScopeRequest, breach_scope
from shared.contracts.sections import PROJECTIONS
from shared.dates.clock import PARIS, now
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.base import downloads
from shared.web.base.app import shell_here
from shared.web.forms.forms import Form

blueprint = Blueprint("breaches", __name__, url_prefix="/donnees/violation")

TOLD_WITHIN = timedelta(hours=72)
"""From the moment at which one knew (GDPR, article 33)."""
PATIENCE = 30.0
MOMENTS = ("since", "until", "known")
TEXTS = ("nature", "consequences", "measures", "told", "late")
MOST = 2000
ALL_FAMILIES = "toutes"
"""Stands in the form for a service that holds all families."""


@blueprint.get("")
@agent.may(PERSON_REQUESTS)
def show() -> str:
    """Show the form: whose data, from when to when, and since when one knows."""
    return _page(Form({}), None)


@blueprint.post("")
@agent.may(PERSON_REQUESTS)
def measure() -> ResponseReturnValue:
    """Say whom it touched and until when to tell, or lay the notification out; nothing is kept."""
    form = Form({name: _typed(name) for name in ("service", *MOMENTS, *TEXTS)})
    moments = _moments(form)
    _check_texts(form)
    if form.errors:
        return _page(form, None), 422
    scope = agent.ask(
        breach_scope,
        BreachScopeRequest(moments["since"], moments["until"], _provider(form) or None),
        deadline=PATIENCE,
    )
    if request.form.get("form") != "pdf":
        return _page(form, scope, moments["known"])
    register = shell_here().register
    facts = documents.Notification(
        controller=register.controller_of(_provider(form)),
        service=dict(_offices())[form.value("service")],
        since=moments["since"],
        until=moments["until"],
        known=moments["known"],
        due=moments["known"] + TOLD_WITHIN,
        scope=scope,
        texts={name: form.value(name) for name in TEXTS},
    )
    content = documents.notification_pdf(facts, register.now.town.name, now())
    return downloads.file_to_save(content, "notification-cnil.pdf", "application/pdf")


def _provider(form: Form) -> str:
    """Return the provider's code, "" for a service that holds all families."""
    chosen = form.value("service")
    return "" if chosen == ALL_FAMILIES else chosen


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def _moments(form: Form) -> Mapping[str, datetime]:
    found = {}
    for name in MOMENTS:
        try:
            found[name] = datetime.fromisoformat(form.value(name)).replace(tzinfo=PARIS)
        except ValueError:
            form.errors[name] = _("Écrivez un jour et une heure.")
    if form.value("service") not in dict(_offices()):
        form.errors["service"] = _("Choisissez un service.")
    if not form.errors and found["since"] >= found["until"]:
        form.errors["until"] = _("La fin vient après le début.")
    if not form.errors and found["known"] > now():
        form.errors["known"] = _("Un moment passé.")
    return found


def _check_texts(form: Form) -> None:
    for name in TEXTS:
        if len(form.value(name)) > MOST:
            form.errors[name] = _("Écrivez %(most)s caractères au plus.", most=MOST)


def _offices() -> list[tuple[str, str]]:
    register = shell_here().register.now
    offices: list[Any] = [
        *register.providers,
        *([register.front_desk] if register.front_desk else []),
    ]
    everybody = _("un service qui a toutes les familles (dossier, facturation, comptes, espace)")
    return [*((each.code, each.label) for each in offices), (ALL_FAMILIES, everybody)]


def _page(form: Form, scope: BreachScopeAnswer | None, known: datetime | None = None) -> str:
    form.labels = {
        "service": _("Quel service"),
        "since": _("Depuis"),
        "until": _("Jusqu’à"),
        "known": _("Su le"),
        "nature": _("Ce qui s’est passé"),
        "consequences": _("Conséquences probables"),
        "measures": _("Mesures prises"),
        "told": _("Comment les familles sont prévenues"),
        "late": _("Pourquoi après 72 heures"),
    }
    due = known + TOLD_WITHIN if known else None
    return render_template(
        "front_desk/breach.html",
        form=form,
        scope=scope,
        due=due,
        hours_left=int((due - now()).total_seconds() // 3600) if due else 0,
        offices=_offices(),
        parts_held=[_(PROJECTIONS[code].label) for code in scope.projections] if scope else [],
        texts=[(name, form.labels[name]) for name in TEXTS],
        most=MOST,
    )
