"""What the portal keeps, a module for each subject."""

from services.portal_gateway.models.accompanied import AccompaniedLine, AccompaniedVisit
from services.portal_gateway.models.base import Base
from services.portal_gateway.models.bills import BillCard
from services.portal_gateway.models.cards import (
    Activity,
    FamilyCard,
    GuardianCard,
    SilentProvider,
)
from services.portal_gateway.models.news import FamilyAct, NewsRead, Notice
from services.portal_gateway.models.sessions import WebSession

__all__ = [
    "AccompaniedLine",
    "AccompaniedVisit",
    "Activity",
    "Base",
    "BillCard",
    "FamilyAct",
    "FamilyCard",
    "GuardianCard",
    "NewsRead",
    "Notice",
    "SilentProvider",
    "WebSession",
]
