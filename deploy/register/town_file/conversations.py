"""Parses the retention of conversations from a town file."""

from deploy.register.town_file.formats import RETENTION
from deploy.register.town_file.yaml_reader import Form, Item
from shared.register import Conversations

USUAL = Conversations()

DAYS = Form(r"[1-9][0-9]?", "a number of working days, 1 to 99")
KILOBYTES = Form(r"[1-9][0-9]{1,4}", "a number of kB, 10 to 99999")


def conversations(root: Item) -> Conversations:
    """Read the block `conversations`; a town that writes none has the usual one."""
    block = root.block("conversations") if root.has("conversations") else None
    if block is None:
        return USUAL
    found = Conversations(
        purpose=block.text("purpose", optional=True) or USUAL.purpose,
        retention=block.text("retention", RETENTION),
        answer_days=int(block.text("answer_days", DAYS) or 0),
        attachment_kb=int(block.text("attachment_kb", KILOBYTES) or 0),
    )
    block.close()
    return found
