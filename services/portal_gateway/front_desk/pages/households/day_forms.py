"""The form of an act on days of a household: which days, which act, who asked, why."""

from dataclasses import dataclass
from uuid import NAMESPACE_OID, uuid5

from flask import request
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.households.planned_days import Cell, parse_cell
from shared.contracts.enrolment.front_desk import ACTS, MOST_CELLS, ChangeHouseholdDaysRequest
from shared.contracts.enrolment.places.states import TELEPHONE
from shared.runtime.ids import new_id
from shared.web.agents import planning_labels as labels
from shared.web.forms.form_data import Form

USUAL = {"asked_by": TELEPHONE, "reason": "family"}
"""A parent telephones: the form until somebody chooses otherwise."""


@dataclass(frozen=True)
class DayForm:
    """Form as sent; `cells` are well formed, whose they are is not known yet."""

    form: Form
    cells: tuple[Cell, ...]

    @property
    def providers(self) -> list[str]:
        """Return the providers whose days are meant."""
        return sorted({cell.provider for cell in self.cells})

    def request_to_provider(self, provider: str, household_id: str) -> ChangeHouseholdDaysRequest:
        """Return what one provider is asked for."""
        return ChangeHouseholdDaysRequest(
            household_id=household_id,
            cells=[
                {"child_id": cell.child_id, "session_id": cell.session_id}
                for cell in self.cells
                if cell.provider == provider
            ],
            act=self.form.value("act"),
            asked_by=self.form.value("asked_by"),
            reason=self.form.value("reason"),
            over_capacity=self.form.chosen("over", "yes"),
        )

    def request_id(self, provider: str, household_id: str) -> str:
        """Return the id of this order at a provider: sent again as it is, it is done once."""
        asked = self.request_to_provider(provider, household_id)
        return str(uuid5(NAMESPACE_OID, f"{self.form.value('order')}|{provider}|{asked}"))


def empty_form() -> Form:
    """Return the form as it is before anything is chosen."""
    return _form_with_labels({**USUAL, "cell": [], "order": new_id()})


def sent_form() -> DayForm:
    """Return what was sent, with a sentence for each answer that is missing or no choice."""
    fields = request.form
    values = {name: fields.get(name, "") for name in ("act", "asked_by", "reason", "over", "order")}
    named = [parse_cell(text) for text in fields.getlist("cell")]
    cells = tuple(dict.fromkeys(cell for cell in named if cell))
    form = _form_with_labels({**values, "cell": [str(cell) for cell in cells]})
    if values["act"] not in ACTS:
        form.errors["act"] = _("Choisissez quoi faire.")
    if values["asked_by"] not in labels.ASKED_BY:
        form.errors["asked_by"] = _("Dites qui l’a demandé.")
    if values["reason"] not in labels.REASONS:
        form.errors["reason"] = _("Choisissez un motif.")
    if not cells:
        form.errors["cell"] = _("Cochez au moins une séance.")
    if len(cells) > MOST_CELLS:
        form.errors["cell"] = _("Au plus %(most)s séances à la fois.", most=MOST_CELLS)
    return DayForm(form, cells)


def _form_with_labels(values: dict[str, str | list[str]]) -> Form:
    named = {"asked_by": _("Demandé"), "reason": _("Motif"), "cell": _("Séances"), "act": _("Acte")}
    return Form(values, labels=named)
