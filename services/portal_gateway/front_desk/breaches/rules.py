"""A breach as it is kept: what is known of it, its 72 hours, and when it may be closed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.json_values import JsonMapping

TOLD_WITHIN = timedelta(hours=72)
"""From the moment at which one knew (GDPR, article 33)."""
KEPT_CLOSED = timedelta(days=5 * 365 + 2)
"""After it was closed: as long as a request of a person is kept."""


@dataclass(frozen=True)
class Facts:
    """
    What the officer knows: whose data from when to when, since when one knows, and in words.

    `service` is a provider's code, or what the form says of services that hold all families.
    `scope` is what the dossier measured.
    """

    service: str
    since: datetime
    until: datetime
    known: datetime
    texts: Mapping[str, str]
    scope: JsonMapping


@dataclass(frozen=True)
class KeptBreach:
    """A breach of the record; `why_untold` says why the CNIL was not told, where it was not."""

    id: str
    facts: Facts
    recorded_at: datetime
    recorded_by: str
    told_at: datetime | None
    why_untold: str
    closed_at: datetime | None
    closed_by: str | None

    @property
    def due(self) -> datetime:
        return self.facts.known + TOLD_WITHIN

    @property
    def is_settled(self) -> bool:
        """Say whether the CNIL was told, or it is written why not: then it may be closed."""
        return self.told_at is not None or bool(self.why_untold)

    @property
    def was_told_late(self) -> bool:
        return self.told_at is not None and self.told_at > self.due


def hours_left(known: datetime, now: datetime) -> int:
    """Return the whole hours until the CNIL has to be told; negative when they are over."""
    return int((known + TOLD_WITHIN - now).total_seconds() // 3600)
