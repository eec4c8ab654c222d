"""The town's central desk, as a town file writes it: at most one, and a town may have none."""

from collections.abc import Sequence

from deploy.register.town_file.formats import (
    CODE,
    LABEL,
    LETTER,
    PHONE,
    first_administrator,
    refuse_twice,
)
from deploy.register.town_file.yaml_reader import Item
from shared.register import FrontDesk, Role
from shared.register.entitlement import FRONT_DESK_PERMISSIONS


def front_desk(root: Item, providers: Sequence[Item]) -> FrontDesk | None:
    """
    Read the block `front_desk`, None where there is none.

    Its letter is its own, and so is its code: rights at identity name the office by it.
    """
    for item in providers:
        node = item.values.get("code")
        if node is not None and node.value == FrontDesk.code:
            item.refuse(f"{item.name}: this code is the town's front desk's", "code")
    block = root.block("front_desk") if root.has("front_desk") else None
    if block is None:
        return None
    desk = FrontDesk(
        label=block.text("label", LABEL),
        letter=block.text("letter", LETTER),
        phone=block.text("phone", PHONE),
        roles=_roles(block),
        administrator=first_administrator(block),
    )
    refuse_twice([*providers, block], "letter")
    block.close()
    return desk


def _roles(block: Item) -> tuple[Role, ...]:
    items = block.items("roles", "role")
    roles = tuple(_role(each, block) for each in items)
    refuse_twice(items, "code")
    return roles


def _role(item: Item, block: Item) -> Role:
    item.name = f"{block.name}, {item.name}"
    permissions = item.several_of("acts", FRONT_DESK_PERMISSIONS, "act")
    role = Role(item.text("code", CODE), item.text("label", LABEL), (), (), permissions)
    item.close()
    return role
