"""
Shares of each channel (counter, telephone, paper, portal), to compare their treatment.

Pure. Children who came with their places from another software, or go on with them next year, made
no request here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from shared.contracts.enrolment.places.states import ACCEPTED, OFFERED

WITH_PLACE = frozenset({ACCEPTED, OFFERED})


@dataclass(frozen=True)
class Handled:
    """One request: through which channel, and when it was decided, if it was."""

    channel: str
    state: str
    submitted_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True)
class Share:
    """The requests of a channel, how many of them have a place, and the median wait for it."""

    channel: str
    asked: int
    placed: int
    wait: timedelta | None


def shares_by_channel(handled: Iterable[Handled]) -> list[Share]:
    """Return the share of each channel, the most used first."""
    by_channel: dict[str, list[Handled]] = {}
    for request in handled:
        by_channel.setdefault(request.channel, []).append(request)
    result = [_make_share_of_channel(channel, requests) for channel, requests in by_channel.items()]
    return sorted(result, key=lambda share: (-share.asked, share.channel))


def _make_share_of_channel(channel: str, requests: list[Handled]) -> Share:
    placed = [request for request in requests if request.state in WITH_PLACE]
    waits = [
        (request.decided_at - request.submitted_at).total_seconds()
        for request in placed
        if request.decided_at
    ]
    wait = timedelta(seconds=median(waits)) if waits else None
    return Share(channel, len(requests), len(placed), wait)
