"""Pages on which the administrator says which commune is of which residence class, from when on."""

import re

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.offer.activity_and_group_forms import code_for_label, make_form_of_sent
from services.enrolment.desk.offer.tariffs import labels
from services.enrolment.offer.tariffs import queries as tariffs_queries
from services.enrolment.offer.tariffs.commands import residence_classes as classes
from services.enrolment.offer.tariffs.commands.residence_classes import InUse
from services.enrolment.offer.tariffs.rules import commune_class_table
from services.enrolment.offer.tariffs.rules.commune_class_table import PastWouldChange
from services.enrolment.store import store
from shared.contracts.enrolment.tariffs import CommuneLine, ResidenceClass, Residences
from shared.dates.clock import today
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("residences", __name__, url_prefix="/residences")

MOST_CLASSES = 20


@blueprint.get("")
@agent.for_administrators
def show() -> str:
    """Show the classes, the communes of each, and how to change them."""
    return _page(Form())


@blueprint.post("")
@agent.for_administrators
def write_first_classes() -> ResponseReturnValue:
    """Write the first two classes: those from local, and all others."""
    form = make_form_of_sent(request.form.to_dict(flat=False))
    local, elsewhere = form.value("here")[:60], form.value("elsewhere")[:60]
    for name, value in (("here", local), ("elsewhere", elsewhere)):
        if not value:
            form.errors[name] = _("Écrivez un nom.")
    if form.errors:
        return _page(form), 422
    first = code_for_label(local, ())
    second = code_for_label(elsewhere, {first})
    named: list[ResidenceClass] = [
        {"code": first, "label": local},
        {"code": second, "label": elsewhere},
    ]
    with store.write() as write:
        classes.write_first_classes(write, named, second)
    return _redirect_after_saving()


@blueprint.post("/classes")
@agent.for_administrators
def add_class() -> ResponseReturnValue:
    """Add a class; at first it pays what those from elsewhere pay."""
    form, content = make_form_of_sent(request.form.to_dict(flat=False)), _require_residences()
    label = form.value("label")[:60]
    if not label:
        form.errors["label"] = _("Écrivez un nom.")
    elif label in labels.class_names(content).values():
        form.errors["label"] = _("Une classe porte déjà ce nom.")
    elif len(content["classes"]) >= MOST_CLASSES:
        form.errors["label"] = _("Il y a déjà %(most)d classes.", most=MOST_CLASSES)
    if form.errors:
        return _page(form), 422
    with store.write() as write:
        classes.add_class(write, code_for_label(label, labels.class_names(content)), label, today())
    return _redirect_after_saving()


@blueprint.post("/classes/<code>")
@agent.for_administrators
def rename_class(code: str) -> ResponseReturnValue:
    """Give a class another name."""
    form = make_form_of_sent(request.form.to_dict(flat=False))
    label = form.value(f"label-{code}")[:60]
    if not label:
        form.errors[f"label-{code}"] = _("Écrivez un nom.")
        return _page(form), 422
    with store.write() as write:
        classes.rename_class(write, code, label, today())
    return _redirect_after_saving()


@blueprint.post("/classes/<code>/retirer")
@agent.for_administrators
def remove_class(code: str) -> ResponseReturnValue:
    """Remove a class that never had a commune."""
    try:
        with store.write() as write:
            classes.remove_class(write, code, today())
    except InUse:
        flash("in_use")
        return redirect(url_for("residences.show"), 303)
    return _redirect_after_saving()


@blueprint.post("/communes")
@agent.for_administrators
def place_communes() -> ResponseReturnValue:
    """Put communes into a class from a day on."""
    form, content = (
        make_form_of_sent(request.form.to_dict(flat=False), several=("communes",)),
        _require_residences(),
    )
    chosen = set(form.values["communes"]) | set(re.findall(r"[0-9A-Z]+", form.value("others")))
    first = read_day(form.value("first"))
    if not chosen:
        form.errors["communes"] = _("Choisissez au moins une commune.")
    if any(len(insee) != 5 for insee in chosen):
        form.errors["others"] = _("Un code INSEE a cinq caractères, par exemple 28085.")
    if form.value("residence") not in labels.class_names(content):
        form.errors["residence"] = _("Choisissez une réponse.")
    if first is None:
        form.errors["first"] = _("Écrivez une date, par exemple 01/01/2027.")
    elif not form.errors:
        try:
            with store.write() as write:
                classes.put_communes_into_class(
                    write, chosen, form.value("residence"), first, today()
                )
        except PastWouldChange:
            form.errors["first"] = _(
                "Les prix d’un jour passé ne changent plus : choisissez demain ou plus tard."
            )
    return (_page(form), 422) if form.errors else _redirect_after_saving()


def _redirect_after_saving() -> ResponseReturnValue:
    flash("saved")
    return redirect(url_for("residences.show"), 303)


def _require_residences() -> Residences:
    with store.read() as read:
        return tariffs_queries.residence_classes(read) or abort(404)


def _page(form: Form) -> str:
    with store.read() as read:
        content, priced = (
            tariffs_queries.residence_classes(read),
            bool(tariffs_queries.tariffs_by_code(read)),
        )
    form.labels = {
        "communes": _("Communes"),
        "others": _("Autres communes"),
        "residence": _("Classe"),
        "first": _("À partir du"),
    }
    return render_template(
        "desk/tariffs/residences.html",
        form=form,
        content=content,
        priced=priced,
        in_use=commune_class_table.classes_in_use(content) if content else set(),
        classes=labels.class_names(content),
        lines=_running_commune_lines_by_class(content),
        labels=labels,
    )


def _running_commune_lines_by_class(content: Residences | None) -> dict[str, list[CommuneLine]]:
    """Return the lines that are not over, by residence class and name of the commune."""
    lines: dict[str, list[CommuneLine]] = {}
    for line in content["communes"] if content else ():
        if line["valid_to"] is None or line["valid_to"] >= today():
            lines.setdefault(line["residence"], []).append(line)
    return {
        code: sorted(of_class, key=lambda line: (labels.commune(line["insee"]), line["valid_from"]))
        for code, of_class in lines.items()
    }
