"""The forms of corrections: present values, what was typed, and what is wrong with it."""

from collections.abc import Collection, Sequence
from itertools import combinations

from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.corrections.labels import FIELDS, PAPERS_OF, REASONS
from services.portal_gateway.front_desk.pages.corrections.two_home_week_forms import (
    add_week_fields,
    check_week_fields,
    labels_of_week_fields,
    week_field_values,
    weeks_of_form,
)
from services.portal_gateway.front_desk.pages.safeguarding.seen_paper_forms import (
    base_version,
    check_confirmation,
    check_day,
    form_with_sent_fields,
)
from shared.contracts.dossier.corrections import (
    CHANGE,
    GUARDIAN_DIED,
    IDENTITY,
    SCHOOLING,
    WEEKS,
    HomeOfChild,
    OpenForCorrectionAnswer,
)
from shared.contracts.dossier.two_home_weeks import ChildWeeks, weeks_in_one_home
from shared.dates.clock import today
from shared.town.schools.choice import TownSchool, school_called
from shared.town.schools.known_school_spelling import own_spelling
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.forms.school_fields import OTHER, fill_school, read_school

SEEN = ("paper", "paper_date", "reason", "holds_from")
OF_SECTION: dict[str, tuple[str, ...]] = {
    IDENTITY: ("first_name", "last_name", "birth_date"),
    SCHOOLING: ("school", "grade", "class_name"),
}
TYPED: dict[str, tuple[str, ...]] = OF_SECTION | {
    SCHOOLING: ("school", f"school{OTHER}", "grade", "class_name"),
}
"""Fields as a browser sends them: another school than the town's has its name in a field apart."""
MOST = {"first_name": 80, "last_name": 80, "school": 120, "grade": 40, "class_name": 60}
OPTIONAL = ("class_name",)
SHARED = "+"
"""Between two homes that share a child's weeks, in the value of an answer."""


def form_of_present_state(
    subject: str, child: OpenForCorrectionAnswer, schools: Sequence[TownSchool] = ()
) -> Form:
    """Return the form of a section as it is, to be corrected."""
    values = {name: str(getattr(child, name)) for name in OF_SECTION.get(subject, ())}
    version = {IDENTITY: child.identity_version, SCHOOLING: child.schooling_version}
    form = Form({**values, "version": str(version.get(subject, 0))})
    form.values["holds_from"] = today().isoformat()
    if subject == SCHOOLING:
        fill_school(form, "school", child.school, schools)
    return _form_with_labels(form)


def sent_form(
    subject: str,
    child: OpenForCorrectionAnswer | None = None,
    schools: Sequence[TownSchool] = (),
) -> Form:
    """Return the form that was sent, with its mistakes; `child` and `schools` are for a school."""
    form = _form_with_labels(
        form_with_sent_fields(*TYPED.get(subject, ()), *SEEN, "version", "sure")
    )
    for name in OF_SECTION.get(subject, ()):
        _check_field(form, name)
    if child is not None and subject == SCHOOLING:
        _check_schooling(form, child, schools)
    check_paper_seen_and_reason(form, PAPERS_OF[subject], with_reason=subject != GUARDIAN_DIED)
    return form


def check_paper_seen_and_reason(
    form: Form, papers: Collection[str], *, with_reason: bool = True
) -> None:
    """Add what is wrong with reason, day, paper seen, its date and tick, as they stand."""
    if with_reason and form.value("reason") not in REASONS:
        form.errors["reason"] = _("Dites pourquoi.")
    check_day(form, "holds_from")
    if form.value("paper") not in papers:
        form.errors["paper"] = _("Choisissez la pièce que vous avez vue.")
    check_day(form, "paper_date")
    check_confirmation(form)


def paper_and_reason_fields(form: Form) -> dict[str, object]:
    """Return the paper, the reason and the day as the dossier's requests take them."""
    return {
        "paper": form.value("paper"),
        "paper_date": read_day(form.value("paper_date")),
        "reason": form.value("reason") or CHANGE,
        "holds_from": read_day(form.value("holds_from")),
    }


def correction_fields(
    form: Form, subject: str, schools: Sequence[TownSchool] = ()
) -> dict[str, object]:
    """Return the fields of the request that a form without mistakes makes."""
    fields = {name: form.value(name) for name in OF_SECTION.get(subject, ())}
    if subject == SCHOOLING:
        fields["school"] = read_school(form, "school", schools)
    born = {"birth_date": read_day(form.value("birth_date"))} if subject == IDENTITY else {}
    base = {"base_version": base_version(form)} if fields else {}
    return {**fields, **base, **born, **paper_and_reason_fields(form)}


