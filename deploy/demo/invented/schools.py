"""The schools of a demonstration: those that its children name, motives, who signs. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from deploy.demo.invented import names
from services.enrolment.school_year.schools.rules.levels import levels_in_order
from services.enrolment.school_year.schools.rules.uai import check_letter
from shared.contracts.enrolment.school_year.schools import (
    LEVELS,
    MAYOR,
    ImportedClass,
    ImportedMotive,
    ImportedSchool,
    ImportedSignature,
    ImportSchoolsRequest,
)
from shared.json_values import JsonMapping

PLACES = 26
INVENTED = 9_990_000
"""Numbers of a département that there is not."""

SIBLING = "frere_ou_soeur"
MOTIVES: tuple[ImportedMotive, ...] = (
    {"code": SIBLING, "label": "frère ou sœur dans l’école", "points": 40},
    {"code": "garde", "label": "garde de l’enfant près de l’école demandée", "points": 20},
    {"code": "lieu_de_travail", "label": "lieu de travail d’un parent", "points": 10},
    {"code": "demenagement", "label": "déménagement prévu dans l’année", "points": 10},
)
"""Criteria of a deliberation that no council took."""
SIGNATURE: ImportedSignature = {
    "acts_as": MAYOR,
    "quality": "Le maire de Démonstration",
    "signer": "Hélène Garnier",
    "delegation": "par délégation, l’adjointe à la vie scolaire",
    "place": "Démonstration",
    "deliberation": "la délibération n° 2026-12 du 3 mars 2026",
    "address": "Mairie, 1 place de l’Hôtel-de-Ville, 28901 Démonstration",
    "court": "tribunal administratif d’Orléans",
}


def schools_of_households(
    households: Iterable[JsonMapping], school_year: str
) -> ImportSchoolsRequest:
    """Return the schools and classes in which these households' children are."""
    classes: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for household in households:
        for child in household["children"]:
            schooling = child["sections"].get("schooling")
            if schooling and schooling["grade"] in LEVELS:
                of_school = classes[schooling["school"]]
                of_school[schooling["class_name"]].add(schooling["grade"])
    return ImportSchoolsRequest(
        school_year=school_year,
        schools=[
            _make_school(at, name, classes[name])
            for at, name in enumerate(sorted(classes), start=1)
        ],
        motives=list(MOTIVES),
        signature=SIGNATURE,
    )


def _make_school(at: int, name: str, classes: Mapping[str, set[str]]) -> ImportedSchool:
    figures = str(INVENTED + at)
    commune, insee, postcode = _commune_of_school(name)
    return ImportedSchool(
        name=name,
        uai=figures + check_letter(figures),
        street=f"{at} rue de l’École",
        postcode=postcode,
        insee=insee,
        commune=commune,
        levels=list(LEVELS[1:]),
        classes=[_make_class(each, classes[each]) for each in sorted(classes) if each],
    )


def _make_class(name: str, levels: Iterable[str]) -> ImportedClass:
    teacher = name.partition(", ")[2]
    return ImportedClass(name=name, teacher=teacher, places=PLACES, levels=levels_in_order(levels))


def _commune_of_school(name: str) -> tuple[str, str, str]:
    """Return the first commune that has children there, with its codes."""
    for commune, insee, postcode, schools, _share in names.LIVED_IN:
        if name in schools and insee:
            return commune, insee, postcode
    return "", "", ""
