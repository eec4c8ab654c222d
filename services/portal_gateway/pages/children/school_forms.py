"""The forms of « École »: a request with its address and papers, and the wish of another school."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask import request
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.overview.queries.schools import published_schools, waiver_motives_of
from shared.contracts.enrolment.school_year import enrolments as contracts
from shared.contracts.enrolment.school_year.schools import LEVELS
from shared.dates.clock import today
from shared.register.completeness import CHILD_IDENTITY, DOMICILE, GUARDIAN_IDENTITY, PAPERS
from shared.town.schools.choice import TownSchool, school_called
from shared.web.addresses import fields as addresses
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.school_fields import OTHER, read_school

WISH = ("wish_school", f"wish_school{OTHER}", "proof")
FIELDS = (
    *("provider", "school_year", "level"),
    *addresses.FIELDS,
    *PAPERS,
    *WISH,
)

PAPER_LABELS: dict[str, LazyString] = {
    CHILD_IDENTITY: _l("Identité de l’enfant"),
    GUARDIAN_IDENTITY: _l("Identité des responsables"),
    DOMICILE: _l("Domicile"),
}
PAPER_WAYS: dict[str, LazyString] = {
    contracts.SHOWN: _l("déjà montrée à la mairie"),
    contracts.SWORN: _l("je l’atteste sur l’honneur"),
    contracts.LATER: _l("je la montrerai plus tard"),
}


def papers_in_words(papers: Sequence[str]) -> str:
    """Say several papers on one line."""
    return ", ".join(str(PAPER_LABELS[paper]).lower() for paper in PAPERS if paper in papers)


def sent_form() -> Form:
    """Return the form as it came in."""
    return form_of_fields(request.form.to_dict(flat=False))


def form_of_fields(sent: Mapping[str, Sequence[str]]) -> Form:
    """Return a form from its fields: as it came in, or as it was saved when a session ended."""
    values: dict[str, Any] = {name: (sent.get(name) or [""])[0].strip() for name in FIELDS}
    values["motives"] = list(sent.get("motives", ()))
    return form_with_labels(Form(values))


def form_with_labels(form: Form) -> Form:
    """Return a form whose summary of mistakes names its fields."""
    form.labels = {
        "provider": _("Service"),
        "school_year": _("Année scolaire"),
        "level": _("Niveau"),
        **{name: str(label) for name, label in addresses.LABELS.items()},
        "wish_school": _("École souhaitée"),
        f"wish_school{OTHER}": _("Nom de l’école et commune"),
        "motives": _("Motifs"),
        **{paper: str(label) for paper, label in PAPER_LABELS.items()},
    }
    return form


def school_years() -> list[str]:
    """Return the school year of today and the next: it turns on 1 September."""
    first = today().year if today().month >= 9 else today().year - 1
    return [f"{year}-{year + 1}" for year in (first, first + 1)]


def usual_school_year() -> str:
    """Return the year that most ask for: from January on, the next one."""
    return school_years()[0 if today().month >= 9 else 1]


def check_request(form: Form, services: Sequence[str]) -> None:
    """Put what is wrong with a request into its form."""
    if len(services) == 1:
        form.values["provider"] = services[0]
    if form.value("provider") not in services:
        form.errors["provider"] = _("Choisissez le service.")
    if form.value("school_year") not in school_years():
        form.errors["school_year"] = _("Choisissez l’année scolaire.")
    if form.value("level") not in LEVELS:
        form.errors["level"] = _("Choisissez le niveau.")
    addresses.check_address(form)
    for paper in PAPERS:
        if form.value(paper) not in contracts.PAPER_WAYS:
            form.errors[paper] = _("Choisissez une des réponses proposées.")


def read_school_wish(form: Form, provider: str, level: str) -> contracts.WaiverWish | None:
    """
    Return the other school that a form wishes at a provider, None where it wishes none.

    Motives of the law are for a school of another commune, those of the deliberation for one of the
    town: what is ticked of the other kind is left out.
    """
    schools = schools_of(provider)
    name = read_school(form, "wish_school", schools)
    if not name:
        return None
    school = school_called(name, schools)
    known = (
        [code for code, _label in waiver_motives_of(provider)]
        if school
        else contracts.MOTIVES_OF_LAW
    )
    ticked = form.values.get("motives", [])
    motives = [code for code in known if code in ticked]
    if not motives:
        form.errors["motives"] = _("Cochez au moins un motif.")
    if school is not None and level not in school.levels:
        form.errors["wish_school"] = _("Cette école n’a pas ce niveau.")
    proof = form.value("proof")
    return contracts.WaiverWish(
        school_id=school.id if school else None,
        elsewhere="" if school else name[:120],
        motives=motives,
        proof=proof if proof in contracts.PAPER_WAYS else contracts.LATER,
    )


def schools_of(provider: str) -> list[TownSchool]:
    """Return the schools of a provider, by commune and name."""
    found = shell_here().register.provider(provider) if provider else None
    return [each for each in published_schools() if found and each.source == found.principal]


def request_of_form(
    child_id: str, form: Form, link: int, wish: contracts.WaiverWish | None
) -> contracts.RequestSchoolRequest:
    """Return the request of a form without mistakes."""
    return contracts.RequestSchoolRequest(
        child_id=child_id,
        link_version=link,
        school_year=form.value("school_year"),
        level=form.value("level"),
        address=contracts.HomeAddress(**addresses.read_address(form)),
        papers=cast(contracts.PapersGiven, {paper: form.value(paper) for paper in PAPERS}),
        waiver=wish,
    )
