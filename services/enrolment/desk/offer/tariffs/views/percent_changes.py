"""Page on which the administrator copies a grid with all its amounts changed by a percentage."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.offer.activity_and_group_forms import make_form_of_sent
from services.enrolment.desk.offer.tariffs import labels
from services.enrolment.desk.offer.tariffs.views.tariffs import require_tariff
from services.enrolment.desk.page_parts.parsing import read_percent_change
from services.enrolment.offer.tariffs import queries as tariffs_queries
from services.enrolment.offer.tariffs.commands import editing
from services.enrolment.offer.tariffs.queries import Unfit
from services.enrolment.offer.tariffs.rules import grid_succession, percent_changes
from services.enrolment.offer.tariffs.rules.grid_succession import NoSuchGrid, PastWouldChange
from services.enrolment.store import store
from shared.contracts.enrolment.tariffs import Grid, Tariff
from shared.dates.clock import today
from shared.web.forms.form_data import Form, flat_errors
from shared.web.forms.parsing import read_day
from shared.web.prices import grid_tables

blueprint = Blueprint("tariff_changes", __name__, url_prefix="/tarifs/<code>/pourcentage")


@blueprint.get("")
@agent.for_administrators
def show(code: str) -> str:
    """Ask by how much, from when on, and by which decision."""
    return _page(code, require_tariff(code), Form({"step": "1"}))


@blueprint.post("")
@agent.for_administrators
def change(code: str) -> ResponseReturnValue:
    """Show what would come out; write it once it is confirmed."""
    content, form = require_tariff(code), make_form_of_sent(request.form.to_dict(flat=False))
    grid = _changed_grid(form, content)
    if grid is not None and "save" in request.form:
        _write_grid(code, form, grid)
        if not form.errors:
            flash("saved")
            return redirect(url_for("tariffs.show_tariff", code=code), 303)
    return _page(code, content, form, grid), 422 if form.errors else 200


def _changed_grid(form: Form, content: Tariff) -> Grid | None:
    """Return the grid that comes out, None where the form says what is lacking."""
    percent, first = read_percent_change(form.value("percent")), read_day(form.value("valid_from"))
    if not percent:
        form.errors["percent"] = _("Écrivez de combien, par exemple 2,5 ou -1.")
    if first is None or first <= today():
        form.errors["valid_from"] = _("Écrivez une date à partir de demain.")
    if not form.value("decision"):
        form.errors["decision"] = _("Écrivez quelle décision fixe ces prix.")
    if form.value("step") not in labels.STEPS:
        form.errors["step"] = _("Choisissez une réponse.")
    if form.errors or percent is None or first is None:
        return None
    changed = percent_changes.change_grid_amounts(
        grid_succession.last_grid(content), percent, int(form.value("step"))
    )
    decision = form.value("decision")[:120]
    return {**changed, "valid_from": first, "valid_to": None, "decision": decision}


def _write_grid(code: str, form: Form, grid: Grid) -> None:
    try:
        with store.write() as write:
            editing.add_grid(write, code, grid, today(), variants=_attendance_modes_of_grid(grid))
    except (PastWouldChange, NoSuchGrid):
        form.errors["valid_from"] = _("Écrivez une date à partir de demain.")
    except Unfit as unfit:
        form.errors["valid_from"] = " ".join(dict.fromkeys(flat_errors(unfit.errors).values()))


def _attendance_modes_of_grid(grid: Grid) -> list[str]:
    columns = [column for part in grid["parts"] for column in part["columns"]]
    return sorted({column["variant"] for column in columns})


def _page(code: str, content: Tariff, form: Form, grid: Grid | None = None) -> str:
    with store.read() as read:
        classes = labels.class_names(tariffs_queries.residence_classes(read))
    form.labels = {
        "percent": _("Changement"),
        "valid_from": _("À partir du"),
        "decision": _("Décision"),
    }
    return render_template(
        "desk/tariffs/percent.html",
        code=code,
        tariff=content,
        form=form,
        before=grid_succession.last_grid(content),
        after=grid,
        classes=classes,
        labels=labels,
        tables_of=lambda change: grid_tables.tables_of(
            change, content["residences"], content["variants"]
        ),
    )
