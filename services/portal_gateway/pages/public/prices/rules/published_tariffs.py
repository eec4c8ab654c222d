"""Published tariffs and residence classes, as last received from their providers. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from shared.contracts.enrolment.tariffs import Duration, Part, ResidenceClass, Surcharge
from shared.register.entitlement import Activity as Regulated


class PublishedGrid(TypedDict):
    """A grid of `shared/contracts/enrolment/tariffs.py` in JSON types: days are ISO text."""

    valid_from: str
    valid_to: str | None
    decision: str
    proration: str
    parts: list[Part]
    surcharges: list[Surcharge]


class PublishedPeriod(TypedDict):
    """A term in JSON types."""

    label: str
    first: str
    last: str


class PublishedTariff(TypedDict):
    """A tariff in JSON types."""

    activity: str
    label: str
    unit: str
    per: str
    residences: list[str]
    variants: list[str]
    duration: Duration | None
    periods: list[PublishedPeriod]
    grids: list[PublishedGrid]


class PublishedLine(TypedDict):
    """The residence class of a commune over a period, in JSON types."""

    insee: str
    residence: str
    valid_from: str
    valid_to: str | None


class PublishedResidences(TypedDict):
    """The residence classes of a provider, in JSON types."""

    classes: list[ResidenceClass]
    elsewhere: str
    communes: list[PublishedLine]


@dataclass(frozen=True)
class Residences:
    """A provider's residence classes, as last received."""

    version: int
    content: PublishedResidences


@dataclass(frozen=True)
class Published:
    """One tariff, as last received."""

    provider: str
    tariff: str
    version: int
    content: PublishedTariff
    received_at: datetime
    residences: Residences | None
    activity: Regulated | None

    @property
    def classes(self) -> PublishedResidences | None:
        return self.residences.content if self.residences else None

    @property
    def residence_version(self) -> int:
        return self.residences.version if self.residences else 0
