"""The form of a separation: what was typed, what is wrong with it, and the request it makes."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.corrections.forms import (
    SEEN,
    check_paper_seen_and_reason,
)
from services.portal_gateway.front_desk.pages.corrections.two_home_week_forms import (
    add_week_fields,
    check_week_fields,
    labels_of_week_fields,
    weeks_of_form,
)
from services.portal_gateway.front_desk.pages.safeguarding.seen_paper_forms import (
    ADDRESS,
    address_of_form,
    check_new_address,
    form_with_sent_fields,
)
from shared.contracts.dossier.corrections import CHANGE, RULING
from shared.contracts.dossier.families.safeguarding import (
    IN_BOTH,
    WITH_WHO_LEAVES,
    WITH_WHO_STAYS,
    ChildAfterwards,
)
from shared.contracts.dossier.families.separation import (
    OpenForSeparationAnswer,
    SeparateHouseholdRequest,
    SeparationChild,
)
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

PAPERS = ("judgment", "guardian_statement")
REASONS = (CHANGE, RULING)


def children_by_field(home: OpenForSeparationAnswer) -> dict[str, SeparationChild]:
    """Return the children of the household by the field of each."""
    return {f"lives-{child['child_id']}": child for child in home.children}


def homes_after_separation() -> list[tuple[str, str]]:
    """Return the two homes that there will be."""
    return [
        (WITH_WHO_LEAVES, _("le foyer de qui part")),
        (WITH_WHO_STAYS, _("le foyer de qui reste")),
    ]


def home_choices_of_child(child: SeparationChild) -> list[tuple[str, str]]:
    """Return where a child may live then; one that has a second home already, in no third."""
    both = [] if child["elsewhere"] else [(IN_BOTH, _("dans les deux foyers"))]
    return [
        *both,
        (WITH_WHO_LEAVES, _("avec qui part")),
        (WITH_WHO_STAYS, _("avec qui reste")),
    ]


def sent_form(home: OpenForSeparationAnswer) -> Form:
    """Return the form that was sent, with its mistakes."""
    form = form_with_sent_fields(*children_by_field(home), *ADDRESS, *SEEN, "sure")
    form.values["guardians"] = request.form.getlist("guardians")
    leaving = set(form.values["guardians"]) & {each["id"] for each in home.guardians}
    if not leaving:
        form.errors["guardians"] = _("Cochez qui quitte ce foyer.")
    elif len(leaving) == len(home.guardians):
        form.errors["guardians"] = refusal_sentence("guardians")
    for name, child in children_by_field(home).items():
        if form.value(name) not in [value for value, _label in home_choices_of_child(child)]:
            form.errors[name] = _("Dites où vit l’enfant : aucun ne reste sans foyer.")
    add_week_fields(form)
    if _does_any_child_have_two_homes(form, home):
        check_week_fields(form, homes_after_separation())
    check_new_address(form)
    check_paper_seen_and_reason(form, PAPERS)
    return form


def request_of_form(
    form: Form, home: OpenForSeparationAnswer, household_id: str
) -> SeparateHouseholdRequest:
    """Return the request that a form without mistakes makes."""
    here = {each["id"] for each in home.guardians}
    days: dict[str, Any] = {
        name: read_day(form.value(name)) for name in ("paper_date", "holds_from")
    }
    weeks = (
        weeks_of_form(form, homes_after_separation())
        if _does_any_child_have_two_homes(form, home)
        else None
    )
    return SeparateHouseholdRequest(
        household_id=household_id,
        guardians=sorted(here & set(form.values["guardians"])),
        children=[
            ChildAfterwards(child_id=child["child_id"], lives=form.value(name))
            for name, child in children_by_field(home).items()
        ],
        weeks=weeks,
        address=address_of_form(form),
        paper=form.value("paper"),
        reason=form.value("reason"),
        **days,
    )


def field_of_refusal(name: str, home: OpenForSeparationAnswer) -> str:
    """Return the field of the page at which a refusal of the dossier is shown."""
    if name in ("children", "lives"):
        return next(iter(children_by_field(home)), "guardians")
    return "even" if name == "weeks" else name


def refusal_sentence(name: str, since: str = "") -> str:
    """Return the sentence at a field that the dossier refused."""
    return {
        "guardians": _("Un parent au moins part, et un autre au moins reste."),
        "children": _("Dites où vit chaque enfant : aucun ne reste sans foyer."),
        "lives": _(
            "Dans un foyer, personne n’a l’autorité parentale sur un enfant : changez où il vit."
        ),
        "weeks": _("Chaque semaine est d’un seul foyer : les deux ne peuvent pas avoir la même."),
        "holds_from": _(
            "Ce foyer est connu depuis le %(day)s : choisissez un jour depuis lors, dans l’année.",
            day=since,
        ),
        "paper_date": _("Cette pièce est datée d’un jour à venir."),
    }.get(name, _("Cette valeur ne convient pas."))


def field_labels(home: OpenForSeparationAnswer) -> dict[str, str]:
    """Return how the summary of mistakes names the fields."""
    return {
        "guardians": _("Qui quitte ce foyer"),
        "street": _("Numéro et rue"),
        "postcode": _("Code postal"),
        "commune": _("Commune"),
        "paper": _("Pièce vue"),
        "paper_date": _("Date de la pièce"),
        "reason": _("Pourquoi"),
        "holds_from": _("Vaut à partir du"),
        "sure": _("Confirmation"),
        **labels_of_week_fields(),
        **{name: child["first_name"] for name, child in children_by_field(home).items()},
    }


def _does_any_child_have_two_homes(form: Form, home: OpenForSeparationAnswer) -> bool:
    return any(form.value(name) == IN_BOTH for name in children_by_field(home))
