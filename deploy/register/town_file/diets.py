"""Diets of a town in its file: the menus that its kitchens cook, and what they leave out."""

from collections.abc import Sequence

from deploy.register.town_file.blocks import BlockSchema
from deploy.register.town_file.field_types import Flag, Known, Several, Text, format_validator
from deploy.register.town_file.fields_of_several_blocks import CODE
from deploy.register.town_file.yaml_reader import LinedDict, refuse_repeated_value
from shared.contracts.sections.care.allergens import ALLERGENS
from shared.contracts.sections.care.diet import MOST_FOODS
from shared.contracts.sections.care.town_diets import TownDiet, TownDiets

WORD = format_validator(r"\S.{0,39}", "text of at most 40 characters")
MOST_MENUS = 12


class DietSchema(BlockSchema):
    makes = TownDiet
    code = Text(CODE)
    label = Text(WORD)
    label_en = Text(WORD, required=False)
    leaves_out = Text(Known("allergen", ALLERGENS), required=False)
    written = Several("word", required=False)
    offered = Flag(required=False)

    def check_across_keys(self, diet: TownDiet, block: LinedDict) -> None:
        if diet.leaves_out and diet.written:
            block.add_problem_at_key(
                "written is of menus: what leaves out an allergen has none", "written"
            )


def check_diets(root: LinedDict, listed: Sequence[TownDiet]) -> None:
    """Refuse two diets of one name or word, too many of them, and a list without a menu."""
    blocks = list(root.blocks_with_objects("diets", listed))
    refuse_repeated_value(blocks, "code")
    refuse_repeated_value(blocks, "label")
    if "diets" not in root:
        return
    diets = TownDiets(listed)
    if not diets.usual_menu:
        root.add_problem_at_key(
            "diets need a menu that is offered, one without leaves_out", "diets"
        )
    if len(diets.menus) > MOST_MENUS or len(diets.foods_left_out) > MOST_FOODS:
        root.add_problem_at_key(
            f"diets have {MOST_MENUS} menus and {MOST_FOODS} others at most", "diets"
        )
    seen: dict[str, str] = {}
    for block, diet in blocks:
        for word in diet.words_in_files if diet.is_menu else ():
            if seen.setdefault(word, diet.code) != diet.code:
                block.add_problem_at_key(f"{word!r} names {seen[word]} already", "written")
