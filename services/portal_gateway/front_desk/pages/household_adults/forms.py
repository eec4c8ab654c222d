"""The forms by which the adults of a household change: what was sent, and what is wrong with it."""

from collections.abc import Mapping, Sequence

from flask import request
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.corrections import forms as correction_forms
from services.portal_gateway.front_desk.pages.corrections.labels import PAPERS_OF
from services.portal_gateway.front_desk.pages.households.found_people import whereabouts_in_words
from services.portal_gateway.front_desk.pages.safeguarding.seen_paper_forms import (
    form_with_sent_fields,
)
from shared.contracts.dossier.corrections import (
    GUARDIAN_COMES,
    GUARDIAN_DIED,
    GUARDIAN_LEAVES,
    GUARDIAN_NAME,
)
from shared.contracts.dossier.families.household_adults import HouseholdAdultsAnswer, KnownAdult
from shared.dates.clock import today
from shared.register import Register
from shared.web.forms.form_data import Form

NEW = "new"
MOST_NAME = 120
YES_NO = ("yes", "no")
STAYS_IN_CHARGE, ANSWERS_NO_MORE = "still", "over"

OF_ACT: Mapping[str, tuple[str, ...]] = {
    GUARDIAN_NAME: ("name",),
    GUARDIAN_COMES: ("who", "name", "email", "person", "asked", "authority", "lives_here"),
    GUARDIAN_LEAVES: ("how",),
}


def empty_change_form(subject: str, home: HouseholdAdultsAnswer, name: str = "") -> Form:
    """Return the form of a change before any entry: every child of the household is meant."""
    values: dict[str, object] = {}
    if subject != GUARDIAN_DIED:  # nobody comes to the counter on that day: it is to be read
        values["holds_from"] = today().isoformat()
    if subject == GUARDIAN_NAME:
        values["name"] = name
    if subject == GUARDIAN_COMES:
        values |= {"who": NEW, "children": [child["child_id"] for child in home.children]}
    return _form_with_labels(Form(values))


def sent_form(subject: str, home: HouseholdAdultsAnswer) -> Form:
    """Return the form that was sent, with its mistakes."""
    names = (*OF_ACT.get(subject, ()), *correction_forms.SEEN, "sure")
    form = _form_with_labels(form_with_sent_fields(*names))
    known = [child["child_id"] for child in home.children]
    form.values["children"] = [each for each in request.form.getlist("children") if each in known]
    if subject == GUARDIAN_NAME or (subject == GUARDIAN_COMES and form.value("who") == NEW):
        _check_name(form)
    if subject == GUARDIAN_COMES:
        _check_arrival(form, home)
    if subject == GUARDIAN_LEAVES:
        _check_departure(form)
    correction_forms.check_paper_seen_and_reason(
        form, PAPERS_OF[subject], with_reason=subject != GUARDIAN_DIED
    )
    return form


def change_fields(subject: str, form: Form, home: HouseholdAdultsAnswer) -> dict[str, object]:
    """Return the fields of the request that a form without mistakes makes."""
    fields: dict[str, object] = correction_forms.paper_and_reason_fields(form)
    if subject == GUARDIAN_NAME:
        fields["name"] = form.value("name")
    if subject == GUARDIAN_COMES:
        known = {adult["id"]: adult["name"] for adult in home.adults}
        who = form.value("who")
        person = form.value("person") if who == NEW else who
        fields |= {
            "name": known.get(who) or form.value("name"),
            "guardian_id": None if person in ("", NEW) else person,
            "authority": form.value("authority") == "yes",
            "lives_here": form.value("lives_here") == "yes",
            "children": form.values["children"],
        }
    if subject == GUARDIAN_LEAVES:
        still = form.value("how") == STAYS_IN_CHARGE
        fields |= {"still_answers": still, "children": [] if still else form.values["children"]}
    return fields


def check_known_person(form: Form, known: Sequence[KnownAdult]) -> None:
    """
    Add that the agent has to say which known person this is, or that it is none of them.

    An address is answered alike where nobody has it and where its holder may not be offered.
    """
    asked = f"{form.value('name')} {form.value('email')}"
    answers = (NEW, *(adult["id"] for adult in known))
    if form.value("asked") == asked and form.value("person") in answers:
        return
    form.values |= {"asked": asked, "person": ""}
    if known:
        form.errors["person"] = _("Cette personne est peut-être déjà connue : dites laquelle.")
    elif form.value("email"):
        form.errors["person"] = _("Personne n’est proposé pour ce nom ni pour cette adresse.")


def people_choices(register: Register, known: Sequence[KnownAdult]) -> list[tuple[str, str, str]]:
    """Return who it could be, with where and whose parent, and that it is nobody of these."""
    choices = [
        (
            adult["id"],
            adult["name"],
            whereabouts_in_words(register, adult["communes"], adult["born"]),
        )
        for adult in known
    ]
    return [*choices, (NEW, _("Une nouvelle personne, que la ville ne connaît pas encore"), "")]


def refusal_sentence(name: str) -> str:
    """Return the sentence at a field that the dossier refused."""
    return {
        "paper_date": _("Cette pièce est datée d’un jour à venir."),
        "holds_from": _("Ce jour est trop lointain, ou pas encore venu."),
        "children": _("Cet adulte ne répond pas de l’un de ces enfants."),
        "authority": _(
            "Cette personne a déjà l’autorité parentale sur un enfant coché. Elle ne se retire que"
            " sur la page de l’enfant (« Corriger »)."
        ),
        "lives_here": _(
            "Si la personne vit déjà ici, notez plutôt son départ. Si elle vit ailleurs, elle ne"
            " revient pas dans un foyer protégé : levez d’abord la protection."
        ),
        "guardian_id": _("Cette personne a été séparée de ce foyer : elle n’y revient pas."),
    }.get(name, _("Cette valeur ne convient pas."))


def _check_name(form: Form) -> None:
    if not form.value("name"):
        form.errors["name"] = _("À remplir.")
    elif len(form.value("name")) > MOST_NAME:
        form.errors["name"] = _("Au plus %(most)s caractères.", most=MOST_NAME)


def _check_arrival(form: Form, home: HouseholdAdultsAnswer) -> None:
    if form.value("who") not in (NEW, *(adult["id"] for adult in home.adults)):
        form.errors["who"] = _("Choisissez une des réponses proposées.")
    for name in ("authority", "lives_here"):
        if form.value(name) not in YES_NO:
            form.errors[name] = _("Choisissez une des réponses proposées.")
    _check_children(form)


def _check_departure(form: Form) -> None:
    if form.value("how") not in (STAYS_IN_CHARGE, ANSWERS_NO_MORE):
        form.errors["how"] = _("Choisissez une des réponses proposées.")
    if form.value("how") == ANSWERS_NO_MORE:
        _check_children(form)


def _check_children(form: Form) -> None:
    if not form.values["children"]:
        form.errors["children"] = _("Cochez un enfant au moins.")


def _form_with_labels(form: Form) -> Form:
    form.labels = {
        "name": _("Prénom et nom"),
        "who": _("Qui est-ce ?"),
        "email": _("E-mail de son compte"),
        "person": _("Déjà connue dans la ville ?"),
        "authority": _("Autorité parentale"),
        "lives_here": _("Vit dans ce foyer"),
        "how": _("Comment"),
        "children": _("Enfants"),
        **correction_forms.paper_and_reason_labels(),
    }
    return form
