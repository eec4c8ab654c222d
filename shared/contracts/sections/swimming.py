"""
Section « Attestation de natation »: that a child may enter the water, for activities that swim.

Two papers count: the « savoir-nager en sécurité » of school (arrêté of 28 February 2022) and the
« pass-nautique » of leisure centres (arrêté of 25 April 2012). The paper itself is not kept.
"""

from datetime import date

from shared.contracts.sections.fields import SectionContent, choice, day, text
from shared.contracts.sections.section import (
    N_,
    Content,
    Contents,
    Field,
    Kind,
    Line,
    Projection,
    Retention,
    Section,
    lines_of_fields,
)

PAPERS = {
    "savoir_nager": N_("Savoir-nager en sécurité (école)"),
    "pass_nautique": N_("Pass-nautique (centre de loisirs, club)"),
}
SWIMS = "swimming"
"""The tag of activities whose sessions go into the water."""


class Swimming(SectionContent):
    """The paper that a child has, its day, and its author."""

    paper = choice(*PAPERS, required=True)
    obtained_on = day(required=True)
    issued_by = text(120)


FORM = (
    Field("paper", N_("Quelle attestation ?"), Kind.CHOICE, PAPERS, short=N_("Attestation")),
    Field("obtained_on", N_("Obtenue le"), Kind.DAY),
    Field(
        "issued_by",
        N_("Délivrée par"),
        hint=N_("l’école, la piscine ou le club"),
        most=120,
    ),
)


def _swimming_lines(content: Content) -> list[Line]:
    return lines_of_fields(FORM, content)


def _project_swimming(contents: Contents, _day: date) -> Content:
    entered = contents.get("swimming", {})
    return {name: entered.get(name, "") for name in ("paper", "obtained_on", "issued_by")}


SWIMMING = Section(
    code="swimming",
    content=Swimming(),
    label=N_("Attestation de natation"),
    icon="activities",
    slug="natation",
    needed_as=N_("l’attestation de natation"),
    asked_by=(SWIMS,),
    form=FORM,
    unless_listed=Retention(
        label_en="Swimming certificate",
        purpose="Savoir que l’enfant peut entrer dans l’eau",
        legal_basis="RGPD art. 6-1-e : mission d’intérêt public",
        retention="1 year",
        reference_date="end_of_last_link",
    ),
)

SWIMMING_PROJECTION = Projection(
    code="swimming",
    fed_by=("swimming",),
    compute=_project_swimming,
    filled=lambda content: bool(content["paper"]),
    label=N_("Attestation de natation"),
    desk_label=N_("Attestation de natation"),
    icon="activities",
    held_as="attestation de natation\u00a0: laquelle, sa date, qui l’a délivrée",
    brief=lambda contents: [text for _, text in _swimming_lines(contents.get("swimming", {}))][:1],
    carried={"swimming": N_("l’attestation de natation")},
    whole=True,
    by_activity=True,
    show=_swimming_lines,
)
