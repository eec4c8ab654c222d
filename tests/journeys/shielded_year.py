"""
A school year of a protected home, each event with words that stand nowhere else.

The mother asks for a school, is refused a waiver and has a certificate; lets somebody see the week;
an adult comes to live with her.
"""

from collections.abc import Callable
from datetime import date, timedelta

from services.enrolment.offer.rules.calendar import (
    next_school_year,
    school_year_days,
    school_year_of,
)
from services.enrolment.school_year.schools.rules.levels import level_of_age
from shared.contracts.dossier.corrections import CHANGE
from shared.dates.clock import today
from tests.journeys.bus import until
from tests.journeys.databases import found, one
from tests.journeys.over_http import Walker
from tests.journeys.town import DemoTown

CANARIES = {
    "street of certificate": "Sente Canarinette",
    "street of request": "Venelle Canaridoux",
    "waiver": "École Canarimousse",
    "carer": "Marraine Canarillon",
    "carer e-mail": "canaricourriel",
    "adult": "Beaupère Canarichou",
}
SCHOOL_IDS = ("request_id", "enrolment_id", "waiver_id")


def is_schooled(
    town: DemoTown, mother: Walker, agent: Callable[[str, str], Walker], child: str
) -> dict[str, str]:
    """Enrol the child from September, then ask anew and be refused a waiver; return their ids."""
    claire, karim = agent("ens", "claire.aubry"), agent("ens", "karim.haddad")
    claire.sends(
        "/ecoles/signature",
        acts_as="mayor",
        quality="Le maire de Démonstration",
        signer="Hélène Garnier",
        address="Hôtel de ville, 28990 Démonstration",
        court="tribunal administratif d’Orléans",
    )
    first = asks_for_school(town, mother, child, CANARIES["street of certificate"])
    school = "SELECT id FROM school WHERE name = 'École Jules-Ferry'"
    september = school_year_days(next_school_year(school_year_of(today())))[0]
    decision = {"holds_from": september.isoformat(), "over_places": "yes"}
    page = f"/ecoles/demandes/{first}"
    karim.sends(page, school=one(town, "enrolment_ens", school), **decision)
    made = "SELECT id FROM school_enrolment WHERE request_id = ?"
    second = asks_for_school(town, mother, child, CANARIES["street of request"])
    wanted = {"school": "elsewhere", "elsewhere": f"{CANARIES['waiver']}, Ailleurs"}
    karim.sends(f"/ecoles/derogations/demande/{second}", motives="work", **wanted)
    waiver = one(town, "enrolment_ens", "SELECT id FROM school_waiver WHERE request_id = ?", second)
    karim.sends(f"/ecoles/derogations/{waiver}", decision="no", why="not_proven")
    ids = (second, one(town, "enrolment_ens", made, first), waiver)
    return dict(zip(SCHOOL_IDS, ids, strict=True))


def asks_for_school(town: DemoTown, mother: Walker, child: str, street: str) -> str:
    """Ask for a school of next year from an address; return the request once it is there."""
    query = "SELECT birth_date FROM child_card WHERE child_id = :child"
    born = date.fromisoformat(str(found(town, "enrolment_ens", query, child=child)[0][0]))
    year = next_school_year(school_year_of(today()))
    page = f"/enfants/{child}/ecole"
    until(lambda: 'name="insee"' in mother.opens(page).text)  # a decision travels for a moment
    mother.sends(
        page,
        school_year=year,
        level=level_of_age(born, year),
        street=f"3 {street}",
        postcode="28990",
        insee="28901",
    )
    asked = "SELECT id FROM school_request WHERE child_id = :child AND state = 'asked'"
    return str(until(lambda: found(town, "enrolment_ens", asked, child=child))[0][0])


def opens_the_week(town: DemoTown, mother: Walker, child: str) -> str:
    """Let somebody see the child's week at her home; return the access."""
    mother.sends(
        f"/enfants/{child}/acces",
        name=CANARIES["carer"],
        email=f"{CANARIES['carer e-mail']}@example.org",
        acts="week",
        valid_from=today().isoformat(),
        valid_to=(today() + timedelta(days=30)).isoformat(),
    )
    return one(town, "dossier", "SELECT id FROM carer_access WHERE child_id = ?", child)


def receives_an_adult(mathilde: Walker, home: str, child: str) -> None:
    """Let an adult come to her home, who answers for the child and has no authority."""
    mathilde.sends(
        f"/dossiers/{home}/adultes/arrivee",
        who="new",
        name=CANARIES["adult"],
        children=child,
        authority="no",
        lives_here="yes",
        reason=CHANGE,
        holds_from=today().isoformat(),
        paper="judgment",
        paper_date=(today() - timedelta(days=1)).isoformat(),
        sure="yes",
    )
