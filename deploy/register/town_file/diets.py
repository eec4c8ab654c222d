"""Diets of a town in its file: the menus that its kitchens cook, and what they leave out."""

from collections.abc import Sequence

from deploy.register.town_file.blocks import BlockSchema
from deploy.register.town_file.field_types import Flag, Known, Several, Text, form
from deploy.register.town_file.shared_fields import CODE
from deploy.register.town_file.yaml_reader import LinedDict, refuse_twice
from shared.contracts.sections.care.allergens import ALLERGENS
from shared.contracts.sections.care.diet import MOST_FOODS
from shared.contracts.sections.care.town_diets import TownDiet, TownDiets

WORD = form(r"\S.{0,39}", "text of at most 40 characters")
MOST_MENUS = 12


class DietSchema(BlockSchema):
    makes = TownDiet
    code = Text(CODE)
    label = Text(WORD)
    label_en = Text(WORD, required=False)
    leaves_out = Text(Known("allergen", ALLERGENS), required=False)
    written = Several("word", required=False)
    offered = Flag(required=False)

    def check(self, diet: TownDiet, block: LinedDict) -> None:
        if diet.leaves_out and diet.written:
            block.refuse("written is of menus: what leaves out an allergen has none", "written")


def check_diets(root: LinedDict, listed: Sequence[TownDiet]) -> None:
    """Refuse two diets of one name or word, too many of them, and a list without a menu."""
    blocks = list(root.each("diets", listed))
    refuse_twice(blocks, "code")
    refuse_twice(blocks, "label")
    if "diets" not in root:
        return
    diets = TownDiets(listed)
    if not diets.usual:
        root.refuse("diets need a menu that is offered, one without leaves_out", "diets")
    if len(diets.menus) > MOST_MENUS or len(diets.foods) > MOST_FOODS:
        root.refuse(f"diets have {MOST_MENUS} menus and {MOST_FOODS} others at most", "diets")
    seen: dict[str, str] = {}
    for block, diet in blocks:
        for word in diet.words if diet.is_menu else ():
            if seen.setdefault(word, diet.code) != diet.code:
                block.refuse(f"{word!r} names {seen[word]} already", "written")
