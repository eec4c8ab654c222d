"""The form of an act: which one, who asked, why, and on which days of which children."""

from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.commands.agent_acts import Cell, Order
from services.enrolment.desk.access import agent
from services.enrolment.desk.planning import labels
from services.enrolment.desk.planning.reach_of_agent import powers_in_group
from shared.contracts.enrolment.places.states import TELEPHONE
from shared.web.forms.form_data import Form

MOST_CELLS = 400
USUAL = {"asked_by": TELEPHONE, "reason": "family"}
"""A parent telephones: the form until somebody chooses otherwise."""


@dataclass(frozen=True)
class ActForm:
    """A form as sent, and the order that follows of it if nothing is missing."""

    form: Form
    act: str
    asked_by: str
    reason: str

    def make_order(self, read: Database, group_id: str) -> Order:
        """Return the order in the name of the agent of this request, in one group."""
        powers = powers_in_group(read, group_id, over_capacity=self.form.chosen("over", "yes"))
        subject = agent.require_agent().session.subject
        return Order(self.act, self.asked_by, self.reason, subject, powers)


def make_empty_form() -> Form:
    """Return the form as it is before anything is chosen."""
    return _make_labelled_form({**USUAL, "child": [], "session": [], "cell": []})


def sent_form() -> ActForm:
    """Return what was sent, with a sentence for each answer that is not one of the choices."""
    fields = request.form
    values = {name: fields.get(name, "") for name in ("asked_by", "reason", "over", "act", "to")}
    lists = {name: fields.getlist(name) for name in ("child", "session", "cell")}
    form = _make_labelled_form({**values, **lists})
    if values["asked_by"] not in labels.ASKED_BY:
        form.errors["asked_by"] = _("Dites qui l’a demandé.")
    if values["reason"] not in labels.REASONS:
        form.errors["reason"] = _("Choisissez un motif.")
    return ActForm(form, values["act"], values["asked_by"], values["reason"])


def ticked_cells(form: Form) -> list[Cell]:
    """
    Return each ticked child on each ticked day, and the cells that were ticked singly.

    What is missing, or too much, is said in the form.
    """
    children, sessions = form.values["child"], form.values["session"]
    cells = {Cell(*pair.split()) for pair in form.values["cell"] if len(pair.split()) == 2}
    if not children and (sessions or not cells):
        form.errors["child"] = _("Cochez au moins un enfant.")
    if not sessions and (children or not cells):
        form.errors["session"] = _("Cochez au moins un jour, en haut du tableau.")
    cells |= {Cell(child, session) for child in children for session in sessions}
    if len(cells) > MOST_CELLS:
        form.errors["child"] = _("Au plus %(most)s cases à la fois.", most=MOST_CELLS)
    return sorted(cells, key=lambda cell: (cell.child_id, cell.session_id))


def _make_labelled_form(values: dict[str, str | list[str]]) -> Form:
    return Form(
        values,
        labels={
            "asked_by": _("Demandé"),
            "reason": _("Motif"),
            "child": _("Enfants"),
            "session": _("Jours"),
        },
    )
