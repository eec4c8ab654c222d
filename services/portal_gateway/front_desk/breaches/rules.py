"""A breach as it is kept: what is known of it, its 72 hours, and when it may be closed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.json_values import JsonMapping

NOTIFIED_WITHIN = timedelta(hours=72)
"""Time in which the authority is notified, from the moment at which one knew (GDPR, article 33)."""
KEPT_CLOSED = timedelta(days=5 * 365 + 2)
"""After it was closed: as long as a request of a person is kept."""
A_MINUTE = timedelta(minutes=1)


def first_moment_after(until: datetime) -> datetime:
    """Return the end of a period that was typed to the minute: that minute counts whole."""
    return until + A_MINUTE


@dataclass(frozen=True)
class BreachDetails:
    """
    A breach as the officer knows it: whose data, from when to when, known since when, and in words.

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
    """A breach of the record; `why_not_notified`: the reason, where the CNIL was not."""

    id: str
    details: BreachDetails
    recorded_at: datetime
    recorded_by: str
    notified_at: datetime | None
    why_not_notified: str
    closed_at: datetime | None
    closed_by: str | None

    @property
    def has_outcome(self) -> bool:
        """Say whether the CNIL was notified, or it is written why not: then it may be closed."""
        return self.notified_at is not None or bool(self.why_not_notified)


def hours_until_notification(known: datetime, now: datetime) -> int:
    """Return the whole hours until the CNIL has to be notified; negative when they are over."""
    return int((known + NOTIFIED_WITHIN - now).total_seconds() // 3600)
