"""
Order in which places are given: by arrival, by the provider's criteria, or by a draw.

Pure. A draw ranks each request by the SHA-256 of the seed and the application's id: the order of
requests changes nothing, and anyone with the printed seed and the ids can repeat it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any

from shared.dates.clock import PARIS

ORDER, CRITERIA, DRAW = "order", "criteria", "draw"

ANSWER_HOUR = time(18)
"""Offers end at this hour in France."""

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Request:
    """An application as far as it matters here; `points` are those of the provider's criteria."""

    application_id: str
    submitted_at: datetime
    points: int = 0

    @property
    def arrival_sort_key(self) -> Key:
        """Return what orders requests by arrival; the id decides within one instant."""
        return (self.submitted_at, self.application_id)


@dataclass(frozen=True)
class Outcome:
    """Applications with a place, and those that wait; the first of `waiting` has rank 1."""

    given: tuple[str, ...]
    waiting: tuple[str, ...]

    def rank(self, application_id: str) -> int:
        """Return a rank on the waiting list; raises ValueError for who is not on it."""
        return self.waiting.index(application_id) + 1


def allocate_places(
    requests: Iterable[Request], way: str, places: int | None, taken: int, seed: str = ""
) -> Outcome:
    """
    Share out what is left of `places` after `taken`; None means that there is no limit.

    Raises ValueError for a draw without a seed.
    """
    order = [request.application_id for request in sort_requests_for_places(requests, way, seed)]
    left = len(order) if places is None else max(0, places - taken)
    return Outcome(tuple(order[:left]), tuple(order[left:]))


def sort_requests_for_places(
    requests: Iterable[Request], way: str, seed: str = ""
) -> list[Request]:
    """Return the requests in the order in which places are given."""
    return sorted(requests, key=lambda request: sort_key_of_request(request, way, seed))


def sort_key_of_request(request: Request, way: str, seed: str = "") -> Key:
    """Return what orders a request among those with which it was, or is, decided."""
    if way == CRITERIA:
        return (-request.points, *request.arrival_sort_key)
    if way == DRAW:
        return (lot_of_application(seed, request.application_id), request.application_id)
    return request.arrival_sort_key


def lot_of_application(seed: str, application_id: str) -> str:
    """Return the lot of an application, in hexadecimal: the lowest is first."""
    if not seed:
        raise ValueError("a draw needs a seed")
    return sha256(f"{seed}{application_id}".encode()).hexdigest()


def points_of_request(declared: Collection[str], criteria: Sequence[Mapping[str, Any]]) -> int:
    """Return the points of what a request declares; a criterion is a code with its points."""
    return sum(int(criterion["points"]) for criterion in criteria if criterion["code"] in declared)


def end_of_offer_made_at(now: datetime, days: int) -> datetime:
    """Return when an offer made now ends: at 18 h in France, so many days later."""
    last = now.astimezone(PARIS).date() + timedelta(days=days)
    return datetime.combine(last, ANSWER_HOUR, PARIS).astimezone(now.tzinfo)
