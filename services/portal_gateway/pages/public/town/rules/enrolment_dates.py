"""Days on which requests for places open or close, as providers publish their offers. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from services.portal_gateway.enrolment.rules.joinable_offers import Offer
from shared.dates.clock import PARIS

OPENS, CLOSES = "opens", "closes"
MOST_DATES = 6


@dataclass(frozen=True)
class TownDate:
    """One moment at which a provider's requests open or close, for these activities."""

    moment: datetime
    what: str
    provider: str
    activities: tuple[str, ...]

    @property
    def day(self) -> date:
        return self.moment.astimezone(PARIS).date()


def dates_to_come(offers: Iterable[Offer], moment: datetime) -> list[TownDate]:
    """Return the next dates, the first ones first; what opens at the same time comes together."""
    together: dict[tuple[datetime, str, str], set[str]] = {}
    for offer in offers:
        for at, what in ((offer.opens_at, OPENS), (offer.closes_at, CLOSES)):
            if at is not None and at > moment:
                key = (at, what, offer.provider)
                together.setdefault(key, set()).add(offer.content["label"])
    dates = [TownDate(*key, tuple(sorted(names))) for key, names in together.items()]
    return sorted(dates, key=lambda each: (each.moment, each.what, each.provider))[:MOST_DATES]
