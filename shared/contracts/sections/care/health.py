"""Section « Santé »: allergies, treatments, PAI, what staff must know; no nature of a handicap."""

from datetime import date

from marshmallow import ValidationError, fields, validates_schema

from shared.contracts.sections.care.allergens import ALLERGENS, OTHER
from shared.contracts.sections.fields import SectionContent, choice, day, list_length, text
from shared.contracts.sections.section import (
    N_,
    Content,
    Contents,
    Field,
    Kind,
    Line,
    Part,
    Projection,
    Rows,
    Said,
    Section,
    pick_fields,
)
from shared.json_values import JsonObject

CARE_TEXT_MOST = 280
"""Most characters of what one sees, does and fetches under a PAI, all three together (rule R1)."""

MOST_ROWS = 10
"""Most allergies, and most treatments, of one child."""

SEVERITIES = {"severe": N_("sévère"), "mild": N_("légère ou moyenne")}
ALLERGEN_CHOICES = {**ALLERGENS, OTHER: N_("Rien de ces 14")}
YES_OR_NO = {"yes": N_("Oui"), "no": N_("Non")}


class Allergy(SectionContent):
    """One allergy."""

    substance = text(80)
    allergen = choice("", *ALLERGENS, OTHER, load_default="")
    """One of the 14 that menus name, as the family says; "" where it has not been said."""
    severity = choice(*SEVERITIES, required=True)
    reaction = text(200, optional=True)


class Treatment(SectionContent):
    """A medicine that the child takes."""

    name = text(80)
    dosage = text(120)
    moment = text(120, optional=True)


class CarePlan(SectionContent):
    """
    The PAI as every provider with the child reads it (rule R1).

    Three short texts: what one sees, what one does, where the kit is.
    """

    signs = text(CARE_TEXT_MOST)
    conduct = text(CARE_TEXT_MOST)
    kit = text(CARE_TEXT_MOST)
    valid_until = day(required=True)

    @validates_schema
    def _refuse_more_than_fits_on_card(self, data: JsonObject, **_: object) -> None:
        length = sum(len(data.get(part, "")) for part in ("signs", "conduct", "kit"))
        if length > CARE_TEXT_MOST:
            raise ValidationError(
                f"Ces trois textes font {length} caractères : gardez l’essentiel, "
                f"{CARE_TEXT_MOST} au plus.",
                "conduct",
            )


class Health(SectionContent):
    """The health sheet."""

    allergies = fields.List(
        fields.Nested(Allergy), load_default=list, validate=list_length(MOST_ROWS)
    )
    treatments = fields.List(
        fields.Nested(Treatment), load_default=list, validate=list_length(MOST_ROWS)
    )
    care_plan = fields.Nested(CarePlan, load_default=None, allow_none=True)
    vaccinations_checked = fields.Boolean(load_default=False)
    remarks = text(500, optional=True)


def allergy_with_severity(allergy: Content) -> Said:
    """Return an allergy in words: « Arachide (sévère) »."""
    severity = Said(SEVERITIES[allergy["severity"]])
    values = {"substance": allergy["substance"], "severity": severity}
    return Said(N_("%(substance)s (%(severity)s)"), values)


def _health_lines(content: Content) -> list[Line]:
    allergies = [allergy_with_severity(allergy) for allergy in content.get("allergies", ())]
    treatments = [treatment["name"] for treatment in content.get("treatments", ())]
    lines: list[Line] = [
        (Said(N_("Allergies")), allergies or Said(N_("aucune"))),
        (Said(N_("Traitements")), treatments or Said(N_("aucun"))),
        (Said(N_("PAI")), _care_plan_line(content.get("care_plan"))),
    ]
    if content.get("remarks"):
        lines.append((Said(N_("À savoir")), content["remarks"]))
    return lines


def _care_plan_line(plan: Content | None) -> Said:
    if not plan:
        return Said(N_("aucun"))
    until = date.fromisoformat(plan["valid_until"])
    return Said(N_("valable jusqu’au %(day)s"), {"day": until})


def _project_allergies(contents: Contents, _day: date) -> Content:
    entered = contents.get("health", {}).get("allergies", [])
    return {"allergies": [_allergy_for_providers(row) for row in entered]}


