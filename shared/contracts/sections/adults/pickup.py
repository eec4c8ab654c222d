"""
Section « Qui peut venir chercher »: adults beside the guardians, who may by right (rule R7).

The projection names who has a placed child, too: then others come by that person's leave.
"""

from datetime import date

from marshmallow import fields

from shared.contracts.sections.adults.contacts import name_with_relation, rows_of_people
from shared.contracts.sections.fields import SectionContent, list_length, phone, text
from shared.contracts.sections.section import (
    N_,
    Content,
    Contents,
    Line,
    Phone,
    Projection,
    Said,
    Section,
    pick_fields,
)

MOST_ALLOWED = 10


class PickupPerson(SectionContent):
    """An adult whom a guardian allows to collect the child."""

    name = text(120)
    relation = text(60)
    phone = phone(optional=True)


class Pickup(SectionContent):
    """The adults who may collect the child besides the guardians."""

    people = fields.List(
        fields.Nested(PickupPerson), required=True, validate=list_length(MOST_ALLOWED)
    )


def _pickup_lines(content: Content) -> list[Line]:
    people: list[Line] = [
        (name_with_relation(person), Phone(person.get("phone", ""))) for person in content["people"]
    ]
    nobody = Said(N_("aucune : seuls les responsables de l’enfant"))
    return people or [(Said(N_("Autres personnes")), nobody)]


def _project_pickup(contents: Contents, _day: date) -> Content:
    """Return whom the parents named; `in_care_of` is there where the child is placed."""
    people = contents.get("pickup", {}).get("people", [])
    carers = contents.get("family", {}).get("in_care_of")
    return {
        "people": [pick_fields(person, "name", "relation", "phone") for person in people],
        **({"in_care_of": [carer["name"] for carer in carers]} if carers else {}),
    }


PICKUP = Section(
    code="pickup",
    content=Pickup(),
    label=N_("Personnes autorisées à venir chercher l’enfant"),
    icon="pickup",
    slug="qui-vient-chercher",
    needed_as=N_("les personnes qui peuvent venir chercher"),
    form=(rows_of_people(most=MOST_ALLOWED, at_first=1),),
    show=_pickup_lines,
)

PICKUP_PROJECTION = Projection(
    code="pickup",
    fed_by=("pickup",),
    compute=_project_pickup,
    filled=lambda content: bool(content["people"]),
    label=N_("Personnes qui peuvent venir chercher"),
    desk_label=N_("Qui peut venir chercher"),
    icon="pickup",
    held_as="personnes autorisées à venir chercher l’enfant, et à qui il est confié",
    brief=lambda contents: [
        name_with_relation(row) for row in contents.get("pickup", {}).get("people", ())
    ],
    carried={"pickup": N_("cette liste")},
    whole=True,
    on_request=True,
    by_guardians=True,
)
