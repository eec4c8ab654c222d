"""Requirements of a complete dossier, by activity, in a town file."""

from collections.abc import Sequence
from functools import partial

from deploy.register.town_file.blocks import BlockSchema
from deploy.register.town_file.field_types import Several, Text, format_validator
from deploy.register.town_file.yaml_reader import LinedDict
from shared.register.completeness import NEEDS, Needs, refusals_of_needs
from shared.register.entitlement import Activity

CODE = format_validator(r"[a-z0-9_]{2,20}", "the code of an activity, or a regime")
EACH_YEAR = format_validator(
    r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9])",
    'a day of each year as month and day, in quotes ("07-01")',
)


class NeedsSchema(BlockSchema):
    makes = partial(Needs, first=())
    of = Text(CODE, data_key="for")
    first = Several("need", NEEDS, data_key="needs", required=False)
    for_stay = Several("need", NEEDS, required=False)
    by = Text(EACH_YEAR, required=False)

    def check_across_keys(self, needs: Needs, block: LinedDict) -> None:
        block.require_key("by" if "for_stay" in block else "needs")
        if needs.by and "for_stay" not in block:
            block.add_problem_at_key("by is the day of for_stay, which is missing", "by")


def check_needs(root: LinedDict, listed: Sequence[Needs], activities: Sequence[Activity]) -> None:
    """Refuse a line twice, and one that cannot stand beside the activities, if those are sound."""
    seen: set[str] = set()
    for block, needs in root.blocks_with_objects("completeness", listed):
        for reason in (
            refusals_of_needs(needs, activities) if "providers" not in root.refused else ()
        ):
            block.add_problem_at_key(reason, "for")
        if needs.of in seen:
            block.add_problem_at_key("is written twice", "for")
        seen.add(needs.of)