def _allergy_for_providers(row: Content) -> Content:
    """Return an allergy as providers read it; one of before menus has no code."""
    return pick_fields(row, "substance", "severity", "reaction", *({"allergen"} & row.keys()))


def _project_treatments(contents: Contents, _day: date) -> Content:
    entered = contents.get("health", {}).get("treatments", [])
    return {"treatments": [pick_fields(row, "name", "dosage", "moment") for row in entered]}


def _project_health_sheet(contents: Contents, day: date) -> Content:
    health = contents.get("health", {})
    return {
        **_project_allergies(contents, day),
        **_project_treatments(contents, day),
        "remarks": health.get("remarks", ""),
        "vaccinations_checked": health.get("vaccinations_checked", False),
    }


HEALTH = Section(
    code="health",
    content=Health(),
    label=N_("Santé"),
    icon="health",
    slug="sante",
    needed_as=N_("la page santé"),
    sensitive=True,
    form=(
        Rows(
            "allergies",
            N_("Allergie"),
            (
                Field("substance", N_("à quoi")),
                Field(
                    "allergen",
                    N_("au menu, c’est"),
                    Kind.CHOICE,
                    ALLERGEN_CHOICES,
                    optional=True,
                ),
                Field("severity", N_("gravité"), Kind.CHOICE, SEVERITIES),
                Field("reaction", N_("réaction"), optional=True),
            ),
            significant=("substance", "reaction"),
            most=MOST_ROWS,
        ),
        Rows(
            "treatments",
            N_("Traitement"),
            (
                Field("name", N_("nom")),
                Field("dosage", N_("dose")),
                Field("moment", N_("quand"), optional=True),
            ),
            significant=("name", "dosage", "moment"),
            most=MOST_ROWS,
        ),
        Part(
            "care_plan",
            asked=Field("has_plan", N_("PAI"), Kind.CHOICE, YES_OR_NO),
            asked_again="Répondez par oui ou par non.",
            had="had_plan",
            dropped=Field("drop_plan", N_("PAI"), Kind.TICK),
            dropped_again="Vous retirez le PAI : cochez pour confirmer, ou répondez oui.",
            fields=(
                Field("signs", N_("PAI, ce que l’on voit"), Kind.TEXT),
                Field("conduct", N_("PAI, ce que l’on fait"), Kind.TEXT),
                Field("kit", N_("PAI, où est la trousse"), Kind.TEXT),
                Field("valid_until", N_("PAI, date de fin"), Kind.DAY),
            ),
        ),
        Field("vaccinations_checked", N_("Vaccinations"), Kind.TICK),
        Field("remarks", N_("À savoir"), Kind.TEXT, optional=True),
    ),
    show=_health_lines,
)

ALLERGIES_PROJECTION = Projection(
    code="allergies",
    fed_by=("health",),
    compute=_project_allergies,
    filled=lambda content: bool(content["allergies"]),
    label=N_("Allergies"),
    desk_label=N_("Allergies"),
    icon="health",
    held_as="allergies",
    brief=lambda contents: [
        allergy_with_severity(row) for row in contents.get("health", {}).get("allergies", ())
    ],
    carried={"health": N_("les allergies")},
    sensitive=True,
    on_request=True,
    on_occasion=True,
)
TREATMENTS_PROJECTION = Projection(
    code="treatments",
    fed_by=("health",),
    compute=_project_treatments,
    filled=lambda content: bool(content["treatments"]),
    label=N_("Traitements"),
    desk_label=N_("Traitements"),
    icon="health",
    held_as="traitements",
    brief=lambda contents: [
        row["name"] for row in contents.get("health", {}).get("treatments", ())
    ],
    carried={"health": N_("les traitements")},
    sensitive=True,
    on_request=True,
)
HEALTH_SHEET_PROJECTION = Projection(
    code="health_sheet",
    fed_by=("health",),
    compute=_project_health_sheet,
    filled=lambda content: any(content.values()),
    label=N_("Fiche santé complète"),
    desk_label=N_("Fiche santé"),
    icon="health",
    held_as="fiche sanitaire (allergies, traitements, PAI, remarques)",
    carried={"health": N_("toute la fiche santé")},
    whole=True,
    sensitive=True,
)
