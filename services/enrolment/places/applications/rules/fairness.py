"""
Whether counter, telephone, paper and portal are equal: what became of the requests of each channel.

Pure. Children who came with their places from another software, or go on with them next year, asked
nobody here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from shared.contracts.enrolment.places import ACCEPTED, OFFERED

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
    """Of the requests of a channel, how many have a place, and the median wait for it."""

    channel: str
    asked: int
    placed: int
    wait: timedelta | None


def shares(handled: Iterable[Handled]) -> list[Share]:
    """Return the share of each channel, the most used first."""
    by_channel: dict[str, list[Handled]] = {}
    for one in handled:
        by_channel.setdefault(one.channel, []).append(one)
    found = [_share(channel, several) for channel, several in by_channel.items()]
    return sorted(found, key=lambda share: (-share.asked, share.channel))


def _share(channel: str, several: list[Handled]) -> Share:
    placed = [one for one in several if one.state in WITH_PLACE]
    waits = [
        (one.decided_at - one.submitted_at).total_seconds() for one in placed if one.decided_at
    ]
    wait = timedelta(seconds=median(waits)) if waits else None
    return Share(channel, len(several), len(placed), wait)
