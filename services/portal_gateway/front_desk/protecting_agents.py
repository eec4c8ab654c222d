"""Agents of the front desk who have the right to protect, by name."""

from datetime import date

from sqlalchemy import select

from services.portal_gateway.front_desk.models import Subject, SubjectRight
from services.portal_gateway.front_desk.store import store
from shared.database.tables.validity import valid_on_condition
from shared.register import FrontDesk
from shared.register.entitlement import PROTECT
from shared.text import folded


def agents_who_protect(desk: FrontDesk | None, day: date) -> list[tuple[str, str]]:
    """Return the active agents with a role that protects on that day: (subject, full name)."""
    roles = [role.code for role in desk.roles if PROTECT in role.permissions] if desk else []
    agents = (
        select(Subject.subject, Subject.name)
        .join(SubjectRight, SubjectRight.subject == Subject.subject)
        .where(
            Subject.active.is_(True),
            SubjectRight.role.in_(roles),
            valid_on_condition(SubjectRight, day),
        )
        .distinct()
    )
    with store.read() as read:
        rows = [(subject, name) for subject, name in read.execute(agents)]
    return sorted(rows, key=lambda row: (folded(row[1]), row[0]))


def agent_names() -> dict[str, str]:
    """Return all agents ever known here by subject: a file may be held by who has left."""
    with store.read() as read:
        return {
            subject: name for subject, name in read.execute(select(Subject.subject, Subject.name))
        }
