"""Projection « care core »: what every provider with a child needs (rule R1)."""

from datetime import date

from shared.contracts.sections.adults.barred_adults import barred_adults_on
from shared.contracts.sections.adults.contacts import name_with_relation
from shared.contracts.sections.section import (
    N_,
    Content,
    Contents,
    Projection,
    Said,
    Shown,
    pick_fields,
)

NUMBERS_IN_CARE_CORE = 2


def _project_care_core(contents: Contents, day: date) -> Content:
    """
    Return names, birth date, the first numbers, the barred adults and the PAI's conduct.

    A PAI that has expired stays, with its date: the conduct is maintained until renewed (rule R6).
    Of a placed child who has it in care is called first, then whom the parents named.
    """
    identity = contents["identity"]
    people = contents.get("contacts", {}).get("people", [])
    plan = contents.get("health", {}).get("care_plan")
    in_care_of = contents.get("family", {}).get("in_care_of", ())
    carers = [pick_fields(carer, "name", "phone") for carer in in_care_of if carer["phone"]]
    theirs = {carer["phone"] for carer in carers}
    named = [
        pick_fields(person, "name", "phone")
        for person in people[:NUMBERS_IN_CARE_CORE]
        if person["phone"] not in theirs
    ]
    return {
        "first_name": identity["first_name"],
        "last_name": identity["last_name"],
        "birth_date": identity["birth_date"],
        "numbers": [*carers, *named],
        "not_to_hand_over": barred_adults_on(contents.get("custody", {}), day),
        "care_plan": pick_fields(plan, "signs", "conduct", "kit", "valid_until") if plan else None,
    }


def _care_core_in_brief(contents: Contents) -> list[Shown]:
    people = contents.get("contacts", {}).get("people", [])[:NUMBERS_IN_CARE_CORE]
    plan = contents.get("health", {}).get("care_plan")
    return [
        Said(N_("Nom et date de naissance")),
        *(
            Said(N_("À appeler : %(who)s"), {"who": name_with_relation(person)})
            for person in people
        ),
        *([Said(N_("PAI : la conduite à tenir"))] if plan else []),
    ]


CARE_CORE_PROJECTION = Projection(
    code="care_core",
    fed_by=("identity", "contacts", "custody", "health"),
    compute=_project_care_core,
    filled=lambda content: bool(content["last_name"]),
    label=N_("L’essentiel pour s’occuper de votre enfant"),
    desk_label=N_("L’essentiel"),
    icon="alert",
    held_as="identité, groupe, deux numéros à appeler, d’abord celui de la personne à qui "
    "l’enfant est confié, à qui ne pas remettre l’enfant, conduite à tenir du PAI",
    brief=_care_core_in_brief,
    carried={
        "health": N_("la conduite à tenir du PAI"),
        "contacts": N_("les deux premiers numéros"),
    },
    sensitive=True,  # it holds the PAI's conduct
    by_guardians=True,
)
