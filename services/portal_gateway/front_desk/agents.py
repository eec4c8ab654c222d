"""Who at the front desk may hold a file, by name, as the desk itself keeps its agents."""

from datetime import date

from sqlalchemy import or_, select

from services.portal_gateway.front_desk.models import Subject, SubjectRight
from services.portal_gateway.front_desk.store import store
from shared.register import FrontDesk
from shared.register.entitlement import PROTECT
from shared.text import folded


def who_protect(desk: FrontDesk | None, day: date) -> list[tuple[str, str]]:
    """Return the active agents with a role that protects on that day: (subject, full name)."""
    roles = [role.code for role in desk.roles if PROTECT in role.permissions] if desk else []
    wanted = (
        select(Subject.subject, Subject.name)
        .join(SubjectRight, SubjectRight.subject == Subject.subject)
        .where(
            Subject.active.is_(True),
            SubjectRight.role.in_(roles),
            SubjectRight.valid_from <= day,
            or_(SubjectRight.valid_to.is_(None), SubjectRight.valid_to >= day),
        )
        .distinct()
    )
    with store.read() as read:
        found = [(subject, name) for subject, name in read.execute(wanted)]
    return sorted(found, key=lambda each: (folded(each[1]), each[0]))


def names() -> dict[str, str]:
    """Return all agents ever known here by subject: a file may be held by who has left."""
    with store.read() as read:
        return {
            subject: name for subject, name in read.execute(select(Subject.subject, Subject.name))
        }
