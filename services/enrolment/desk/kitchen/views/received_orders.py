"""A caterer's page: what its customers ordered, day by day, and what it says to them."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.kitchen import labels
from services.enrolment.desk.kitchen.access import requires_answering_orders
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.kitchen.commands.received_orders import Answered, answer_order
from services.enrolment.kitchen.queries.orders import (
    orders_received_from_day,
    version_waiting_for_answer,
)
from services.enrolment.kitchen.rules.order_states import (
    Difference,
    Needed,
    differences_of_needs,
    needs_of_version,
    version_in_force,
)
from services.enrolment.models import ReceivedOrder
from services.enrolment.store import store
from shared.contracts.enrolment.kitchen.meal_orders import ANSWERS, CHANGE, MOST_REASON, REFUSED
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.register import Provider
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = desk_blueprint("received", "/commandes", labels=labels)

SHOWN_BEFORE = timedelta(days=1)
"""Orders of yesterday still stand there: a bill of lading is looked for in the morning after."""


@dataclass(frozen=True)
class CustomerDay:
    """The order of a customer's day: what is cooked, and what waits for an answer."""

    customer: Provider
    day: date
    versions: list[ReceivedOrder]

    @property
    def cooked(self) -> Needed:
        return needs_of_version(version_in_force(self.versions))

    @property
    def waiting(self) -> ReceivedOrder | None:
        return version_waiting_for_answer(self.versions)

    @property
    def change(self) -> ReceivedOrder | None:
        """Return the change that is asked for and not answered."""
        return self.waiting if self.waiting and self.waiting.kind == CHANGE else None

    @property
    def asked(self) -> list[Difference]:
        """Return what the change would add and take away."""
        return (
            differences_of_needs(needs_of_version(self.change), self.cooked) if self.change else []
        )

    @property
    def asked_allergens(self) -> list[tuple[str, str, int]]:
        """Return the allergens of which the change asks for other numbers: code, site, number."""
        if self.change is None:
            return []
        asked, cooked = needs_of_version(self.change).allergens, self.cooked.allergens
        return [
            (code, site, asked.get((site, code), 0))
            for site, code in sorted(asked.keys() | cooked.keys())
            if asked.get((site, code), 0) != cooked.get((site, code), 0)
        ]

    @property
    def key(self) -> str:
        return f"{self.customer.code}-{self.day.isoformat()}"


@blueprint.get("")
@requires_answering_orders
def show() -> str:
    """Show the orders from yesterday on, those that wait for an answer first."""
    return _page(Form())


@blueprint.post("")
@requires_answering_orders
def answer_customer_order() -> ResponseReturnValue:
    """Say that an order came, or accept or refuse a change; a refusal says why."""
    day, said = read_day(request.form.get("jour", "")), request.form.get("answer", "")
    version = request.form.get("version", "")
    customer = _customer_of_code(request.form.get("customer", ""))
    if day is None or customer is None or said not in ANSWERS or not version.isdecimal():
        abort(404)
    place = f"{customer.code}-{day.isoformat()}"
    reason = request.form.get("reason", "").strip() if said == REFUSED else ""
    form = Form({f"reason-{place}": reason})
    if said == REFUSED and not reason:
        form.errors[f"reason-{place}"] = _("Dites pourquoi : le service le lira.")
        return _page(form), 422
    subject = agent.require_agent().session.subject
    try:
        with store.write() as write:
            answer_order(
                write,
                customer.code,
                customer.principal,
                day,
                int(version[:9]),
                said,
                subject,
                now(),
                reason[:MOST_REASON],
            )
    except NotFound:
        abort(404)
    except Answered:
        flash("answered_before", "received")
    else:
        flash(said, "received")
    return redirect(url_for("received.show", _anchor=f"c-{place}"), 303)


def _page(form: Form) -> str:
    with store.read() as read:
        found = orders_received_from_day(read, today() - SHOWN_BEFORE)
    days = [
        CustomerDay(customer, day, versions)
        for (code, day), versions in found.items()
        if (customer := _customer_of_code(code)) is not None
    ]
    form.labels = {f"reason-{each.key}": _("Pourquoi") for each in days}
    days.sort(key=lambda each: (each.waiting is None, each.day, each.customer.label))
    return render_template("desk/kitchen/received.html", days=days, form=form, most=MOST_REASON)


def _customer_of_code(code: str) -> Provider | None:
    """Return one of those for whom this provider cooks."""
    here = shell_here().registered_provider()
    if here is None or here.cooks is None or code not in here.cooks.customers:
        return None
    providers = shell_here().register.now.providers
    return next((each for each in providers if each.code == code), None)
