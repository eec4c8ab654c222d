"""Replay of a grid over a past year: what it would bring and whom it would cost more, unnamed."""

from collections.abc import Sequence

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts import period_labels
from services.enrolment.desk.page_parts.parsing import read_percent_change
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from services.enrolment.desk.regie.labels import billed_income as labels
from services.enrolment.figures.rules import periods
from services.enrolment.figures.rules.anonymous_grid_changes import shown_bands
from services.enrolment.figures.rules.periods import Period
from services.enrolment.offer.tariffs import queries as tariff_queries
from services.enrolment.offer.tariffs.rules import grid_succession, percent_changes
from services.enrolment.store import store
from shared.contracts.billing.prices import grid_replays as contracts
from shared.contracts.enrolment.tariffs import Grid, Tariff
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import today
from shared.dates.months import first_of, month_of
from shared.web.forms.form_data import Form

LONGEST_DECISION = 120

blueprint = billing_client.regie_blueprint("regie_replays", "/regie/essais")


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def show_tariffs_to_replay() -> str:
    """Show the tariffs whose grids can be tried."""
    with store.read() as read:
        tariffs = tariff_queries.tariffs_by_code(read)
    coming = {
        code: next(iter(grid_succession.upcoming_grids(tariff, today())), None)
        for code, tariff in tariffs.items()
    }
    return render_template("desk/regie/replays.html", tariffs=tariffs, coming=coming, bands=labels)


@blueprint.get("/<code>")
@agent.for_agents_who_may(PERMISSION)
def show_tariff(code: str) -> str:
    """Show what a tariff's last replay came to, and ask for another."""
    tariff = _require_tariff(code)
    usual = Form(
        {
            "grid": _grids_to_try(tariff)[0]["valid_from"].isoformat(),
            "year": _years_to_replay()[0].code,
        }
    )
    return _page(code, tariff, usual)


@blueprint.post("/<code>")
@agent.for_agents_who_may(PERMISSION)
def let_billing_replay_grid(code: str) -> ResponseReturnValue:
    """Let billing replay a grid over a school year, as it is or changed by a percentage."""
    tariff = _require_tariff(code)
    form = Form({name: request.form.get(name, "").strip() for name in ("grid", "year", "percent")})
    period, grid = _chosen_year(form), _chosen_grid(form, tariff)
    if form.errors or period is None or grid is None:
        return _page(code, tariff, form), 422
    wanted = contracts.OrderReplayRequest(
        tariff=code,
        grid={**grid, "decision": grid["decision"][:LONGEST_DECISION]},
        first=month_of(period.first),
        last=month_of(period.last),
    )
    try:
        billing_client.write_at_billing_once(contracts.order_replay, wanted)
    except (BadRequest, NotFound):
        form.errors["grid"] = _("La facturation n’a pas encore ce tarif : réessayez bientôt.")
        return _page(code, tariff, form), 422
    return redirect(url_for("regie_replays.show_tariff", code=code, _anchor="result"), 303)


def _page(code: str, tariff: Tariff, form: Form) -> str:
    form.labels = {"grid": _("Grille"), "year": _("Année"), "percent": _("Changement en %%")}
    replay = _last_replay(code)
    lines, total = shown_bands(replay.bands) if replay else ([], None)
    return render_template(
        "desk/regie/replay.html",
        code=code,
        tariff=tariff,
        form=form,
        grids=_grids_to_try(tariff),
        years=_years_to_replay(),
        replay=replay,
        lines=lines,
        total=total,
        bands=labels,
        period_name=period_labels.period,
        year_of=lambda month: periods.school_year_period(first_of(month)),
    )


def _last_replay(code: str) -> contracts.ReplayAnswer | None:
    try:
        return agent.ask(contracts.read_replay, contracts.ReplayRequest(code))
    except NotFound:
        return None


def _require_tariff(code: str) -> Tariff:
    try:
        with store.read() as read:
            return tariff_queries.require_tariff(read, code)
    except NotFound:
        abort(404)


def _grids_to_try(tariff: Tariff) -> Sequence[Grid]:
    """Return the grids that can be tried: those to come, the next first, then the latest known."""
    coming = grid_succession.upcoming_grids(tariff, today())
    begun = [grid for grid in grid_succession.grids_in_order(tariff["grids"]) if grid not in coming]
    return [*coming, *begun[-1:]]


def _years_to_replay() -> list[Period]:
    """Return the school years that can be replayed: the last that is over, then the present one."""
    present, last = periods.periods_to_choose(today())[:2]
    return [last, present]


def _chosen_year(form: Form) -> Period | None:
    year = next((each for each in _years_to_replay() if each.code == form.value("year")), None)
    if year is None:
        form.errors["year"] = _("Choisissez une année.")
    return year


def _chosen_grid(form: Form, tariff: Tariff) -> Grid | None:
    """Return the grid that is tried, with its percentage; None where the form says what lacks."""
    chosen = form.value("grid")
    found = [grid for grid in _grids_to_try(tariff) if grid["valid_from"].isoformat() == chosen]
    if not found:
        form.errors["grid"] = _("Choisissez une grille.")
    if not form.value("percent"):
        return found[0] if found else None
    percent = read_percent_change(form.value("percent"))
    if percent is None:
        form.errors["percent"] = _("Écrivez de combien, par exemple 2,5 ou -1.")
    if not found or percent is None:
        return None
    changed = percent_changes.change_grid_amounts(found[0], percent)
    return {
        **changed,
        "decision": _label_of_tried_grid(form.value("percent"), found[0]["decision"]),
    }


def _label_of_tried_grid(percent: str, decision: str) -> str:
    return _("à l’essai : %(percent)s %% sur « %(decision)s »", percent=percent, decision=decision)
