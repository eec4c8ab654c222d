"""Parses requirements of a complete dossier, by activity, from a town file."""

from collections.abc import Sequence

from deploy.register.town_file.yaml_reader import Form, Item
from shared.register.completeness import NEEDS, Needs, refusals_of_line
from shared.register.entitlement import Activity

CODE = Form(r"[a-z0-9_]{2,20}", "the code of an activity, or a regime")
EACH_YEAR = Form(
    r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9])",
    'a day of each year as month and day, in quotes ("07-01")',
)


def needs(root: Item, activities: Sequence[Activity] | None) -> tuple[Needs, ...]:
    """Read the list `completeness`; None: the activities were refused, and cannot be compared."""
    if not root.has("completeness"):
        return ()
    items = root.items("completeness", "completeness")
    read = [(_needs(each), each) for each in items]
    for needed, item in read if activities is not None else ():
        for reason in refusals_of_line(needed, activities or ()):
            item.refuse(f"{item.name}: {reason}", "for")
    _refuse_twice(read)
    return tuple(needed for needed, _ in read)


def _needs(item: Item) -> Needs:
    of = item.text("for", CODE)
    item.name = f"completeness for {of}" if of else item.name
    needed = Needs(
        of,
        item.several_of("needs", NEEDS, "need", optional=item.has("for_stay")),
        item.several_of("for_stay", NEEDS, "need", optional=True),
        item.text("by", EACH_YEAR, optional=not item.has("for_stay")),
    )
    if needed.by and not item.has("for_stay"):
        item.refuse(f"{item.name}: by is the day of for_stay, which is missing", "by")
    item.close()
    return needed


def _refuse_twice(read: Sequence[tuple[Needs, Item]]) -> None:
    seen: set[str] = set()
    for needed, item in read:
        if needed.of in seen:
            item.refuse(f"{item.name} is written twice", "for")
        seen.add(needed.of)
