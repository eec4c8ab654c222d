"""Forms of safeguarding: the paper that an agent has seen, and the days that it names."""

from collections.abc import Collection
from datetime import date
from typing import TypedDict

from flask import request
from flask_babel import gettext as _

from shared.contracts.dossier.families.safeguarding import (
    IN_BOTH,
    WITH_WHO_LEAVES,
    WITH_WHO_STAYS,
    ChildAfterwards,
    GuardedChild,
    NewAddress,
    OpenGuardedAnswer,
)
from shared.web.addresses import fields as addresses
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

PAPERS = (
    "jugement",
    "ordonnance de protection",
    "plainte",
    "décision de placement",
    "attestation d’un service social",
)
CHOICES = [(paper_fields, paper_fields) for paper_fields in PAPERS]


def form_with_sent_fields(*names: str) -> Form:
    """Return these fields of the form that was sent."""
    return Form({name: request.form.get(name, "").strip() for name in names})


def is_confirmation_ticked() -> bool:
    """
    Say whether the confirmation is ticked; ending a protection, placement or record hold needs it.
    """
    return request.form.get("sure") == "yes"


def check_paper_seen(form: Form) -> None:
    """Add what is wrong with the paper, its date and the tick that confirms it."""
    if form.value("paper") not in PAPERS:
        form.errors["paper"] = _("Choisissez le document que vous avez vu.")
    check_day(form, "paper_date")
    check_confirmation(form)


def check_confirmation(form: Form) -> None:
    """Add that the tick is missing which confirms what was typed."""
    if form.value("sure") != "yes":
        form.errors["sure"] = _("Cochez cette case pour confirmer.")


def check_days(form: Form) -> None:
    """Add what is wrong with the first day and, where there is one, the last."""
    check_day(form, "valid_from")
    if form.value("valid_to"):
        check_day(form, "valid_to")
    first, last = (read_day(form.value(name)) for name in ("valid_from", "valid_to"))
    if first and last and last < first:
        form.errors["valid_to"] = _("Le dernier jour vient avant le premier.")


def check_day(form: Form, name: str) -> None:
    """Add what is wrong with a day that has to be there."""
    if read_day(form.value(name)) is None:
        form.errors[name] = _("Écrivez une date, par exemple 03/05/2026.")


def base_version(form: Form) -> int:
    """Return the version that the form was made from, 0 where it says none."""
    version = form.value("version")
    return int(version) if version.isdigit() else 0


def checked_day(form: Form, name: str) -> date:
    """Return a day that `check_day` found in its field."""
    day = read_day(form.value(name))
    if day is None:
        raise LookupError(name)
    return day


class PaperFields(TypedDict):
    """The paper as the dossier's requests take it."""

    paper: str
    paper_date: date


def fields_of_paper_seen(form: Form) -> PaperFields:
    """Return the paper of a form that `check_paper_seen` has seen."""
    return {"paper": form.value("paper"), "paper_date": checked_day(form, "paper_date")}


def field_labels() -> dict[str, str]:
    """Return how the summary of mistakes names these fields."""
    return {
        "paper": _("Document vu"),
        "paper_date": _("Date du document"),
        "valid_from": _("À partir du"),
        "valid_to": _("Jusqu’au"),
        "sure": _("Confirmation"),
    }


def refused_placement_sentences(refused: Collection[str]) -> dict[str, str]:
    """Return, by field, why the dossier does not place the child so."""
    if "carer" in refused:
        sentence = _("Cette personne répond déjà de l’enfant : il ne lui est pas confié en plus.")
        return {"carer": sentence}
    return {
        "valid_to": _("Ces jours ne vont pas : la fin avant le début, ou un accueil déjà noté.")
    }


# A household of several guardians, some of whom are protected

ADDRESS = ("street", "postcode", "commune")


def choices_after_separation() -> list[tuple[str, str]]:
    """Return where a child may live once the household is separated."""
    return [
        (IN_BOTH, _("dans les deux foyers")),
        (WITH_WHO_LEAVES, _("dans le foyer protégé seulement")),
        (WITH_WHO_STAYS, _("dans l’autre foyer seulement")),
    ]


def separation_children(home: OpenGuardedAnswer) -> dict[str, GuardedChild]:
    """Return the children of a household that can be separated, by the field of each."""
    several = len(home.guardians) > 1
    return {f"lives-{child['id']}": child for child in home.children} if several else {}


def add_separation_fields(form: Form, home: OpenGuardedAnswer) -> None:
    """Add to a form who is protected, where each child lives and the new address, with mistakes."""
    form.values["guardians"] = request.form.getlist("guardians")
    names = {*separation_children(home), *ADDRESS}
    form.values |= {name: request.form.get(name, "").strip() for name in names}
    if not set(form.values["guardians"]) & {guardian["id"] for guardian in home.guardians}:
        form.errors["guardians"] = _("Cochez qui est protégé.")
    choices = {choice for choice, _name in choices_after_separation()}
    for name in separation_children(home):
        if form.value(name) not in choices:
            form.errors[name] = _("Choisissez où vit l’enfant.")
    if _does_no_child_follow(form, home):
        form.errors[next(iter(separation_children(home)))] = _(
            "Un enfant au moins vit dans le foyer protégé : sinon rien n’est caché."
        )
    check_new_address(form)


def check_new_address(form: Form) -> None:
    """Add what is wrong with a new address, which may be left out."""
    given = [name for name in ADDRESS if form.value(name)]
    for name in ADDRESS if given else ():
        if not form.value(name):
            form.errors[name] = _("Écrivez l’adresse entière, ou rien.")
    if given and "postcode" not in form.errors:
        addresses.check_written_commune(form)


def address_of_form(form: Form) -> NewAddress | None:
    """Return the new address, None where there is none."""
    if not form.value("street"):
        return None
    return NewAddress(
        street=form.value("street")[:160],
        postcode=form.value("postcode")[:10],
        commune=form.value("commune")[:80],
    )


def _does_no_child_follow(form: Form, home: OpenGuardedAnswer) -> bool:
    return bool(home.children) and all(
        form.value(name) == WITH_WHO_STAYS for name in separation_children(home)
    )


class SeparationFields(TypedDict, total=False):
    """Guardians protected and what follows of it; empty where nobody is named."""

    guardians: list[str]
    children: list[ChildAfterwards]
    address: NewAddress | None


def separation_fields(form: Form, home: OpenGuardedAnswer) -> SeparationFields:
    """Return the guardians protected and what follows, as the dossier's request takes it."""
    if not form.values.get("guardians"):
        return {}
    named = {guardian["id"] for guardian in home.guardians}
    children = [
        ChildAfterwards(child_id=child["id"], lives=form.value(name))
        for name, child in separation_children(home).items()
    ]
    guardians = sorted(named & set(form.values["guardians"]))
    return {
        "guardians": guardians,
        "children": children,
        "address": address_of_form(form),
    }


def separation_labels(home: OpenGuardedAnswer) -> dict[str, str]:
    """Return how the summary of mistakes names the fields of a separation."""
    return {
        "guardians": _("Qui est protégé"),
        "street": _("Numéro et rue"),
        "postcode": _("Code postal"),
        "commune": _("Commune"),
        **{name: child["first_name"] for name, child in separation_children(home).items()},
    }
