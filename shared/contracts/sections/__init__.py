"""The sections of a dossier and the projections that providers receive, in their order."""

from shared.contracts.sections.adults.barred_adults import CUSTODY
from shared.contracts.sections.adults.contacts import CONTACTS
from shared.contracts.sections.adults.pickup import PICKUP, PICKUP_PROJECTION
from shared.contracts.sections.care.care_core import CARE_CORE_PROJECTION
from shared.contracts.sections.care.diet import DIET, DIET_PROJECTION
from shared.contracts.sections.care.health import (
    ALLERGIES_PROJECTION,
    HEALTH,
    HEALTH_SHEET_PROJECTION,
    TREATMENTS_PROJECTION,
)
from shared.contracts.sections.communes_of_homes import RESIDENCE_PROJECTION
from shared.contracts.sections.consents import CONSENTS, CONSENTS_PROJECTION
from shared.contracts.sections.family import FAMILY_PROJECTION
from shared.contracts.sections.identity import IDENTITY
from shared.contracts.sections.papers import DATE_PROJECTIONS, PAPER_PROJECTIONS, PAPERS
from shared.contracts.sections.schooling import SCHOOLING, SCHOOLING_PROJECTION
from shared.contracts.sections.section import Projection, Section
from shared.contracts.sections.swimming import SWIMMING, SWIMMING_PROJECTION

SECTIONS: dict[str, Section] = {
    section.code: section
    for section in (
        *(IDENTITY, CONTACTS, CUSTODY, PICKUP, SCHOOLING),
        *(DIET, HEALTH, SWIMMING, PAPERS, CONSENTS),
    )
}
PROJECTIONS: dict[str, Projection] = {
    projection.code: projection
    for projection in (
        CARE_CORE_PROJECTION,
        PICKUP_PROJECTION,
        SCHOOLING_PROJECTION,
        DIET_PROJECTION,
        ALLERGIES_PROJECTION,
        TREATMENTS_PROJECTION,
        HEALTH_SHEET_PROJECTION,
        SWIMMING_PROJECTION,
        *PAPER_PROJECTIONS,
        *DATE_PROJECTIONS,
        CONSENTS_PROJECTION,
        FAMILY_PROJECTION,
        RESIDENCE_PROJECTION,
    )
}

FILLED_BY_GUARDIANS = (DIET, HEALTH, CONTACTS, PICKUP, SWIMMING)
"""Sections that guardians fill in, in the order of the child's page."""

READ_BY_FAMILIES = tuple(
    PROJECTIONS[code]
    for code in (
        "allergies",
        "care_core",
        "diet",
        "treatments",
        "health_sheet",
        "pickup",
        "schooling",
        "swimming",
        *(each.code for each in (CONSENTS_PROJECTION, *PAPER_PROJECTIONS, *DATE_PROJECTIONS)),
        "residence",
        "family",
    )
)
READ_AT_DESKS = tuple(
    PROJECTIONS[code]
    for code in (
        "allergies",
        "care_core",
        "treatments",
        "health_sheet",
        "diet",
        "pickup",
        "schooling",
        "swimming",
        *(each.code for each in (CONSENTS_PROJECTION, *PAPER_PROJECTIONS, *DATE_PROJECTIONS)),
    )
)
"""The most urgent first."""
