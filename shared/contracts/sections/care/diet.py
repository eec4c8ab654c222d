"""
Section « Régime alimentaire »: what is on the plate, never why (NS-058: no religion).

What may be chosen is the town's list (`town_diets`).
"""

from datetime import date

from marshmallow import fields

from shared.contracts.sections.care.town_diets import FOODS, MENUS
from shared.contracts.sections.fields import SectionContent, list_length, town_code
from shared.contracts.sections.section import (
    N_,
    Content,
    Contents,
    Field,
    Kind,
    Line,
    OfTown,
    Projection,
    Said,
    Section,
)
from shared.json_values import JsonMapping

MOST_FOODS = 20


class Diet(SectionContent):
    """The menu of a child, and what is left out of it."""

    menu = town_code(required=True)
    without = fields.List(town_code(), load_default=list, validate=list_length(MOST_FOODS))


def menu_and_exclusions(content: JsonMapping) -> list[OfTown]:
    """Return a diet as one list: the menu, then what is left out; empty where none was chosen."""
    if not content.get("menu"):
        return []
    return [OfTown(content["menu"]), *(OfTown(left) for left in content["without"])]


def _diet_lines(content: Content) -> list[Line]:
    return [(Said(N_("Menu")), menu_and_exclusions(content))]


def _project_diet(contents: Contents, _day: date) -> Content:
    diet = contents.get("diet", {})
    return {"menu": diet.get("menu"), "without": list(diet.get("without", []))}


DIET = Section(
    code="diet",
    content=Diet(),
    label=N_("Régime alimentaire"),
    icon="meal",
    slug="alimentation",
    needed_as=N_("le régime alimentaire"),
    sensitive=True,
    form=(
        Field("menu", N_("Menu"), Kind.CHOICE, of_town=MENUS),
        Field("without", N_("Aussi"), Kind.CHOICES, of_town=FOODS),
    ),
    show=_diet_lines,
)

DIET_PROJECTION = Projection(
    code="diet",
    fed_by=("diet",),
    compute=_project_diet,
    filled=lambda content: bool(content["menu"]),
    label=N_("Régime alimentaire"),
    desk_label=N_("Régime alimentaire"),
    icon="meal",
    held_as="régime alimentaire, sans son motif",
    brief=lambda contents: (
        [diet] if (diet := menu_and_exclusions(contents.get("diet", {}))) else []
    ),
    carried={"diet": N_("le régime alimentaire")},
    whole=True,
    sensitive=True,
    on_request=True,
    on_occasion=True,
)
