"""Published tariffs and residence classes, as last received from their providers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.register.entitlement import Activity as Regulated

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Residences:
    """A provider's residence classes, as last received."""

    version: int
    content: Content


@dataclass(frozen=True)
class Published:
    """One tariff, as last received."""

    provider: str
    tariff: str
    version: int
    content: Content
    received_at: datetime
    residences: Residences | None
    activity: Regulated | None

    @property
    def classes(self) -> Content | None:
        return self.residences.content if self.residences else None

    @property
    def residence_version(self) -> int:
        return self.residences.version if self.residences else 0
