"""Pages on which the administrator writes a grid, of a new tariff or of one that is there."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import product

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.offer.activity_and_group_forms import code_for_label, make_form_of_sent
from services.enrolment.desk.offer.tariffs import labels
from services.enrolment.desk.offer.tariffs.forms import grid as grid_form
from services.enrolment.desk.offer.tariffs.forms import grid_buttons
from services.enrolment.desk.offer.tariffs.forms import terms as tariff_terms
from services.enrolment.desk.offer.tariffs.forms.grid_parsing import read_grid
from services.enrolment.desk.offer.tariffs.views.tariffs import require_tariff
from services.enrolment.models import Tariff
from services.enrolment.offer.tariffs import queries as tariffs_queries
from services.enrolment.offer.tariffs.commands import editing
from services.enrolment.offer.tariffs.commands.editing import AlreadyExists, NoClasses
from services.enrolment.offer.tariffs.queries import Unfit
from services.enrolment.offer.tariffs.rules import grid_succession
from services.enrolment.offer.tariffs.rules.grid_succession import NoSuchGrid, PastWouldChange
from services.enrolment.store import store
from shared.contracts.enrolment.tariffs import BY_SESSION, TERM
from shared.contracts.enrolment.tariffs import Tariff as TariffContent
from shared.database import Write
from shared.dates.clock import today
from shared.web.forms.form_data import Form, flat_errors
from shared.web.forms.parsing import read_day

blueprint = Blueprint("tariff_grids", __name__, url_prefix="/tarifs")

TOMORROW = timedelta(days=1)
RESERVED = "nouveau"
"""The word of an address in place of a code."""


@blueprint.get("/nouveau")
@agent.for_administrators
def start_tariff() -> ResponseReturnValue:
    """Ask what a new tariff prices; then show the form of its first grid."""
    form = make_form_of_sent(request.args.to_dict(flat=False))
    classes = _class_names()
    if not classes:
        flash("classes_first")
        return redirect(url_for("residences.show"), 303)
    if request.args:
        tariff_terms.check_start_of_new_tariff(form)
    if not request.args or form.errors:
        form.labels = tariff_terms.label_fields(form)
        page = render_template("desk/tariffs/start.html", form=form, labels=labels)
        return page, 422 if form.errors else 200
    tax = tariff_terms.usual_tax_category(form.value("activity"))
    fresh = grid_form.make_first_grid_form(form.value("label")[:60], tax, list(classes), "")
    fresh.values |= {name: form.value(name) for name in ("activity", "label", "unit")}
    if form.value("unit") == TERM:
        fresh.values["periods-0-label"] = ""
    return _page(fresh, None, list(classes))


@blueprint.post("/nouveau")
@agent.for_administrators
def add_tariff() -> ResponseReturnValue:
    """Add a tariff with its first grid."""
    form, residences = _sent_form(), list(_class_names())
    if _press_button(form, residences):
        return _page(form, None, residences)
    tariff_terms.check_start_of_new_tariff(form)
    terms = tariff_terms.read_new_terms(form, residences, grid_form.attendance_modes_of_form(form))
    grid = read_grid(form, residences)
    _ask_consent(form)

    def add_tariff_under_free_code(write: Write) -> str:
        taken = {RESERVED, *(row[0] for row in write.query(Tariff.code))}
        code = code_for_label(terms["label"], taken)
        editing.add_tariff(write, code, terms, grid, today())
        return code

    code = _run_change_or_show_mistake(form, add_tariff_under_free_code)
    if code is None:
        return _page(form, None, residences), 422
    flash("saved")
    return redirect(url_for("tariffs.show_tariff", code=code), 303)


@blueprint.get("/<code>/grille")
@agent.for_administrators
def show_grid_form(code: str) -> str:
    """Show the form of a tariff's next grid, filled with the one before it; or a coming one."""
    content = require_tariff(code)
    instead = read_day(request.args.get("a-la-place", ""))
    of = next((grid for grid in content["grids"] if grid["valid_from"] == instead), None)
    grid = of or grid_succession.last_grid(content)
    form = grid_form.make_grid_form(grid, content["residences"], content["variants"])
    form.values |= {"instead": labels.day_as_form_value(instead if of else None)}
    if of is None:
        form.values |= {"valid_from": "", "decision": ""}
    return _page(form, (code, content), content["residences"])


