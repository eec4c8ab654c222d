"""« Mon quotient »: said once to billing, which computes prices; no service sees it (rule R11)."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_words
from services.portal_gateway.calls import billing as till
from services.portal_gateway.overview.queries import family as mine
from services.portal_gateway.pages import parsing as typed
from services.portal_gateway.session import current_user as person
from services.portal_gateway.session import saved_forms as drafts
from shared.contracts.billing import bills
from shared.contracts.dossier import dossier
from shared.contracts.errors import NoAnswer, NotFound, Refusal, Unavailable
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.forms.forms import Form
from shared.web.forms.parsing import read_cents, read_month
from shared.web.language import typography

blueprint = Blueprint("quotient", __name__)

BACK, AHEAD = 11, 3
"""From how many months ago, and up to how many ahead, a quotient may be said to hold."""


@blueprint.get("/quotient")
@person.signed_in
def show() -> Any:
    """Show what billing knows, and the form that says a new one."""
    kept = drafts.kept()
    form = Form(_values(kept)) if kept else Form({"kind": "caf", "month": _this_month()})
    return _page(form, restored=kept is not None)


@blueprint.post("/quotient")
@person.signed_in
def declare() -> Any:
    """Say it once for the town; a silent billing gives the form back as typed."""
    form = Form(_values(person.typed()))
    form.errors = _mistakes(form)
    if form.errors:
        return _page(form), 422
    told: dict[str, Any] = {
        "household_id": form.value("household"),
        "cents": read_cents(form.value("amount")),
        "kind": form.value("kind"),
        "valid_from": read_month(form.value("month")),
    }
    try:
        once = typed.named(typed.act(), *told.values())
        till.ask(bills.declare_quotient, request_id=once, **told)
    except (NoAnswer, Unavailable):
        return _page(form, unsaved=True), 503
    except bills.QuotientChecked:
        form.errors = {"month": bill_words.quotient_checked()}
        return _page(form), 422
    drafts.drop()
    flash("declared", "quotient")
    return redirect(url_for("quotient.show"), 303)


def households() -> tuple[str, ...]:
    """Return the guardian's own households; raises NotFound where there is none yet."""
    found = mine.here().family.households
    if not found:
        raise NotFound
    return found


def named_after(households_: tuple[str, ...], answers: list[Any]) -> dict[str, str]:
    """Name several households by their guardians, as far as the dossier answers."""
    return {
        each: _household(_(" et ").join(g["name"] for g in answer.guardians))
        if not isinstance(answer, Refusal)
        else _("Foyer %(number)s", number=at)
        for at, (each, answer) in enumerate(zip(households_, answers, strict=True), start=1)
    }


def _household(names: str) -> str:
    return _("Foyer %(of_names)s", names=names, of_names=typography.of(names))


def _page(form: Form, **more: Any) -> str:
    own = households()
    several = len(own) > 1
    asked = [(bills.my_quotients, {"household_id": each}) for each in own]
    names = [(dossier.my_household, {"household_id": each}) for each in own if several]
    answers = till.ask_all(*asked, *names)
    form.values.setdefault("household", own[0])
    form.labels = {"amount": _("Montant"), "kind": _("Qui l’a calculé"), "month": _("Depuis quand")}
    told = answers[: len(own)]
    return render_template(
        "portal/quotient.html",
        form=form,
        known=[(each, _known(answer)) for each, answer in zip(own, told, strict=True)],
        names=named_after(own, answers[len(own) :]) if several else {},
        kinds=[(code, typography.opening(said)) for code, said in bill_words.QUOTIENTS.items()],
        months=[(first.strftime("%Y-%m"), first) for first in _months(today())],
        act=new_id(),
        silent=till.is_silent(),
        words=bill_words,
        **more,
    )


def _known(answer: SimpleNamespace | Refusal) -> list[dict[str, Any]] | None:
    if isinstance(answer, SimpleNamespace):
        return list(answer.quotients)
    if isinstance(answer, NoAnswer | Unavailable):
        return None
    raise answer


def _values(sent: dict[str, list[str]]) -> dict[str, str]:
    names = ("household", "amount", "kind", "month")
    values = {name: (sent.get(name) or [""])[0].strip() for name in names}
    if not values["household"]:
        del values["household"]
    return values


def _mistakes(form: Form) -> dict[str, str]:
    errors = {}
    own = households()
    if form.values.setdefault("household", own[0]) not in own:
        raise NotFound
    if read_cents(form.value("amount")) is None:
        errors["amount"] = _("Écrivez un montant, par exemple 742 ou 742,50.")
    if form.value("kind") not in bill_words.QUOTIENTS:
        errors["kind"] = _("Choisissez qui a calculé votre quotient.")
    if read_month(form.value("month")) not in _months(today()):
        errors["month"] = _("Choisissez un mois.")
    return errors


def _months(day: date) -> list[date]:
    """Return the first days of the months that may be chosen, the latest first."""
    number = day.year * 12 + day.month - 1
    several = range(number + AHEAD, number - BACK - 1, -1)
    return [date(each // 12, each % 12 + 1, 1) for each in several]


def _this_month() -> str:
    return today().strftime("%Y-%m")
