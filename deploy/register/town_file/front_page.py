"""What a town file has for anybody: where families are received, and what is out of order."""

from deploy.register.town_file.blocks import BlockSchema
from deploy.register.town_file.fields import Day, Text, form
from shared.register import Counter, TownNotice

NOTICE = form(r"\S.{0,299}", "text of at most 300 characters")


class CounterSchema(BlockSchema):
    makes = Counter
    address = Text()
    hours = Text()
    hours_en = Text(required=False)


class NoticeSchema(BlockSchema):
    makes = TownNotice
    text = Text(NOTICE)
    text_en = Text(NOTICE, required=False)
    until = Day(required=False)