@blueprint.post("/<code>/grille")
@agent.for_administrators
def write_grid(code: str) -> ResponseReturnValue:
    """Write a grid from its first day on."""
    content = require_tariff(code)
    form, residences = _sent_form(), content["residences"]
    if _press_button(form, residences):
        return _page(form, (code, content), residences)
    grid = read_grid(form, residences)
    instead, variants = _replaced_grid(form), grid_form.attendance_modes_of_form(form)

    def add_grid_to_tariff(write: Write) -> str:
        editing.add_grid(write, code, grid, today(), instead=instead, variants=variants)
        return code

    if _run_change_or_show_mistake(form, add_grid_to_tariff) is None:
        return _page(form, (code, content), residences), 422
    flash("saved")
    return redirect(url_for("tariffs.show_tariff", code=code), 303)


def _replaced_grid(form: Form) -> date | None:
    """Return from when the grid counts that this one replaces, None where it replaces none."""
    written = form.value("instead")
    return (read_day(written) or abort(404)) if written else None


def _class_names() -> Mapping[str, str]:
    with store.read() as read:
        return labels.class_names(tariffs_queries.residence_classes(read))


def _sent_form() -> Form:
    sent = request.form.to_dict(flat=False)
    several = [name for name in sent if name.endswith("-residences") and name[0] == "s"]
    return make_form_of_sent(sent, several=several)


def _press_button(form: Form, residences: list[str]) -> bool:
    return grid_buttons.press_button(form, request.form.to_dict(flat=False), residences)


def _ask_consent(form: Form) -> None:
    """Ask for consent to a first grid that begins in the past: it is final at once."""
    begins = read_day(form.value("valid_from"))
    if begins and begins <= today() and form.value("consent") != "yes":
        form.errors["consent"] = _("Confirmez, ou choisissez une date à partir de demain.")


def _run_change_or_show_mistake(form: Form, change: Callable[[Write], str]) -> str | None:
    """Run a change and return the tariff's code; None where the form now says why not."""
    if form.errors:
        return None
    try:
        with store.write() as write:
            return change(write)
    except (PastWouldChange, NoSuchGrid):
        first = labels.day_as_form_value(today() + TOMORROW)
        form.errors["valid_from"] = _(
            "Les prix d’un jour passé ne changent plus : choisissez demain ou plus tard."
        )
        form.values.setdefault("valid_from", first)
    except (AlreadyExists, NoClasses):
        form.errors["label"] = _(
            "Cette activité a déjà un tarif de ce nom. Choisissez-en un autre."
        )
    except Unfit as unfit:
        form.errors |= {"valid_from": " ".join(dict.fromkeys(flat_errors(unfit.errors).values()))}
    return None


def _page(form: Form, tariff: tuple[str, TariffContent] | None, residences: list[str]) -> str:
    unit = tariff[1]["unit"] if tariff else form.value("unit")
    form.labels = _label_fields(form, residences) | {"proration": labels.partly_held(unit)}
    tables = grid_form.table_layouts_of_form(form, residences)
    grid_form.write_layouts_into_form(form, tables)
    return render_template(
        "desk/tariffs/grid_form.html",
        form=form,
        code=tariff[0] if tariff else None,
        tariff=tariff[1] if tariff else None,
        unit=unit,
        tables=tables,
        classes=_class_names(),
        ranks=grid_form.count_ranks_of_form(form),
        cell=grid_form.field_prefix_of_price,
        most=grid_form,
        by_session=BY_SESSION,
        own_meal=labels.OWN_MEAL in grid_form.attendance_modes_of_form(form),
        labels=labels,
    )


def _label_fields(form: Form, residences: list[str]) -> dict[str, str]:
    """Name each field of a table for the list of mistakes: « Ligne 3, Repas, Habitants »."""
    labels = tariff_terms.label_fields(form)
    labels |= {"valid_from": _("À partir du"), "decision": _("Décision")}
    classes = _class_names()
    for layout in grid_form.table_layouts_of_form(form, residences):
        for nth, row in enumerate(form.rows(layout.rows), start=1):
            line = _("Ligne %(nth)d", nth=nth)
            labels |= {f"{layout.rows}-{row}-{name}": line for name in ("from", "to")}
            ranks = range(grid_form.count_ranks_of_form(form))
            for part, code, rank in product(form.rows("parts"), layout.residences, ranks):
                names = [line, form.value(f"parts-{part}-label"), classes.get(code, code)]
                label = ", ".join(word for word in names if word)
                name = grid_form.field_prefix_of_price(layout.rows, row, part, code, rank)
                fields = ("cents", "rate", "floor", "ceiling")
                labels |= {f"{name}-{field}": label for field in fields}
    return labels
