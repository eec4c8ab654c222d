"""Sequence numbers, which only grow: of bulletins, and of published absences of the provider."""

from typing import Literal

from sqlalchemy import select

from services.enrolment.models import ConversationCount
from shared.database import Write


def take_next_number(write: Write, of: Literal["bulletins", "away"]) -> int:
    """Return the next number, its row locked until the end of the transaction."""
    first = {"id": 1, "bulletins": 0, "away": 0}
    write.execute(write.upsert_into(ConversationCount).values(**first).on_conflict_do_nothing())
    row = write.scalars(select(ConversationCount).with_for_update()).one()
    number = getattr(row, of) + 1
    setattr(row, of, number)
    write.flush()
    return int(number)
