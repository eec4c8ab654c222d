"""« Vous êtes gêné ? »: a barrier, reported without an account to the town's front desk."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.store import store
from shared.contracts.portal_gateway.portal_events import (
    MOST_REPORTED,
    BarrierReported,
    barrier_reported,
)
from shared.dates.clock import now
from shared.runtime.ids import new_id
from shared.web.base import sign_in_limits
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form

blueprint = Blueprint("barriers", __name__)

MOST = {"page": 200, "text": MOST_REPORTED, "contact": 254}


def has_front_desk() -> bool:
    """Say whether this town has a front desk, which reads what is reported."""
    return shell_here().register.now.front_desk is not None


@blueprint.get("/accessibilite/signaler")
def show() -> str:
    """Show the form; where nobody would read it there is none."""
    return _page(Form({"page": request.args.get("page", "")[: MOST["page"]]}))


@blueprint.post("/accessibilite/signaler")
@sign_in_limits.beginning
def report() -> ResponseReturnValue:
    """Pass a report on to the front desk; the page says so, and nothing of it is kept here."""
    form = Form({name: request.form.get(name, "").strip() for name in MOST})
    form.errors = _mistakes(form)
    if form.errors:
        return _page(form), 422
    _require_front_desk()
    reported = BarrierReported(
        new_id(), form.value("page"), form.value("text"), form.value("contact"), now()
    )
    with store.write() as write:
        write.publish(barrier_reported, reported)
    flash("", "barrier")
    return redirect(url_for("barriers.show", _anchor="confirmation"), 303)


def _require_front_desk() -> None:
    if not has_front_desk():
        abort(404)


def _mistakes(form: Form) -> dict[str, str]:
    errors = {
        name: _("%(most)s caractères au plus.", most=most)
        for name, most in MOST.items()
        if len(form.value(name)) > most
    }
    if not form.value("text"):
        errors["text"] = _("Écrivez ce qui vous gêne, en quelques mots.")
    return errors


def _page(form: Form) -> str:
    _require_front_desk()
    form.labels = {
        "page": _("Où"),
        "text": _("Ce qui vous gêne"),
        "contact": _("Comment vous répondre"),
    }
    return render_template("portal/town/report_barrier.html", form=form, most=MOST)
