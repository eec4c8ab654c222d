"""A child's services: attach one, knowing what it will receive; end one, knowing what stays."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from services.portal_gateway.labels import dossier as record_labels
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import (
    Child,
    Family,
    family_from_answer_and_remember,
    last_known_family,
)
from services.portal_gateway.session.recent_proof import require_recent_proof
from shared.contracts.dossier import guardians
from shared.contracts.errors import NoAnswer, NotFound, Unavailable
from shared.contracts.message import Empty, Method
from shared.register import Provider, Register
from shared.register.entitlement import Activity, activities_with_projection
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.language.languages import words_in_french
from shared.web.language.provider_badges import badge_of_provider
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("services", __name__)


@blueprint.get("/enfants/<child_id>/services")
@current_user.signed_in
def choose_service(child_id: str) -> str:
    """Show the services that do not follow the child yet, and what each would receive."""
    return _choices_page(_fetch_family().ward(child_id))


@blueprint.post("/enfants/<child_id>/services")
@current_user.signed_in
def attach(child_id: str) -> ResponseReturnValue:
    """Attach a service; what it is entitled to is sent at once."""
    provider = _require_running_provider(request.form.get("provider", ""))
    try:
        _change_link(guardians.open_link, child_id, provider)
    except (NoAnswer, Unavailable):
        return _choices_page(
            last_known_family(current_user.session_with_token()).ward(child_id), unavailable=True
        ), 503
    flash(provider.code, "attached")
    return redirect(url_for("child.show", child_id=child_id), 303)


@blueprint.post("/enfants/<child_id>/services/<code>/garder")
@current_user.signed_in
def keep(child_id: str, code: str) -> ResponseReturnValue:
    """Take back that one's own home wanted a service to end; what has ended is not begun anew."""
    provider = _require_running_provider(code)
    try:
        runs = code in _fetch_family().ward(child_id).providers
        if runs:
            _change_link(guardians.open_link, child_id, provider)
    except (NoAnswer, Unavailable):
        child = last_known_family(current_user.session_with_token()).ward(child_id)
        return _ending_page(child, code, unavailable=True), 503
    flash(provider.code, "kept" if runs else "ended")
    return redirect(url_for("child.show", child_id=child_id), 303)


@blueprint.get("/enfants/<child_id>/services/<code>/fin")
@require_recent_proof
def show_end_form(child_id: str, code: str) -> str:
    """Say what ending a service changes, before it is ended."""
    return _ending_page(_fetch_family().ward(child_id), code)


@blueprint.post("/enfants/<child_id>/services/<code>/fin")
@require_recent_proof
def end(child_id: str, code: str) -> ResponseReturnValue:
    """End a service, or ask for it where the other parent has a word: then it waits for that."""
    provider = _require_provider(code)
    try:
        answer = _change_link(guardians.close_link, child_id, provider)
    except (NoAnswer, Unavailable):
        child = last_known_family(current_user.session_with_token()).ward(child_id)
        return _ending_page(child, code, unavailable=True), 503
    flash(provider.code, "end_asked" if answer.waits else "ended")
    return redirect(url_for("child.show", child_id=child_id), 303)


@dataclass(frozen=True)
class Received:
    """
    A projection that a provider receives of a child, and for which of its activities.

    `narrowed`: of the children at these activities alone (rule R2).
    """

    label: str
    purpose: str
    activities: tuple[Activity, ...]
    for_all: bool
    narrowed: bool

    @property
    def purpose_and_activities(self) -> str:
        """Return the purpose, with the activities that it serves where it is not all of them."""
        if self.for_all or not self.activities:
            return words_in_french(self.purpose)
        names = ", ".join(each.label for each in self.activities)
        said = {"purpose": words_in_french(self.purpose), "activities": words_in_french(names)}
        return Markup(_("%(purpose)s (pour : %(activities)s)")) % said

    def is_received_for_activity(self, activity_code: str) -> bool:
        """Return whether it is received for this activity; unknown codes are served by all."""
        codes = {each.code for each in self.activities}
        return self.for_all or not codes or activity_code in codes


def projections_received(register: Register, provider: Provider) -> list[Received]:
    """Return what a provider receives of a child, in reading order."""
    entitled = register.usual_projections(provider.principal)
    rows = register.now.entitlements
    narrowed = {row.projection for row in rows if row.provider == provider.code and row.activities}
    return [
        Received(
            str(label),
            record_labels.purpose_of_projection(register, provider.code, projection),
            opening := tuple(activities_with_projection(projection, provider.activities)),
            len(opening) == len(provider.activities),
            projection in narrowed,
        )
        for projection, label in record_labels.PROJECTIONS.items()
        if projection in entitled
    ]


def _fetch_family() -> Family:
    (children,) = current_user.ask_all(round_request(guardians.my_children, Empty()))
    return family_from_answer_and_remember(children)


def _change_link(
    method: Method[guardians.LinkRequest, guardians.LinkAnswer], child_id: str, provider: Provider
) -> guardians.LinkAnswer:
    form_key = request.form.get("act", "")
    if not 0 < len(form_key) <= 40:
        abort(400)
    asked = guardians.LinkRequest(child_id, provider.code)
    return current_user.ask(method, asked, request_id=form_key)


def _require_running_provider(code: str) -> Provider:
    rows = shell_here().register.running_providers
    return next((row for row in rows if row.code == code), None) or abort(404)


def _require_provider(code: str) -> Provider:
    rows = shell_here().register.now.providers
    return next((row for row in rows if row.code == code), None) or abort(404)


def _choices_page(child: Child, unavailable: bool = False) -> str:
    register = shell_here().register
    offered = [
        {
            "mark": badge_of_provider(provider),
            "activities": [activity.label for activity in provider.activities],
            "receives": projections_received(register, provider),
        }
        for provider in register.running_providers
        if provider.code not in child.providers
    ]
    return render_template(
        "portal/services.html",
        child=child,
        offered=offered,
        form_key=new_id(),
        unavailable=unavailable,
    )


def _ending_page(child: Child, code: str, unavailable: bool = False) -> str:
    provider = _require_provider(code)
    if code not in child.providers:
        raise NotFound
    return render_template(
        "portal/end_service.html",
        child=child,
        provider=badge_of_provider(provider),
        form_key=new_id(),
        unavailable=unavailable,
    )
