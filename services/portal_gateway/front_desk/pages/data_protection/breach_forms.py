"""The form of a breach: read with its mistakes, filled from what is kept."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from flask import abort, request
from flask_babel import gettext as _

from services.portal_gateway.front_desk.breaches.queries import kept_breach
from services.portal_gateway.front_desk.breaches.rules import (
    BreachDetails,
    KeptBreach,
    first_moment_after,
)
from services.portal_gateway.front_desk.store import store
from shared.contracts.dossier.data_protection.read_log import (
    BreachScopeAnswer,
    BreachScopeRequest,
    HouseholdsTouchedRequest,
    breach_scope,
)
from shared.contracts.errors import NotFound
from shared.dates.clock import PARIS, now
from shared.register import Office
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form

MOMENTS = ("since", "until", "known")
TEXTS = ("nature", "consequences", "measures", "notified", "late")
MOST = 2000
ALL_FAMILIES = "toutes"
"""Stands in the form for a service that holds all families."""
PATIENCE = 30.0


def sent_form() -> Form:
    """Return what was typed, with its mistakes."""
    form = Form(
        {name: text_of_field(name) for name in ("service", *MOMENTS, *TEXTS)}, labels=field_labels()
    )
    moments = {name: moment_of_field(form, name) for name in MOMENTS}
    if form.value("service") not in dict(office_choices()):
        form.errors["service"] = _("Choisissez un service.")
    since, until, known = (moments[name] for name in MOMENTS)
    if not form.errors and since and until and since >= until:
        form.errors["until"] = _("La fin vient après le début.")
    if not form.errors and known and known > now():
        form.errors["known"] = _("Un moment passé.")
    if not form.errors and known and since and known < since:
        form.errors["known"] = _("Pas avant que cela ait commencé.")
    for name in TEXTS:
        refuse_long_text(form, name)
    return form


def form_of_breach(details: BreachDetails) -> Form:
    """Return the form as what is kept fills it."""
    moments = {name: _moment_as_typed(getattr(details, name)) for name in MOMENTS}
    return Form({"service": details.service, **moments, **details.texts}, labels=field_labels())


def form_of_outcome(breach: KeptBreach) -> Form:
    """Return the form of what became of a breach, as what is kept fills it."""
    notified = _moment_as_typed(breach.notified_at) if breach.notified_at else ""
    return Form({"notified_at": notified, "why_not_notified": breach.why_not_notified})


def breach_details_with_scope(form: Form) -> BreachDetails:
    """Return what a form without mistakes says, with what the dossier measures of it."""
    since, until, known = (_parse_moment(form.value(name)) for name in MOMENTS)
    provider = provider_code_of(form.value("service"))
    wanted = BreachScopeRequest(since, first_moment_after(until), provider)
    scope = agent.ask(breach_scope, wanted, deadline=PATIENCE)
    texts = {name: form.value(name) for name in TEXTS}
    return BreachDetails(form.value("service"), since, until, known, texts, asdict(scope))


def affected_households_request(
    details: BreachDetails, after: str | None
) -> HouseholdsTouchedRequest:
    """Return the request for the households that a breach touched, by id after `after`."""
    provider, end = provider_code_of(details.service), first_moment_after(details.until)
    return HouseholdsTouchedRequest(details.since, end, provider, after)


def require_breach(breach_id: UUID) -> KeptBreach:
    """Return a breach of the record; answers 404 where there is none."""
    try:
        with store.read() as read:
            return kept_breach(read, str(breach_id))
    except NotFound:
        abort(404)


def breach_scope_of(details: BreachDetails) -> BreachScopeAnswer:
    """Return what was measured of a breach."""
    return BreachScopeAnswer(**details.scope)


def provider_code_of(service: str) -> str | None:
    """Return the provider's code; None for a service that holds all families."""
    return None if service == ALL_FAMILIES else service


def text_of_field(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def moment_of_field(form: Form, name: str) -> datetime | None:
    """Return a moment of the form; what is none is said to be so."""
    try:
        return _parse_moment(form.value(name))
    except ValueError:
        form.errors[name] = _("Écrivez un jour et une heure.")
        return None


def refuse_long_text(form: Form, name: str) -> None:
    if len(form.value(name)) > MOST:
        form.errors[name] = _("Écrivez %(most)s caractères au plus.", most=MOST)


def office_choices() -> list[tuple[str, str]]:
    """Return the services of which data may be in danger, by code."""
    register = shell_here().register.now
    desk = [register.front_desk] if register.front_desk else []
    every: list[Office] = [*register.providers, *desk]
    everybody = _("un service qui a toutes les familles (dossier, facturation, comptes, espace)")
    return [*((each.code, each.label) for each in every), (ALL_FAMILIES, everybody)]


def office_label(service: str) -> str:
    """Return what a service is called; one that has left by its code."""
    return dict(office_choices()).get(service, service)


def field_labels() -> dict[str, str]:
    return {
        "service": _("Quel service"),
        "since": _("Depuis"),
        "until": _("Jusqu’à"),
        "known": _("Su le"),
        "nature": _("Ce qui s’est passé"),
        "consequences": _("Conséquences probables"),
        "measures": _("Mesures prises"),
        "notified": _("Comment les familles sont prévenues"),
        "late": _("Pourquoi après 72 heures"),
    }


def text_fields() -> Mapping[str, str]:
    """Return the fields that are written in words, with their labels."""
    return {name: field_labels()[name] for name in TEXTS}


def _parse_moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def _moment_as_typed(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%Y-%m-%dT%H:%M}"
