"""Requests of an invented family for schools, as at the portal: one, and one with a waiver."""

from functools import partial
from uuid import UUID, uuid5

from deploy.demo.invented.schools import SIBLING
from deploy.demo.life.load_steps import Steps
from deploy.demo.life.signed_in_people import Pages, Person
from deploy.demo.plan import Plan
from services.enrolment.school_year.schools.rules.levels import level_of_age
from shared.bus.client import Client
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.school_year import enrolments as school_enrolments
from shared.contracts.enrolment.school_year import schools
from shared.contracts.message import Empty, all_rows

_ACTS = UUID("0f3c8f5a-0d0b-4f39-9f0c-5d1a1e7b2c44")
LOGIN = "geraldine.yvinec@example.org"
"""The login of a family that moved: it asks for the new street's school, and for another one."""
WISHED = "École Jules-Ferry"
ADDRESS: school_enrolments.HomeAddress = {
    "street": "4 rue des Tanneurs",
    "postcode": "28990",
    "insee": "28901",
    "commune": "Démonstration",
}
PAPERS: school_enrolments.PapersGiven = {
    "child_identity": school_enrolments.SHOWN,
    "guardian_identity": school_enrolments.SHOWN,
    "domicile": school_enrolments.LATER,
}


def ask_for_schools(plan: Plan, client: Client, pages: Pages, steps: Steps) -> None:
    """Let the family ask for its two children, where the town has it and enrols at schools."""
    if not plan.providers_enrolling_at_schools or LOGIN not in {
        each.login for each in plan.people.families.accounts
    }:
        return
    provider = plan.providers_enrolling_at_schools[0]

    def ask_for_one_child(number: int) -> None:
        person = pages.sign_guardian_in(LOGIN)
        child = person.ask(guardians.my_children, Empty()).children[number]
        waiver = (
            _make_waiver_wish(_id_of_wished_school(client, plan.principal(provider)))
            if number
            else None
        )
        _ask_for_school(plan, person, provider, child, waiver)

    steps.do_each("school requests", range(2), ask_for_one_child)


def _ask_for_school(
    plan: Plan,
    person: Person,
    provider: str,
    child: guardians.CardChild,
    waiver: school_enrolments.WaiverWish | None,
) -> None:
    once = {what: str(uuid5(_ACTS, f"{what}|{child['id']}")) for what in ("link", "ask")}
    link = person.ask(
        guardians.open_link, guardians.LinkRequest(child["id"], provider), request_id=once["link"]
    )
    year = plan.offer.school_year
    person.ask(
        school_enrolments.request_school,
        school_enrolments.RequestSchoolRequest(
            child_id=child["id"],
            link_version=link.version,
            school_year=year,
            level=level_of_age(child["birth_date"], year),
            address=ADDRESS,
            papers=PAPERS,
            waiver=waiver,
        ),
        to=plan.principal(provider),
        request_id=once["ask"],
    )


def _make_waiver_wish(school_id: str) -> school_enrolments.WaiverWish:
    return {
        "school_id": school_id,
        "elsewhere": "",
        "motives": [SIBLING],
        "proof": school_enrolments.LATER,
    }


def _id_of_wished_school(client: Client, principal: str) -> str:
    """Return the id of the school that is wished."""
    rows = all_rows(
        partial(client.ask, to=principal), schools.school_names, lambda page: page.schools
    )
    return next(row["school_id"] for row in rows if row["name"] == WISHED)
