"""Sessions of the desk, and sign-ins between password and code."""

from services.enrolment.models.base import Base
from shared.web.agents.models import desk_tables

DeskSession, DeskDoor = desk_tables(Base)
