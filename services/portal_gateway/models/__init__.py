"""What the portal keeps, a module for each subject."""

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
from services.portal_gateway.models.tariffs import PublishedResidences, PublishedTariff

__all__ = [
    "Activity",
    "Base",
    "BillCard",
    "FamilyAct",
    "FamilyCard",
    "GuardianCard",
    "NewsRead",
    "Notice",
    "PublishedResidences",
    "PublishedTariff",
    "SilentProvider",
    "WebSession",
]
