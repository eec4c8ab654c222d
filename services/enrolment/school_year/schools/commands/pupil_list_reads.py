"""Publishes that an agent read the names and classes of pupils (rule R13)."""

from collections.abc import Iterable
from datetime import datetime

from services.enrolment.children.commands.sheet_reading import publish_projection_read
from shared.database import Write
from shared.register.entitlement import CARE_CORE, SCHOOLING


def publish_pupils_read(
    write: Write, role: str, subject: str, child_ids: Iterable[str], now: datetime
) -> None:
    """Publish for each child what a list of pupils shows: its name and birth, school and class."""
    for child_id in sorted(set(child_ids)):
        for projection in (CARE_CORE, SCHOOLING):
            publish_projection_read(write, role, subject, child_id, projection, now)
