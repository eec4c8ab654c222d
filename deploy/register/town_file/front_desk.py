"""The town's central desk in a town file: at most one, and a town may have none."""

from functools import partial

from deploy.register.town_file.blocks import Block, Blocks, BlockSchema
from deploy.register.town_file.field_types import Several, Text
from deploy.register.town_file.fields_of_several_blocks import (
    CODE,
    LABEL,
    LETTER,
    PHONE,
    AdministratorSchema,
)
from deploy.register.town_file.yaml_reader import LinedDict, refuse_repeated_value
from shared.register import FrontDesk, Role
from shared.register.entitlement import FRONT_DESK_PERMISSIONS


class DeskRoleSchema(BlockSchema):
    makes = partial(Role, projections=(), marks_seen=())
    code = Text(CODE)
    label = Text(LABEL)
    permissions = Several("act", FRONT_DESK_PERMISSIONS, data_key="acts")


class FrontDeskSchema(BlockSchema):
    makes = FrontDesk
    label = Text(LABEL)
    letter = Text(LETTER)
    phone = Text(PHONE)
    roles = Blocks(DeskRoleSchema)
    administrator = Block(AdministratorSchema, data_key="first_administrator")

    def check_across_keys(self, desk: FrontDesk, block: LinedDict) -> None:
        refuse_repeated_value(block.blocks_with_objects("roles", desk.roles), "code")
