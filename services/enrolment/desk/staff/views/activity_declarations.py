"""Declarations of this provider's activities, on which their limit of staff depends."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.attendance.staff.commands.activity_declarations import (
    store_declaration_terms,
)
from services.enrolment.attendance.staff.queries.plannable_sites import (
    activity_labels_by_code,
    stated_declaration_terms,
)
from services.enrolment.desk.staff import labels
from services.enrolment.desk.staff.access import (
    declaration_terms_by_activity,
    requires_declaring_activities,
)
from services.enrolment.store import store
from shared.web.forms.form_data import Form

blueprint = Blueprint("staff_terms", __name__, url_prefix="/equipe/declarations")


@blueprint.get("")
@requires_declaring_activities
def show() -> str:
    """Show how each activity is declared."""
    return _page(Form())


@blueprint.post("")
@requires_declaring_activities
def write_declarations() -> ResponseReturnValue:
    """Write how each activity is declared; one that is as before is left alone."""
    form = Form({name: value.strip() for name, value in request.form.items()})
    with store.write() as write:
        names = activity_labels_by_code(write)
        present = declaration_terms_by_activity(stated_declaration_terms(write))
        said = {code: form.value(code) for code in present if code in names}
        for code, chosen in said.items():
            if chosen not in labels.TERMS:
                form.errors[code] = _("Choisissez comment cet accueil est déclaré.")
        for code, chosen in ({} if form.errors else said).items():
            terms, _words = labels.TERMS[chosen]
            if terms != present[code]:
                store_declaration_terms(write, code, terms)
    if form.errors:
        return _page(form), 422
    flash("1", "stated")
    return redirect(url_for("staff_terms.show"), 303)


def _page(form: Form) -> str:
    with store.read() as read:
        names, present = (
            activity_labels_by_code(read),
            declaration_terms_by_activity(stated_declaration_terms(read)),
        )
    shown = {code: names[code] for code in present if code in names}
    for code in shown:
        form.values.setdefault(code, labels.code_of_terms(present[code]))
    form.labels = shown
    choices = [(code, words) for code, (_terms, words) in labels.TERMS.items()]
    return render_template("desk/staff/terms.html", shown=shown, choices=choices, form=form)
