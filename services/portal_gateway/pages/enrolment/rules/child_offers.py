"""
Offers for one child: open to it, had already, and closed with the reason. Pure.

An offer is in one of the three. The provider decides: a page spares a family what would be
refused, and says a clash before it is asked.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from services.portal_gateway.enrolment.rules.joinable_offers import (
    Offer,
    first_fitting_day,
    hours_of_child_in_group,
    time_of_year_of_group,
    verdict_of_offer,
)
from services.portal_gateway.enrolment.rules.stored_offers import StoredGroup
from services.portal_gateway.schedule.rules.family_days import Place, clashing_places
from shared.contracts.enrolment.place_conditions import Applicant
from shared.contracts.enrolment.places import published_offer

FREE_FIRST, BY_DAY, BY_NAME = "places", "jours", "nom"
ORDERS = (FREE_FIRST, BY_DAY, BY_NAME)
FULL = published_offer.AVAILABILITY[-1]
Key = tuple[str, str]
"""A provider and the id of its activity."""
AFTER_SUNDAY = 8
"""The place of a group that names no day of the week."""


@dataclass(frozen=True)
class Clash:
    """A place at the same hours as a group, and on which days of the week."""

    place: Place
    weekdays: Sequence[int]


@dataclass(frozen=True)
class FittingGroup:
    """
    A group that a child can join, and what it has at the same hours.

    `from_day` is there where it can from a later day alone, on which it changes school.
    """

    group: StoredGroup
    clashes: Sequence[Clash]
    from_day: date | None = None

    @property
    def has_day_without_clash(self) -> bool:
        """Say whether the child is free on some day on which the group meets."""
        taken = {day for clash in self.clashes for day in clash.weekdays}
        return not self.clashes or bool(set(self.group["weekdays"]) - taken)


@dataclass(frozen=True)
class OpenOffer:
    """An offer that takes requests now, with the groups that the child can join, the best first."""

    offer: Offer
    groups: Sequence[FittingGroup]

    @property
    def best_group(self) -> FittingGroup:
        return self.groups[0]

    @property
    def availability(self) -> str:
        """Return how much room there is in the group that has most."""
        return min((each.group["availability"] for each in self.groups), key=_rank_of_availability)

    @property
    def clashes_of_all_groups(self) -> Sequence[Clash]:
        """Return what the child has at the hours of every group; none where one is clear."""
        clear = any(not each.clashes for each in self.groups)
        return () if clear else self.best_group.clashes


@dataclass(frozen=True)
class ClosedOffer:
    """An offer that a child cannot ask for now: what its nearest group asks, or when it opens."""

    offer: Offer
    group: StoredGroup
    unmet: tuple[str, ...] = ()

    def opens_later(self, moment: datetime) -> bool:
        """Return whether time alone is in the way: the child may ask once requests open."""
        return not self.unmet and self.offer.opens_at > moment


@dataclass(frozen=True)
class Wishes:
    """Filters of a family on what is open; an empty one asks nothing."""

    weekdays: Sequence[int] = ()
    holidays: bool = False
    with_room: bool = False
    clear: bool = False
    order: str = FREE_FIRST

    @property
    def narrow_anything(self) -> bool:
        return bool(self.weekdays or self.holidays or self.with_room or self.clear)


def offers_for_child(
    offers: Iterable[Offer],
    applicant: Applicant,
    held: Collection[Place],
    child_ids: Collection[str],
    moment: datetime,
    today: date,
    later: Mapping[Key, date] = MappingProxyType({}),
) -> tuple[list[OpenOffer], list[ClosedOffer]]:
    """
    Return the offers that a child can ask for now, and those that it cannot, with the reason.

    `later` are those in which a place can only begin on a later day: the child has one until then.
    """
    open_offers: list[OpenOffer] = []
    closed_offers: list[ClosedOffer] = []
    for offer in offers:
        first_day = later.get((offer.provider, offer.activity_id))
        fitting = [
            (group, first)
            for group in offer.groups
            if (first := first_fitting_day(offer, group, applicant, today, first_day))
        ]
        if fitting and offer.takes_applications(moment):
            tomorrow = today + timedelta(days=1)
            groups = [
                FittingGroup(
                    group,
                    _clashes_of_group(group, held, child_ids, max(first, tomorrow)),
                    first if first > today else None,
                )
                for group, first in fitting
            ]
            open_offers.append(OpenOffer(offer, sorted(groups, key=_sort_key_by_usefulness)))
        elif fitting:
            closed_offers.append(ClosedOffer(offer, fitting[0][0]))
        else:
            closed_offers.append(_nearest_closed_offer(offer, applicant, today, first_day))
    return open_offers, closed_offers


def _nearest_closed_offer(
    offer: Offer, applicant: Applicant, today: date, first_day: date | None
) -> ClosedOffer:
    """Return the offer with the group that lacks least to take the child, and what it lacks."""
    verdicts = [
        (group, verdict_of_offer(offer, group, applicant, today, first_day))
        for group in offer.groups
    ]
    group, nearest = min(verdicts, key=lambda each: len(each[1].unmet))
    return ClosedOffer(offer, group, nearest.unmet)


def last_known_day(applicant: Applicant, today: date) -> date:
    """Return the day on which a child changes school, today where none is known to come."""
    coming = applicant.next_schooling
    return max(today, coming.day) if coming is not None and coming.school else today


def outgrown_places(
    offers: Iterable[Offer],
    applicant: Applicant,
    held: Iterable[Place],
    child_ids: Collection[str],
    today: date,
    day: date,
) -> list[Place]:
    """
    Return the places of a child in groups that are not for it on a day: of its former school, say.

    The provider ends such a place when it gives another one of the same activity.
    """
    by_key = {(each.provider, each.activity_id): each for each in offers}
    found: list[Place] = []
    for place in held:
        offer = by_key.get((place.provider, place.activity_id))
        if place.child_id not in child_ids or offer is None or _ends_before(place, day):
            continue
        group = next((each for each in offer.groups if each["label"] == place.group), None)
        first = max(day, place.valid_from)
        if group is not None and not verdict_of_offer(offer, group, applicant, today, first).fits:
            found.append(place)
    return found


def narrow_by_wishes(found: Iterable[OpenOffer], wishes: Wishes) -> list[OpenOffer]:
    """Return the open offers that answer to the wishes, each with those groups, in their order."""
    kept = [
        OpenOffer(each.offer, groups)
        for each in found
        if (
            groups := [
                group for group in each.groups if _does_group_answer_to_wishes(group, wishes)
            ]
        )
    ]
    return sorted(kept, key=_ORDER[wishes.order])


def _ends_before(place: Place, day: date) -> bool:
    return place.hours.last_day is not None and place.hours.last_day < day


def _clashes_of_group(
    group: StoredGroup, held: Iterable[Place], child_ids: Collection[str], first_day: date
) -> list[Clash]:
    wanted = hours_of_child_in_group(group, first_day)
    return [Clash(place, weekdays) for place, weekdays in clashing_places(held, child_ids, wanted)]


def _does_group_answer_to_wishes(fitting: FittingGroup, wishes: Wishes) -> bool:
    group = fitting.group
    part = time_of_year_of_group(group)
    in_term = part != published_offer.HOLIDAYS
    on_days = in_term and not set(wishes.weekdays).isdisjoint(group["weekdays"])
    in_holidays = wishes.holidays and part != published_offer.TERM
    return (
        (on_days or in_holidays or not (wishes.weekdays or wishes.holidays))
        and (not wishes.with_room or group["availability"] != FULL)
        and (not wishes.clear or fitting.has_day_without_clash)
    )


def _rank_of_availability(availability: str) -> int:
    return published_offer.AVAILABILITY.index(availability)


def _sort_key_by_usefulness(fitting: FittingGroup) -> tuple[bool, int]:
    return bool(fitting.clashes), _rank_of_availability(fitting.group["availability"])


_ORDER = {
    FREE_FIRST: lambda each: (
        _rank_of_availability(each.availability),
        bool(each.clashes_of_all_groups),
        each.offer.content["label"],
    ),
    BY_DAY: lambda each: (
        min(each.best_group.group["weekdays"], default=AFTER_SUNDAY),
        each.best_group.group["starts"],
        each.offer.content["label"],
    ),
    BY_NAME: lambda each: (each.offer.content["label"],),
}
