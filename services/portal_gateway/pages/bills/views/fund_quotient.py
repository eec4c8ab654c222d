"""
« Demander mon quotient à la CAF ou à la MSA »: asked for oneself, read, then accepted or left.

What is typed here goes to billing and no further: no page, draft or saved form keeps it.
"""

import re
from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.bills.rules.birth_countries import CODE_OF_COUNTRY, FRANCE
from services.portal_gateway.calls import billing
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.pages.page_parts.households import household_names, own_households
from services.portal_gateway.session import current_user
from services.portal_gateway.store import store
from shared.contracts.billing.prices import fund_quotients as contracts
from shared.contracts.dossier import guardians
from shared.contracts.errors import NoAnswer, NotFound, Unavailable
from shared.contracts.values import OfHousehold
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.text.folding import lowercase_unaccented
from shared.text.personal_names import first_and_last_name
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("fund_quotient", __name__)

FIELDS = (
    *("household", "birth_name", "use_name", "first_names", "sex", "born_on"),
    *("country", "commune", "department"),
)
MOST_FIRST_NAMES = 3
_DEPARTMENT = re.compile(r"0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]|98[678]")
_MISTAKEN = (contracts.UNKNOWN, contracts.MISTAKEN, contracts.OTHER_NAME)


@blueprint.get("/quotient/caisse")
@current_user.signed_in
def show() -> str:
    """Show the form, with the name that the town knows."""
    first, last = first_and_last_name(current_user.name_of_user() or "")
    return _page(Form({"first_names": first, "birth_name": last, "country": FRANCE}))


@blueprint.post("/quotient/caisse")
@current_user.signed_in
def ask() -> ResponseReturnValue:
    """Have CAF and MSA asked; what they say is read on « Mon quotient »."""
    form = _form_sent()
    form.errors = _mistakes(form)
    born_on = read_day(form.value("born_on"))
    if form.errors or born_on is None:
        return _page(form), 422
    asking = contracts.AskFundRequest(form.value("household"), _identity(form, born_on))
    try:
        answer = billing.ask(contracts.ask_fund, asking, deadline=contracts.FUND_SECONDS)
    except (NoAnswer, Unavailable):
        return _page(form, unheard=True), 503
    if answer.outcome == contracts.GIVEN:
        return redirect(url_for("quotient.show"), 303)
    form.errors = _mistakes_answered(answer)
    return _page(form, answer=answer), 422 if answer.outcome in _MISTAKEN else 503


@blueprint.post("/quotient/caisse/reponse")
@current_user.signed_in
def answer() -> ResponseReturnValue:
    """Let the quotient count that was read, or leave it."""
    household, request_id = request.form.get("household", ""), request.form.get("request", "")
    accepted = request.form.get("accepted") == "yes"
    if household not in own_households():
        raise NotFound
    answering = contracts.AnswerFundRequest(household, parsing.require_id(request_id), accepted)
    try:
        billing.ask(
            contracts.answer_fund,
            answering,
            request_id=parsing.request_id(parsing.form_key(), household, request_id, accepted),
        )
        flash("accepted" if accepted else "left", "quotient")
    except (NoAnswer, Unavailable):
        flash("unanswered", "quotient")
    except NotFound:
        flash("gone", "quotient")
    except contracts.QuotientCorrected:
        flash("corrected", "quotient")
    return redirect(url_for("quotient.show"), 303)


def _page(form: Form, **more: object) -> str:
    if store.register.now.town.api_particulier is None:
        raise NotFound
    own = own_households()
    form.values.setdefault("household", own[0])
    form.labels = {
        "birth_name": _("Nom de naissance"),
        "first_names": _("Prénoms"),
        "sex": _("Sexe à l’état civil"),
        "born_on": _("Date de naissance"),
        "country": _("Pays de naissance"),
        "commune": _("Commune de naissance"),
        "department": _("Département"),
    }
    return render_template(
        "portal/fund_quotient.html",
        form=form,
        names=_names_of_households(own),
        countries=_countries_in_words(),
        form_key=new_id(),
        **more,
    )


def _names_of_households(own: tuple[str, ...]) -> dict[str, str]:
    """Return the households by name, for who has several; where one is, nothing is asked."""
    if len(own) == 1:
        return {}
    asked = [round_request(guardians.my_household, OfHousehold(each)) for each in own]
    return household_names(own, current_user.ask_all(*asked))


def _countries_in_words() -> list[tuple[str, str]]:
    """Return countries by name in the language of the page, France first."""
    names: Mapping[str, str] = getattr(get_locale(), "territories", {})
    named = [(country, names.get(country, country)) for country in CODE_OF_COUNTRY]
    return sorted(named, key=lambda each: (each[0] != FRANCE, lowercase_unaccented(each[1])))


def _form_sent() -> Form:
    """Return what was sent; a household is the first where there is one alone."""
    form = Form({name: request.form.get(name, "").strip() for name in FIELDS})
    own = own_households()
    form.values["household"] = form.value("household") or own[0]
    if form.value("household") not in own:
        raise NotFound
    form.values["department"] = form.value("department").upper()
    return form


def _mistakes(form: Form) -> dict[str, str]:
    errors = {}
    if not 1 <= len(form.value("birth_name")) <= 80:
        errors["birth_name"] = _("Écrivez votre nom de naissance.")
    if not 1 <= max(map(len, _first_names(form)), default=0) <= 40:
        errors["first_names"] = _("Écrivez vos prénoms, séparés par un espace.")
    if form.value("sex") not in ("F", "M"):
        errors["sex"] = _("Choisissez une réponse.")
    born_on = read_day(form.value("born_on"))
    if born_on is None or born_on > today():
        errors["born_on"] = _("Écrivez une date, par exemple 27/06/1987.")
    if form.value("country") not in CODE_OF_COUNTRY:
        errors["country"] = _("Choisissez un pays.")
    if form.value("country") == FRANCE:
        if not 1 <= len(form.value("commune")) <= 80:
            errors["commune"] = _("Écrivez la commune où vous êtes né.")
        if not _DEPARTMENT.fullmatch(form.value("department")):
            errors["department"] = _("Écrivez le numéro du département, par exemple 28 ou 2A.")
    return errors


def _identity(form: Form, born_on: date) -> contracts.CivilIdentity:
    in_france = form.value("country") == FRANCE
    return contracts.CivilIdentity(
        birth_name=form.value("birth_name"),
        use_name=form.value("use_name")[:80],
        first_names=_first_names(form),
        sex=form.value("sex"),
        born_on=born_on,
        country=CODE_OF_COUNTRY[form.value("country")],
        commune=form.value("commune") if in_france else "",
        department=form.value("department") if in_france else "",
    )


def _first_names(form: Form) -> list[str]:
    return re.split(r"[\s,;]+", form.value("first_names").strip(" ,;"))[:MOST_FIRST_NAMES]


def _mistakes_answered(answer: contracts.AskFundAnswer) -> dict[str, str]:
    """Return what is to be corrected, at its field; nothing where nobody is mistaken."""
    if answer.outcome == contracts.OTHER_NAME:
        name = current_user.name_of_user() or ""
        return {"birth_name": bill_labels.name_of_other_person_sentence(name)}
    if answer.outcome == contracts.MISTAKEN:
        sentence = bill_labels.person_mistaken_sentence()
        return dict.fromkeys(answer.fields or ["birth_name"], sentence)
    return {}
