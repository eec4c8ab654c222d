"""Page on which the administrator says who signs certificates of enrolment, and as what."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.school_year.enrolments import forms, labels
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    requires_administering_schools,
)
from services.enrolment.school_year.enrolments.commands.certificate_signature import (
    set_certificate_signature,
)
from services.enrolment.school_year.enrolments.queries.enrolments import certificate_signature
from services.enrolment.store import store
from shared.contracts.enrolment.school_year.schools import WHO_SIGNS
from shared.dates.clock import now
from shared.web.forms.form_data import Form

blueprint = Blueprint("school_signature", __name__, url_prefix="/ecoles/signature")

FIELDS = ("acts_as", "quality", "signer", "delegation", "place", "deliberation", "address", "court")


@blueprint.get("")
@requires_administering_schools
def show() -> str:
    """Show who signs."""
    with store.read() as read:
        form = forms.make_signature_form(certificate_signature(read))
    return _page(form)


@blueprint.post("")
@requires_administering_schools
def change() -> ResponseReturnValue:
    """Write who signs from now on."""
    form = Form({name: " ".join(request.form.get(name, "").split()) for name in FIELDS})
    fields = forms.read_signature(form)
    if form.errors:
        return _page(form), 422
    by = agent.require_agent().session.subject
    with store.write() as write:
        set_certificate_signature(write, fields, by=by, now=now())
    flash("signature", "school_enrolments")
    return redirect(url_for("school_signature.show"), 303)


def _page(form: Form) -> str:
    form.labels = {
        "acts_as": _("Signe"),
        "quality": _("Qualité"),
        "signer": _("Prénom et nom"),
        "delegation": _("Délégation"),
        "place": _("Lieu"),
        "deliberation": _("Délibération"),
        "address": _("Adresse pour un recours"),
        "court": _("Tribunal administratif"),
    }
    return render_template(
        "desk/school_enrolments/signature.html", form=form, labels=labels, who=WHO_SIGNS
    )
