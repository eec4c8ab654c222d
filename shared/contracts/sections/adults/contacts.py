"""Section « Personnes à appeler »; the care core carries the first two numbers (rule R1)."""

from marshmallow import fields

from shared.contracts.sections.fields import SectionContent, list_length, phone, text
from shared.contracts.sections.section import (
    N_,
    Content,
    Field,
    Kind,
    Line,
    Phone,
    Rows,
    Said,
    Section,
)

MOST_PEOPLE = 6
"""Most people to call for one child."""


class ContactPerson(SectionContent):
    """An adult to call, in the order of the list."""

    name = text(120)
    relation = text(60)
    phone = phone()


class Contacts(SectionContent):
    """The people to call, first number first."""

    people = fields.List(
        fields.Nested(ContactPerson), required=True, validate=list_length(MOST_PEOPLE, 1)
    )


def _contact_lines(content: Content) -> list[Line]:
    return [
        (
            Said(N_("%(rank)s. %(who)s"), {"rank": rank, "who": name_with_relation(row)}),
            Phone(row["phone"]),
        )
        for rank, row in enumerate(content["people"], start=1)
    ]


def name_with_relation(person: Content) -> str:
    """Return a person with the relation: « Nadia Lefèvre, grand-mère »."""
    return ", ".join(part for part in (person["name"], person.get("relation", "")) if part)


def rows_of_people(*, most: int, at_first: int) -> Rows:
    """Return the rows of a form in which people are named, each with relation and telephone."""
    return Rows(
        "people",
        N_("Personne"),
        (
            Field("name", N_("nom")),
            Field("relation", N_("lien avec l’enfant")),
            Field("phone", N_("téléphone"), Kind.PHONE),
        ),
        significant=("name", "relation", "phone"),
        most=most,
        at_first=at_first,
    )


CONTACTS = Section(
    code="contacts",
    content=Contacts(),
    label=N_("Personnes à appeler"),
    icon="phone",
    slug="personnes-a-appeler",
    needed_as=N_("les personnes à appeler"),
    form=(rows_of_people(most=MOST_PEOPLE, at_first=2),),
    show=_contact_lines,
)
