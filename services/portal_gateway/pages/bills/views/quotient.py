"""« Mon quotient »: said once to billing, which computes prices; no service sees it (rule R11)."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.calls import billing
from services.portal_gateway.labels.enrolment import euros
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.pages.page_parts.households import household_names, own_households
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.store import store
from shared.contracts.billing.prices import quotients
from shared.contracts.dossier import guardians
from shared.contracts.errors import NoAnswer, NotFound, Refusal, Unavailable
from shared.contracts.values import OfHousehold
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.forms.doubtful_amounts import (
    CONFIRMED,
    RARE_QUOTIENT_CENTS,
    ask_again_unless_confirmed,
)
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_cents, read_month
from shared.web.language import typography
from shared.web.session.request_rounds import Asked, round_request

blueprint = Blueprint("quotient", __name__)

BACK, AHEAD = 11, 3
"""First month of a declared quotient: at most so many months ago, or ahead."""


@blueprint.get("/quotient")
@current_user.signed_in
def show() -> ResponseReturnValue:
    """Show what billing knows, and the form that says a new one."""
    kept = saved_forms.saved_form_of_page()
    form = Form(_form_values(kept)) if kept else Form({"kind": "caf", "month": f"{today():%Y-%m}"})
    return _page(form, restored=kept is not None)


@blueprint.post("/quotient")
@current_user.signed_in
def declare() -> ResponseReturnValue:
    """Declare the quotient for the town; without billing the form comes back as typed."""
    form = Form(_form_values(current_user.sent_form_fields()))
    form.errors = _mistakes(form)
    _confirm_unusual_quotient(form)
    cents, first = read_cents(form.value("amount")), read_month(form.value("month"))
    if form.errors or cents is None or first is None:
        return _page(form), 422
    household, kind = form.value("household"), form.value("kind")
    try:
        billing.ask(
            quotients.declare_quotient,
            quotients.DeclareQuotientRequest(household, cents, kind, first),
            request_id=parsing.request_id(parsing.form_key(), household, cents, kind, first),
        )
    except (NoAnswer, Unavailable):
        return _page(form, unsaved=True), 503
    except quotients.QuotientChecked:
        form.errors = {"month": bill_labels.quotient_checked_by_agent_sentence()}
        return _page(form), 422
    saved_forms.drop_saved_form()
    flash("declared", "quotient")
    return redirect(url_for("quotient.show"), 303)


def _page(form: Form, **more: object) -> str:
    own = own_households()
    several = len(own) > 1
    quotient_questions = [
        round_request(quotients.my_quotients, OfHousehold(household_id)) for household_id in own
    ]
    names = [
        round_request(guardians.my_household, OfHousehold(household_id))
        for household_id in own
        if several
    ]
    requests: list[Asked[object]] = [*quotient_questions, *names]
    answers = billing.ask_all(*requests)
    form.values.setdefault("household", own[0])
    quotient_answers = answers[: len(own)]
    form.labels = {"amount": _("Montant"), "kind": _("Qui l’a calculé"), "month": _("Depuis quand")}
    return render_template(
        "portal/quotient.html",
        form=form,
        by_household=[
            (household_id, known := _quotients_if_known(answer), _is_any_in_force(known, today()))
            for household_id, answer in zip(own, quotient_answers, strict=True)
        ],
        given=[
            (household_id, answer.given, _first_day_after(answer.given, answer.quotients))
            for household_id, answer in zip(own, quotient_answers, strict=True)
            if isinstance(answer, quotients.MyQuotientsAnswer) and answer.given
        ],
        from_funds=store.register.now.town.api_particulier is not None,
        names=household_names(own, answers[len(own) :]) if several else {},
        kinds=[
            (code, typography.with_capital(label)) for code, label in bill_labels.QUOTIENTS.items()
        ],
        months=[(first.strftime("%Y-%m"), first) for first in _months_to_choose(today())],
        form_key=new_id(),
        unavailable=billing.is_unavailable(),
        labels=bill_labels,
        **more,
    )


def _quotients_if_known(answer: object) -> list[quotients.RecordedQuotient] | None:
    if isinstance(answer, quotients.MyQuotientsAnswer):
        return answer.quotients
    if isinstance(answer, Refusal) and not isinstance(answer, NoAnswer | Unavailable):
        raise answer
    return None


def _first_day_after(
    given: quotients.GivenQuotient, known: list[quotients.RecordedQuotient]
) -> date | None:
    """Return from when on a quotient counts that is recorded for later than what a fund gave."""
    later = [each["valid_from"] for each in known if each["valid_from"] > given["valid_from"]]
    return min(later, default=None)


def _is_any_in_force(known: list[quotients.RecordedQuotient] | None, day: date) -> bool:
    return any(
        quotient["valid_from"] <= day <= (quotient["valid_to"] or day) for quotient in known or ()
    )


def _form_values(sent: dict[str, list[str]]) -> dict[str, str]:
    names = ("household", "amount", "kind", "month", CONFIRMED)
    values = {name: (sent.get(name) or [""])[0].strip() for name in names}
    if not values["household"]:
        del values["household"]
    return values


def _mistakes(form: Form) -> dict[str, str]:
    errors = {}
    own = own_households()
    if form.values.setdefault("household", own[0]) not in own:
        raise NotFound
    if read_cents(form.value("amount")) is None:
        errors["amount"] = _("Écrivez un montant, par exemple 742 ou 742,50.")
    if form.value("kind") not in bill_labels.QUOTIENTS:
        errors["kind"] = _("Choisissez qui a calculé votre quotient.")
    if read_month(form.value("month")) not in _months_to_choose(today()):
        errors["month"] = _("Choisissez un mois.")
    return errors


def _confirm_unusual_quotient(form: Form) -> None:
    cents = read_cents(form.value("amount")) or 0
    if cents >= RARE_QUOTIENT_CENTS:
        said = _("Un quotient de %(amount)s est rare : vérifiez la virgule.")
        ask_again_unless_confirmed(form, "amount", cents, said % {"amount": euros(cents)})


def _months_to_choose(day: date) -> list[date]:
    """Return the first days of the months that may be chosen, the latest first."""
    number = day.year * 12 + day.month - 1
    several = range(number + AHEAD, number - BACK - 1, -1)
    return [date(number // 12, number % 12 + 1, 1) for number in several]
