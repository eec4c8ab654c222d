"""Agents who may accompany families at the front desk."""

from datetime import date

from sqlalchemy.orm import Session

from services.identity.accounts import queries
from shared.register import FrontDesk, Register
from shared.register.entitlement import ACCOMPANY


def may_accompany(read: Session, register: Register, agent: str, day: date) -> bool:
    """Say whether somebody holds a role at the front desk that accompanies families, that day."""
    desk: FrontDesk | None = register.now.front_desk
    roles = [role.code for role in desk.roles if ACCOMPANY in role.permissions] if desk else []
    return any(queries.has_right_on(read, agent, FrontDesk.code, day, role) for role in roles)
