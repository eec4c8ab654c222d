"""Public information in a town file: where families are received, who publishes, what is new."""

from deploy.register.town_file.blocks import BlockSchema
from deploy.register.town_file.field_types import Day, Text, format_validator
from deploy.register.town_file.fields_of_several_blocks import PHONE
from shared.register import Counter, Legal, TownNotice

NOTICE = format_validator(r"\S.{0,299}", "text of at most 300 characters")


class CounterSchema(BlockSchema):
    makes = Counter
    address = Text()
    hours = Text()
    hours_en = Text(required=False)


class LegalSchema(BlockSchema):
    makes = Legal
    publisher = Text()
    address = Text()
    phone = Text(PHONE)
    director = Text()
    host = Text()
    host_address = Text()
    host_phone = Text(PHONE)


class NoticeSchema(BlockSchema):
    makes = TownNotice
    text = Text(NOTICE)
    text_en = Text(NOTICE, required=False)
    until = Day(required=False)
