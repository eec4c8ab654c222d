"""The forms by which two files are joined, or taken apart: what goes on, from which paper."""

from collections.abc import Mapping
from datetime import date

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.front_desk.pages.corrections.forms import paper_and_reason_labels
from services.portal_gateway.front_desk.pages.corrections.labels import PAPERS_OF
from services.portal_gateway.front_desk.pages.safeguarding.seen_paper_forms import (
    PaperFields,
    check_confirmation,
    check_day,
    fields_of_paper_seen,
    form_with_sent_fields,
)
from shared.contracts.dossier.corrections import IDENTITY, MISTAKE
from shared.contracts.dossier.families import duplicate_children as contracts
from shared.contracts.dossier.families.duplicate_children import KEPT, OTHER, SIDES
from shared.web.forms.form_data import Form
from shared.web.language.typography import long_date

PAPERS = PAPERS_OF[IDENTITY]
SEEN = ("paper", "paper_date", "sure")
NEWER = "newer"

ALIKE: dict[str, LazyString] = {
    contracts.SAME_BIRTH: _l("même date de naissance"),
    contracts.NEAR_BIRTH: _l("date de naissance à un chiffre près"),
    contracts.SAME_FIRST: _l("même prénom"),
    contracts.NEAR_FIRST: _l("prénom presque pareil"),
    contracts.SAME_LAST: _l("même nom"),
    contracts.NEAR_LAST: _l("nom presque pareil"),
    contracts.SAME_HOME: _l("même foyer"),
    contracts.SAME_ADULT: _l("un adulte du même nom"),
}
OBSTACLES: dict[str, LazyString] = {
    contracts.SAME_FILE: _l("C’est le même dossier : il n’y a rien à réunir."),
    contracts.JOINED_ALREADY: _l("Un de ces dossiers est déjà réuni à un autre."),
    contracts.HELD: _l(
        "Un de ces dossiers est tenu par un agent, après un décès : rien ne s’y réunit."
    ),
    contracts.WAITS: _l(
        "Une correction d’un de ces dossiers attend son jour : reprenez-la, ou attendez ce jour."
    ),
    contracts.INVENTED: _l("Un de ces enfants est inventé, pour l’essai d’un service."),
    contracts.THREE_HOMES: _l(
        "L’enfant vivrait dans trois foyers : corrigez d’abord où il vit, d’après une pièce."
    ),
    contracts.TOO_MANY: _l("Cet enfant a déjà beaucoup de dossiers réunis."),
    contracts.ERASED: _l("Un des deux dossiers est effacé : ils ne se séparent plus."),
}


def field_of_section(section: str) -> str:
    """Return the field that says of which file a section goes on."""
    return f"of-{section}"


def file_choices_by_section(
    answer: contracts.CompareFilesAnswer,
) -> dict[str, list[tuple[str, str]]]:
    """Return by field the files between which somebody chooses, each with its day."""
    return {
        field_of_section(row["section"]): [
            (KEPT, _("du dossier qui reste, rempli le %(day)s", day=_day_in_words(row["kept_on"]))),
            (OTHER, _("de l’autre dossier, rempli le %(day)s", day=_day_in_words(row["other_on"]))),
            (NEWER, _("la réponse la plus récente")),
        ]
        for row in answer.sections
        if row["differs"]
    }


def sent_join_form(answer: contracts.CompareFilesAnswer) -> Form:
    """Return the form that was sent, with its mistakes."""
    choices = file_choices_by_section(answer)
    form = form_with_sent_fields(*choices, *SEEN, "not_twins")
    for name, options in choices.items():
        if form.value(name) not in [value for value, _label in options]:
            form.errors[name] = _("Dites quelle réponse reste.")
    if answer.twins and form.value("not_twins") != "yes":
        form.errors["not_twins"] = _(
            "Sans cela, ce sont deux enfants : des jumeaux ont leur dossier."
        )
    _check_paper_seen(form)
    return form


def request_to_join(
    form: Form, answer: contracts.CompareFilesAnswer, kept_id: str, other_id: str
) -> contracts.JoinFilesRequest:
    """Return the request that a form without mistakes makes."""
    return contracts.JoinFilesRequest(
        kept_id=kept_id,
        other_id=other_id,
        taken=[
            {"section": row["section"], "side": _file_chosen_for_section(form, row)}
            for row in answer.sections
            if row["differs"]
        ],
        not_twins=form.value("not_twins") == "yes",
        **_paper_and_reason_fields(form),
    )


def sent_part_form() -> Form:
    """Return the form that takes two files apart, with its mistakes."""
    form = form_with_sent_fields("later", *SEEN)
    if form.value("later") not in SIDES:
        form.errors["later"] = _("Dites à quel dossier va ce qui a été écrit depuis.")
    _check_paper_seen(form)
    return form


def request_to_take_apart(form: Form, join_id: str) -> contracts.PartFilesRequest:
    """Return the request that a form without mistakes makes."""
    return contracts.PartFilesRequest(
        join_id=join_id, later=form.value("later"), **_paper_and_reason_fields(form)
    )


def field_labels(sections: Mapping[str, str]) -> dict[str, str]:
    """Return how the summary of mistakes names the fields; `sections` are called as in the town."""
    return {
        **paper_and_reason_labels(),
        "not_twins": _("Jumeaux"),
        "later": _("Ce qui a été écrit depuis"),
        **{field_of_section(section): label for section, label in sections.items()},
    }


def _check_paper_seen(form: Form) -> None:
    if form.value("paper") not in PAPERS:
        form.errors["paper"] = _("Choisissez la pièce que vous avez vue.")
    check_day(form, "paper_date")
    check_confirmation(form)


class _SeenFields(PaperFields):
    reason: str


def _paper_and_reason_fields(form: Form) -> _SeenFields:
    return {**fields_of_paper_seen(form), "reason": MISTAKE}


def _file_chosen_for_section(form: Form, row: contracts.ComparedSection) -> str:
    said = form.value(field_of_section(row["section"]))
    if said != NEWER:
        return said
    kept_on, other_on = row["kept_on"], row["other_on"]
    return OTHER if other_on and (kept_on is None or other_on > kept_on) else KEPT


def _day_in_words(day: date | None) -> str:
    return long_date(day, "fr") if day else _("un jour inconnu")
