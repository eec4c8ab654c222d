"""The kitchen's week, the order of a day, and whom its menu concerns."""

from collections.abc import Sequence
from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.enrolment.children.commands.sheet_reading import publish_projection_read
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.access.list_export_log import note_children_in_export
from services.enrolment.desk.kitchen import labels
from services.enrolment.desk.kitchen.access import (
    caterer_here,
    kitchen_here,
    requires_keeping_kitchen,
)
from services.enrolment.desk.kitchen.lists_of_children_concerned import concerned_list
from services.enrolment.desk.kitchen.week_of_orders import week_of_kitchen
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.kitchen.commands.orders import OrderRefused, send_order
from services.enrolment.kitchen.queries.children_concerned import Concerned, children_concerned
from services.enrolment.kitchen.queries.meal_needs import ALLERGIES
from services.enrolment.kitchen.queries.menus import next_day_with_meals
from services.enrolment.kitchen.rules.order_states import needs_of_version
from services.enrolment.offer.queries.calendar_days import special_periods
from services.enrolment.store import store, vault
from shared.dates.clock import now, today
from shared.register.entitlement import CARE_CORE
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.parsing import read_day

blueprint = desk_blueprint("kitchen", "/cuisine", labels=labels)


@blueprint.get("")
@requires_keeping_kitchen
def show() -> str:
    """Show a week with the state of each day's order, and the order of one day."""
    moment = now()
    caterer = caterer_here()
    with store.read() as read:
        day = read_day(request.args.get("jour", "")) or next_day_with_meals(
            read, kitchen_here().codes, today()
        )
        week = week_of_kitchen(read, vault, day, kitchen_here(), caterer, moment)
        special = special_periods(read, week.monday, week.monday + timedelta(days=6))
    return render_template(
        "desk/kitchen/week.html",
        week=week,
        special=special,
        shown=week.of_day(day),
        caterer=caterer,
        moment=moment,
        needed_of=needs_of_version,
        sees_names=CARE_CORE in agent.require_agent().sight.sees,
        before=week.monday - timedelta(days=7),
        after=week.monday + timedelta(days=7),
    )


@blueprint.post("/commande")
@requires_keeping_kitchen
def order_meals_of_day() -> ResponseReturnValue:
    """Send a day's order, or after its hour what changed, as it was shown."""
    day = read_day(request.form.get("jour", ""))
    shown = request.form.get("shown", "")
    if day is None or not shown:
        abort(400)
    subject = agent.require_agent().session.subject
    try:
        with store.write() as write:
            sent = send_order(
                write, vault, caterer_here(), day, kitchen_here(), subject, now(), shown=shown
            )
    except OrderRefused as refused:
        flash(refused.code, "not_sent")
    else:
        flash(str(needs_of_version(sent).total), f"sent_{sent.kind}")
    return redirect(url_for("kitchen.show", jour=day.isoformat(), _anchor="etat"), 303)


@blueprint.get("/allergies")
@requires_keeping_kitchen
def show_concerned() -> ResponseReturnValue:
    """List the children whom the menu of a day concerns; each reading is noted."""
    day = read_day(request.args.get("jour", "")) or today() + timedelta(days=1)
    if CARE_CORE not in agent.require_agent().sight.sees:
        abort(404)
    with store.read() as read:
        rows = children_concerned(read, vault, day, kitchen_here())

    def page(listing: Listing[Concerned]) -> str:
        _publish_read(listing.rows_shown)
        return render_template("desk/kitchen/concerned.html", listing=listing, day=day)

    return show_list(
        concerned_list(),
        rows,
        page,
        lambda taken: note_children_in_export((row.child_id for row in taken), parts=[ALLERGIES]),
    )


def _publish_read(rows: Sequence[Concerned]) -> None:
    """Publish that the allergies of these children were read (rule R13)."""
    person = agent.require_agent()
    ids = {row.child_id for row in rows}
    with store.read() as read:
        by_role = reach_of_agent.children_by_role(read, ALLERGIES, ids)
    with store.write() as write:
        for role, children in by_role.items():
            for child_id in sorted(children):
                publish_projection_read(
                    write, role, person.session.subject, child_id, ALLERGIES, now()
                )
