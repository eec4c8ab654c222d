"""Forms of school enrolment: an address with its papers, a decision, who signs."""

from collections.abc import Collection, Sequence
from typing import cast

from flask_babel import gettext as _

from services.enrolment.desk.page_parts.parsing import read_number
from services.enrolment.models import School, SchoolSignature
from services.enrolment.models.school_year.enrolments import BY_AREA, BY_CHOICE, BY_WAIVER
from services.enrolment.school_year.enrolments.commands.certificate_signature import SignatureFields
from services.enrolment.school_year.enrolments.commands.enrolling import Decision
from services.enrolment.school_year.enrolments.queries.requests import AddressAnswer
from services.enrolment.school_year.schools.rules.levels import LEVELS
from shared.contracts.enrolment.school_year.enrolments import (
    LATER,
    PAPER_WAYS,
    HomeAddress,
    PapersGiven,
    PaperWay,
)
from shared.contracts.enrolment.school_year.schools import MOST_MOTIVES, WHO_SIGNS
from shared.register.completeness import PAPERS
from shared.text import folded
from shared.web.addresses import fields as addresses
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

MOST_POINTS = 999
_SIGNATURE = {"quality": 120, "signer": 120, "delegation": 200, "place": 80, "deliberation": 200}
_APPEAL = {"address": 200, "court": 200}


def read_address(form: Form) -> HomeAddress:
    """Return the address of a form; its mistakes are put into the form."""
    addresses.check_address(form)
    return HomeAddress(**addresses.read_address(form))


def read_ways_of_papers(form: Form) -> PapersGiven:
    """Return how each of the three papers was given; what is not said is to come."""
    given = {
        paper: form.value(paper) if form.value(paper) in PAPER_WAYS else LATER for paper in PAPERS
    }
    return cast(PapersGiven, given)


def read_way_of_waiver_proof(form: Form) -> PaperWay:
    """Return how the paper that shows a waiver's motives was given; not said: it is to come."""
    return form.value("proof") if form.value("proof") in PAPER_WAYS else LATER


def read_level(form: Form) -> str:
    """Return the level of a form; its mistake is put into the form."""
    if form.value("level") not in LEVELS:
        form.errors["level"] = _("Choisissez le niveau.")
    return form.value("level")


def read_decision(
    form: Form,
    request_id: str,
    schools: Sequence[School],
    answers: Sequence[AddressAnswer],
    granted: Collection[str],
    controller: str,
) -> Decision | None:
    """
    Return what a form decides, None where it cannot be read; its mistakes are in the form.

    `granted` are the schools for which the request has a waiver.
    """
    school = next((each for each in schools if each.id == form.value("school")), None)
    if school is None:
        form.errors["school"] = _("Choisissez une école.")
    level, holds_from = read_level(form), read_day(form.value("holds_from"))
    if holds_from is None:
        form.errors["holds_from"] = _("Écrivez une date, par exemple 01/09/2027.")
    at = form.value("address") if len(answers) > 1 else "0"
    if not (at.isdecimal() and int(at) < len(answers)):
        form.errors["address"] = _("Dites laquelle des deux adresses compte.")
    if form.errors or school is None or holds_from is None:
        return None
    home = answers[int(at)]
    return Decision(
        request_id=request_id,
        school_id=school.id,
        level=level,
        holds_from=holds_from,
        basis=_basis_of_school(school.id, home, granted),
        over_places=form.value("over_places") == "yes",
        controller=controller,
        basis_address=address_on_one_line(home.address),
    )


def read_motives(form: Form) -> list[tuple[str, str, int]]:
    """Return the motives of a deliberation, one a line with its points; mistakes in the form."""
    motives = []
    for line in form.value("motives").splitlines():
        label, _semicolon, points = (part.strip() for part in line.rpartition(";"))
        number = read_number(points, MOST_POINTS)
        code = "_".join(folded(label).split())[:40]
        if not label or number is None or len(label) > 120 or not code:
            form.errors["motives"] = _(
                "Écrivez un motif par ligne, puis un point-virgule et ses points."
            )
            return []
        motives.append((code, label, number))
    if len({code for code, _label, _points in motives}) < len(motives):
        form.errors["motives"] = _("Un motif est là deux fois.")
    if len(motives) > MOST_MOTIVES:
        form.errors["motives"] = _("Au plus %(most)s motifs.", most=MOST_MOTIVES)
    return motives


def _basis_of_school(school_id: str, home: AddressAnswer, granted: Collection[str]) -> str:
    if home.answer.school_id == school_id:
        return BY_AREA
    return BY_WAIVER if school_id in granted else BY_CHOICE


def address_on_one_line(address: HomeAddress) -> str:
    """Return an address on one line."""
    return f"{address['street']}, {address['postcode']} {address['commune']}"


def make_signature_form(row: SchoolSignature | None) -> Form:
    """Return the form of who signs, as it is."""
    if row is None:
        return Form({})
    return Form(
        {"acts_as": row.acts_as} | {name: getattr(row, name) for name in _SIGNATURE | _APPEAL}
    )


def read_signature(form: Form) -> SignatureFields:
    """Return who signs; mistakes are put into the form."""
    if form.value("acts_as") not in WHO_SIGNS:
        form.errors["acts_as"] = _("Dites au nom de qui.")
    if not form.value("quality"):
        form.errors["quality"] = _("Écrivez la qualité, par exemple « Le maire de Démonstration ».")
    if not form.value("signer"):
        form.errors["signer"] = _("Écrivez le prénom et le nom de qui signe.")
    _check_lengths_of_texts(form, _SIGNATURE | _APPEAL)
    return SignatureFields(
        acts_as=form.value("acts_as"),
        quality=form.value("quality"),
        signer=form.value("signer"),
        delegation=form.value("delegation"),
        place=form.value("place"),
        deliberation=form.value("deliberation"),
        address=form.value("address"),
        court=form.value("court"),
    )


def _check_lengths_of_texts(form: Form, most: dict[str, int]) -> None:
    for name, length in most.items():
        if len(form.value(name)) > length:
            form.errors[name] = _("Au plus %(most)s caractères.", most=length)