def form_of_present_weeks(child: OpenForCorrectionAnswer) -> Form:
    """Return the form of a child's weeks as they stand."""
    homes = [home["household_id"] for home in child.homes]
    values = {"lives": SHARED.join(homes), "holds_from": today().isoformat()}
    return _form_with_labels(Form({**week_field_values(child.weeks), **values}))


def sent_weeks_form(child: OpenForCorrectionAnswer) -> Form:
    """Return the form of weeks that was sent, with its mistakes."""
    form = _form_with_labels(form_with_sent_fields("lives", *SEEN, "sure"))
    add_week_fields(form)
    if form.value("lives") not in [value for value, _label in choices_of_home_count(child)]:
        form.errors["lives"] = _("Choisissez une réponse.")
    elif SHARED in form.value("lives"):
        check_week_fields(form, homes_of_form(form, child))
    check_paper_seen_and_reason(form, PAPERS_OF[WEEKS])
    return form


def choices_of_home_count(child: OpenForCorrectionAnswer) -> list[tuple[str, str]]:
    """Return where a child may live: in two homes that share its weeks, or in one alone."""
    homes = home_choices([*child.homes, *child.other_homes])
    pairs = [
        (f"{one}{SHARED}{other}", _("%(one)s et %(other)s", one=his, other=hers))
        for (one, his), (other, hers) in combinations(homes, 2)
    ]
    return [*pairs, *((home, _("%(home)s seulement", home=label)) for home, label in homes)]


def homes_of_form(form: Form, child: OpenForCorrectionAnswer) -> list[tuple[str, str]]:
    """Return the homes of the answer, each called by who lives there."""
    chosen = form.value("lives").split(SHARED)
    homes = home_choices([*child.homes, *child.other_homes])
    return [(home, label) for home, label in homes if home in chosen]


def weeks_entered_in_form(form: Form, child: OpenForCorrectionAnswer) -> ChildWeeks:
    """Return the weeks of a form without mistakes; in one home all days are its own."""
    homes = homes_of_form(form, child)
    return weeks_of_form(form, homes) if len(homes) > 1 else weeks_in_one_home(homes[0][0])


def home_choices(homes: Sequence[HomeOfChild]) -> list[tuple[str, str]]:
    """Return the homes of a child, each called by who lives there."""
    return [(home["household_id"], ", ".join(home["names"])) for home in homes]


def refusal_sentence(name: str) -> str:
    """Return the sentence at a field that the dossier refused."""
    return {
        "birth_date": _("Cette date de naissance ne peut pas être : à venir, ou trop ancienne."),
        "paper_date": _("Cette pièce est datée d’un jour à venir."),
        "holds_from": _("Ce jour vient avant la naissance, ou dans plus d’un an."),
        "weeks": _("L’enfant vit là où un adulte répond de lui, et chaque semaine est d’un foyer."),
    }.get(name, _("Cette valeur ne convient pas."))


def _check_schooling(
    form: Form, child: OpenForCorrectionAnswer, schools: Sequence[TownSchool]
) -> None:
    """Add what is wrong with a school and its class; a class is taken as the school spells it."""
    name, typed = read_school(form, "school", schools), form.value("class_name")
    school = school_called(name, schools)
    if not typed or (name, typed) == (child.school, child.class_name) or not schools:
        return
    if school is None:
        form.errors["class_name"] = _("Laissez vide : cette école n’est pas de la ville.")
        return
    own = own_spelling(typed, school.classes)
    form.values["class_name"] = own or typed
    if not own:
        form.errors["class_name"] = _(
            "Cette école n’a pas de classe « %(typed)s ». Ses classes : %(classes)s.",
            typed=typed,
            classes=", ".join(school.classes) or _("aucune pour le moment"),
        )


def _check_field(form: Form, name: str) -> None:
    value = form.value(name)
    if name == "birth_date":
        if read_day(value) is None:
            form.errors[name] = _("Écrivez une date, par exemple 03/05/2018.")
    elif not value and name not in OPTIONAL:
        form.errors[name] = _("À remplir.")
    elif len(value) > MOST[name]:
        form.errors[name] = _("Au plus %(most)s caractères.", most=MOST[name])


def _form_with_labels(form: Form) -> Form:
    form.labels = {
        **{name: str(label) for name, label in FIELDS.items()},
        **paper_and_reason_labels(),
    }
    return form


def paper_and_reason_labels() -> dict[str, str]:
    """Return how the summary of mistakes names the paper, the reason and the day."""
    return {
        "paper": _("Pièce vue"),
        "paper_date": _("Date de la pièce"),
        "reason": _("Pourquoi"),
        "holds_from": _("Vaut à partir du"),
        "sure": _("Confirmation"),
        "lives": _("Où vit l’enfant"),
        **labels_of_week_fields(),
    }
