"""
What a guardian tells once: the content of each section, with the sentence that each mistake earns.

The same schema checks the family's form and the dossier's request. Fields follow CNIL NS-058: no
religion (a diet is what is on the plate), no nature of a handicap, no free text where a choice
does.
"""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

CARE_TEXT_MOST = 280
"""Most characters of what one sees, does and fetches under a PAI, all three together (rule R1)."""

MOST_BARRED = 6
"""Most adults to whom one child is not handed over."""

MOST_PEOPLE = 6
"""Most people to call for one child."""

MENUS = ("standard", "vegetarian", "no_pork")
WITHOUT = ("gluten", "lactose", "egg", "fish")
SEVERITIES = ("mild", "severe")

_REQUIRED: dict[str, Any] = {
    "required": "À remplir.",
    "null": "À remplir.",
    "invalid": "Cette valeur ne convient pas.",
}


def _text(most: int, *, optional: bool = False) -> fields.String:
    length = validate.Length(
        0 if optional else 1, most, error="Écrivez entre {min} et {max} caractères."
    )
    options: dict[str, Any] = {"load_default": ""} if optional else {"required": True}
    return fields.String(validate=length, error_messages=_REQUIRED, **options)


def _choice(*values: str, **options: Any) -> fields.String:
    one_of = validate.OneOf(values, error="Choisissez une des réponses proposées.")
    return fields.String(validate=one_of, error_messages=_REQUIRED, **options)


def _phone(*, optional: bool = False) -> fields.String:
    shape = validate.Regexp(
        r"^\Z|^\+?[0-9][0-9 .]{7,18}[0-9]\Z" if optional else r"^\+?[0-9][0-9 .]{7,18}[0-9]\Z",
        error="Écrivez un numéro de téléphone, par exemple 06 12 34 56 78.",
    )
    options: dict[str, Any] = {"load_default": ""} if optional else {"required": True}
    return fields.String(validate=shape, error_messages=_REQUIRED, **options)


def _day(**options: Any) -> fields.Date:
    messages = _REQUIRED | {"invalid": "Écrivez une date, par exemple 06/12/2026."}
    return fields.Date(format="iso", error_messages=messages, **options)


def _at_most(count: int, least: int = 0) -> validate.Length:
    return validate.Length(least, count, error="Indiquez de {min} à {max} lignes.")


class SectionContent(Schema):
    """A section's content; unknown fields are refused."""

    class Meta:
        unknown = RAISE


class Identity(SectionContent):
    """Who the child is."""

    first_name = _text(80)
    last_name = _text(80)
    birth_date = _day(required=True)


class ContactPerson(SectionContent):
    """Somebody to call, in the order of the list."""

    name = _text(120)
    relation = _text(60)
    phone = _phone()


class Contacts(SectionContent):
    """Whom to call, first number first; the care core carries the first two (rule R1)."""

    people = fields.List(
        fields.Nested(ContactPerson), required=True, validate=_at_most(MOST_PEOPLE, 1)
    )


class BarredAdult(SectionContent):
    """
    An adult to whom the child is not handed over.

    Entered from a paper seen, by the desk or the school lead, never by a guardian's form (rule R7).
    `recorded_by` and `seconded_by` are agents who saw it; a paper seen later may give it an end.
    """

    name = _text(120)
    paper_kind = _text(80)
    paper_date = _day(required=True)
    valid_from = _day(required=True)
    valid_to = _day(load_default=None, allow_none=True)
    recorded_by = _text(36, optional=True)
    seconded_by = _text(36, optional=True)
    lift_paper = _text(80, optional=True)
    lift_paper_date = _day(load_default=None, allow_none=True)


class Custody(SectionContent):
    """What rulings change at hand-over; only its effect leaves the dossier."""

    barred = fields.List(fields.Nested(BarredAdult), required=True, validate=_at_most(MOST_BARRED))


class PickupPerson(SectionContent):
    """Somebody a guardian allows to collect the child."""

    name = _text(120)
    relation = _text(60)
    phone = _phone(optional=True)


class Pickup(SectionContent):
    """Who may collect the child besides the guardians, who may by right (rule R7)."""

    people = fields.List(fields.Nested(PickupPerson), required=True, validate=_at_most(10))


class Schooling(SectionContent):
    """Where the child goes to school; written by the school service."""

    school = _text(120)
    grade = _text(40)
    class_name = _text(60, optional=True)


class Diet(SectionContent):
    """What is on the plate, and never why (NS-058: "sans porc" is allowed, a religion is not)."""

    menu = _choice(*MENUS, required=True)
    without = fields.List(_choice(*WITHOUT), load_default=list, validate=_at_most(len(WITHOUT)))


class Allergy(SectionContent):
    """One allergy."""

    substance = _text(80)
    severity = _choice(*SEVERITIES, required=True)
    reaction = _text(200, optional=True)


class Treatment(SectionContent):
    """A medicine that the child takes."""

    name = _text(80)
    dosage = _text(120)
    moment = _text(120, optional=True)


class CarePlan(SectionContent):
    """
    The PAI as every provider with the child reads it (rule R1).

    Three short texts: what one sees, what one does, where the kit is.
    """

    signs = _text(CARE_TEXT_MOST)
    conduct = _text(CARE_TEXT_MOST)
    kit = _text(CARE_TEXT_MOST)
    valid_until = _day(required=True)

    @validates_schema
    def _fits_on_a_card(self, data: dict[str, Any], **_: Any) -> None:
        length = sum(len(data.get(part, "")) for part in ("signs", "conduct", "kit"))
        if length > CARE_TEXT_MOST:
            raise ValidationError(
                f"Ces trois textes font {length} caractères : gardez l’essentiel, "
                f"{CARE_TEXT_MOST} au plus.",
                "conduct",
            )


class Health(SectionContent):
    """The health sheet: allergies, treatments, PAI, what the staff must know."""

    allergies = fields.List(fields.Nested(Allergy), load_default=list, validate=_at_most(10))
    treatments = fields.List(fields.Nested(Treatment), load_default=list, validate=_at_most(10))
    care_plan = fields.Nested(CarePlan, load_default=None, allow_none=True)
    vaccinations_checked = fields.Boolean(load_default=False)
    remarks = _text(500, optional=True)


CONTENT: dict[str, SectionContent] = {
    "identity": Identity(),
    "contacts": Contacts(),
    "custody": Custody(),
    "pickup": Pickup(),
    "schooling": Schooling(),
    "diet": Diet(),
    "health": Health(),
}

GUARDIAN_WRITES = ("contacts", "pickup", "diet", "health")
"""The sections whose form a guardian fills; the others are changed at a desk."""


def check(section: str, content: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Return the content as JSON types, and the mistakes: nested field names to French sentences.

    Where there are mistakes the content is empty.
    """
    schema = CONTENT[section]
    try:
        return schema.dump(schema.load(content)), {}
    except ValidationError as error:
        return {}, error.normalized_messages()
