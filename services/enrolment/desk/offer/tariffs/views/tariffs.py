"""Pages of the provider's tariffs for its administrator: what holds today and what comes."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.offer.activity_and_group_forms import make_form_of_sent
from services.enrolment.desk.offer.tariffs import labels
from services.enrolment.desk.offer.tariffs.forms import terms as tariff_terms
from services.enrolment.offer.tariffs import queries as tariffs_queries
from services.enrolment.offer.tariffs.commands import editing
from services.enrolment.offer.tariffs.commands.editing import HasBegun
from services.enrolment.offer.tariffs.rules import grid_succession
from services.enrolment.offer.tariffs.rules.grid_succession import NoSuchGrid, PastWouldChange
from services.enrolment.offer.tariffs.rules.terms import ChangedTerms
from services.enrolment.store import store
from shared.contracts.enrolment.tariffs import Tariff as TariffContent
from shared.contracts.errors import NotFound
from shared.dates.clock import today
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.prices import grid_tables

REGIE = "regie"
"""The right beside this one with which an agent tries a grid on a past year."""

blueprint = Blueprint("tariffs", __name__, url_prefix="/tarifs")


@blueprint.get("")
@agent.for_administrators
def show() -> str:
    """Show all tariffs, and the activities that have none."""
    with store.read() as read:
        tariffs, classes = (
            tariffs_queries.tariffs_by_code(read),
            tariffs_queries.residence_classes(read),
        )
    priced = {content["activity"] for content in tariffs.values()}
    free = [label for code, label in labels.activity_choices() if code not in priced]
    return render_template(
        "desk/tariffs/list.html",
        tariffs=tariffs,
        classes=classes,
        free=free,
        labels=labels,
        grids=grid_succession,
    )


@blueprint.get("/<code>")
@agent.for_administrators
def show_tariff(code: str) -> str:
    """Show one tariff with all its grids."""
    return tariff_page(code, Form({"last_day": today().isoformat()}))


@blueprint.post("/<code>/terminer")
@agent.for_administrators
def end_tariff(code: str) -> ResponseReturnValue:
    """End a tariff with a day, today or later."""
    form = Form({"last_day": request.form.get("last_day", "").strip()})
    last_day = read_day(form.value("last_day"))
    try:
        if last_day is None:
            raise PastWouldChange
        with store.write() as write:
            editing.end_tariff(write, code, last_day, today())
    except PastWouldChange:
        form.errors = {"last_day": _("Écrivez le dernier jour : aujourd’hui ou plus tard.")}
        return tariff_page(code, form), 422
    except NoSuchGrid:
        form.errors = {"last_day": _("Aucune grille ne court jusqu’à ce jour.")}
        return tariff_page(code, form), 422
    except NotFound:
        abort(404)
    flash("ended")
    return redirect(url_for("tariffs.show_tariff", code=code), 303)


@blueprint.post("/<code>/grilles/<first>/supprimer")
@agent.for_administrators
def remove_grid(code: str, first: str) -> ResponseReturnValue:
    """Take a coming grid out; the one before it goes on."""
    begins = read_day(first) or abort(404)
    try:
        with store.write() as write:
            editing.remove_grid(write, code, begins, today())
    except (NotFound, NoSuchGrid):
        abort(404)
    except PastWouldChange:
        flash("has_begun")
    else:
        flash("removed")
    return _redirect_after_removal(code)


@blueprint.post("/<code>/retirer")
@agent.for_administrators
def withdraw_unused_tariff(code: str) -> ResponseReturnValue:
    """Withdraw a tariff that has priced no day yet."""
    try:
        with store.write() as write:
            editing.withdraw_tariff(write, code, today())
    except NotFound:
        abort(404)
    except HasBegun:
        flash("has_begun")
        return redirect(url_for("tariffs.show_tariff", code=code), 303)
    flash("withdrawn")
    return redirect(url_for("tariffs.show"), 303)


@blueprint.get("/<code>/modifier")
@agent.for_administrators
def show_terms_form(code: str) -> str:
    """Show what may change of a tariff besides its grids."""
    content = require_tariff(code)
    return _terms_page(code, content, tariff_terms.make_terms_form(content))


@blueprint.post("/<code>/modifier")
@agent.for_administrators
def change_terms(code: str) -> ResponseReturnValue:
    """Change the name of a tariff, its durations or its periods to come."""
    content, sent = require_tariff(code), request.form.to_dict(flat=False)
    form = make_form_of_sent(sent)
    if "add" in sent or "remove" in sent:
        return _terms_page(code, content, _with_period_rows(form, sent))
    terms = tariff_terms.read_changeable_terms(form, content["unit"])
    if not form.errors:
        _write_terms(code, form, terms)
    if form.errors:
        return _terms_page(code, content, form), 422
    flash("saved")
    return redirect(url_for("tariffs.show_tariff", code=code), 303)


def tariff_page(code: str, form: Form) -> str:
    """Return the page of one tariff."""
    form.labels = {"last_day": _("Dernier jour")}
    content = require_tariff(code)
    with store.read() as read:
        classes, everything = (
            tariffs_queries.residence_classes(read),
            tariffs_queries.tariffs_by_code(read),
        )
    twins = [
        other["label"]
        for name, other in everything.items()
        if name != code and other["activity"] == content["activity"]
    ]
    return render_template(
        "desk/tariffs/tariff.html",
        code=code,
        tariff=content,
        form=form,
        others=twins,
        running=grid_succession.running_grid(content, today()),
        upcoming=grid_succession.upcoming_grids(content, today()),
        over=grid_succession.past_grids(content, today()),
        begun=grid_succession.has_any_priced_day(content, today()),
        tables_of=lambda grid: grid_tables.tables_of(
            grid, content["residences"], content["variants"]
        ),
        classes=labels.class_names(classes),
        labels=labels,
        collects=REGIE in agent.require_agent().sight.permissions,
    )


def require_tariff(code: str) -> TariffContent:
    """Return a tariff, or answer that there is none."""
    try:
        with store.read() as read:
            return tariffs_queries.require_tariff(read, code)
    except NotFound:
        abort(404)


def _redirect_after_removal(code: str) -> ResponseReturnValue:
    """Redirect to the tariff's page, or to all tariffs where its only grid is gone."""
    with store.read() as read:
        is_stored = code in tariffs_queries.tariffs_by_code(read)
    return redirect(
        url_for("tariffs.show_tariff", code=code) if is_stored else url_for("tariffs.show"), 303
    )


def _write_terms(code: str, form: Form, terms: ChangedTerms) -> None:
    try:
        with store.write() as write:
            editing.change_terms(write, code, terms, today())
    except PastWouldChange:
        name = tariff_terms.PERIODS if terms["periods"] else "unit_minutes"
        form.errors[name] = _("Ce qui a commencé ne change plus : écrivez un autre tarif.")


def _with_period_rows(form: Form, sent: dict[str, list[str]]) -> Form:
    for row in sent.get("remove", ())[:1]:
        form.values = {
            name: value for name, value in form.values.items() if not name.startswith(f"{row}-")
        }
    if "add" in sent:
        form.values[f"periods-{form.next_row('periods')}-label"] = ""
    return form


def _terms_page(code: str, content: TariffContent, form: Form) -> str:
    form.labels = tariff_terms.label_fields(form)
    return render_template(
        "desk/tariffs/terms.html", code=code, tariff=content, form=form, labels=labels
    )
