"""
Sorts offers into those that a family's children can join, and the rest with reasons. Pure.

The provider decides; a page only spares a family what would be refused. A commune alone hides
nothing from a form: of a child's other home a family may know more than the portal.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from services.portal_gateway.cards.rules.json_values import to_day
from services.portal_gateway.enrolment.rules.stored_offers import StoredGroup, StoredOffer
from shared.contracts.enrolment.clashing_group_times import Hours
from shared.contracts.enrolment.place_conditions import (
    COMMUNE,
    Applicant,
    Verdict,
    judge_applicant_on,
)
from shared.contracts.enrolment.places.published_offer import TERM


@dataclass(frozen=True)
class Offer:
    """One activity with the groups that are still to come or running."""

    provider: str
    activity_id: str
    content: StoredOffer
    groups: tuple[StoredGroup, ...]

    @property
    def opens_at(self) -> datetime:
        return datetime.fromisoformat(self.content["opens_at"])

    @property
    def closes_at(self) -> datetime | None:
        closes = self.content["closes_at"]
        return datetime.fromisoformat(closes) if closes else None

    def takes_applications(self, moment: datetime) -> bool:
        return self.opens_at <= moment and (self.closes_at is None or moment <= self.closes_at)

    def seconds_until_open(self, moment: datetime) -> int:
        """Return in how many whole seconds applications are taken, never too few; 0 once open."""
        return max(0, ceil((self.opens_at - moment).total_seconds()))

    def find_group(self, group_id: str) -> StoredGroup | None:
        return next((row for row in self.groups if row["group_id"] == group_id), None)


@dataclass(frozen=True)
class JoinableGroup:
    """A group with the children who can join it, by id."""

    group: StoredGroup
    child_ids: tuple[str, ...]


@dataclass(frozen=True)
class OtherGroup:
    """A group that none of the children can join, with the conditions that are not fulfilled."""

    group: StoredGroup
    unmet: tuple[str, ...]


@dataclass(frozen=True)
class Suggestion:
    """An offer with the groups that children of a family can join, and the others."""

    offer: Offer
    groups: tuple[JoinableGroup, ...]
    others: tuple[OtherGroup, ...]

    @property
    def child_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each for group in self.groups for each in group.child_ids))


def verdict_of_offer(
    offer: Offer,
    group: StoredGroup,
    applicant: Applicant,
    today: date,
    first_day: date | None = None,
) -> Verdict:
    """Return whether a child may ask for a place in a group from a day on, as far as is known."""
    return judge_applicant_on(
        applicant,
        (_day_or_none(group["born_from"]), _day_or_none(group["born_to"])),
        offer.content.get("conditions", {}),
        group.get("conditions", {}),
        school_year=offer.content["school_year"],
        first_day=max(first_day or today, to_day(group["first_day"])),
        today=today,
    )


def first_fitting_day(
    offer: Offer,
    group: StoredGroup,
    applicant: Applicant,
    today: date,
    first_day: date | None = None,
) -> date | None:
    """
    Return the first day on which a child may have a place in a group; None where there is none.

    It is the day asked for, or the later one from which the child goes to another school: one that
    is not known would open all of them.
    """
    coming = applicant.next_schooling
    days = [max(first_day or today, today)]
    if coming is not None and coming.school and coming.day > days[0]:
        days.append(coming.day)
    return next(
        (day for day in days if verdict_of_offer(offer, group, applicant, today, day).fits), None
    )


def blocking_conditions(verdict: Verdict) -> tuple[str, ...]:
    """Return the conditions for which a form does not send a request at all."""
    return tuple(kind for kind in verdict.unmet if kind != COMMUNE)


def hours_of_child_in_group(
    group: StoredGroup, first: date, weekdays: Collection[int] = ()
) -> Hours:
    """Return when a child would be in a group from a day on; `weekdays` of what is by the day."""
    period = (max(first, to_day(group["first_day"])), to_day(group["last_day"]))
    hours = (group["starts"], group["ends"])
    return Hours.from_timetable(
        weekdays or group["weekdays"], hours, period, time_of_year_of_group(group)
    )


def time_of_year_of_group(group: StoredGroup) -> str:
    """Return whether a group meets in term, in holidays or always; older offers do not say."""
    return str(group.get("runs_in", TERM))


def split_offers_by_joinability(
    offers: Iterable[Offer], applicants: Mapping[str, Applicant], today: date
) -> list[Suggestion]:
    """
    Return the offers with their groups, parted by whether a child can join them, now or later.

    Without children everything can be joined by nobody in particular.
    """
    return [_suggestion_of_offer(offer, offer.groups, applicants, today) for offer in offers]


def _suggestion_of_offer(
    offer: Offer, groups: Sequence[StoredGroup], applicants: Mapping[str, Applicant], today: date
) -> Suggestion:
    joinable: list[JoinableGroup] = []
    others: list[OtherGroup] = []
    for group in groups:
        fitting = tuple(
            child_id
            for child_id, applicant in applicants.items()
            if first_fitting_day(offer, group, applicant, today) is not None
        )
        if fitting or not applicants:
            joinable.append(JoinableGroup(group, fitting))
        else:
            verdicts = [verdict_of_offer(offer, group, each, today) for each in applicants.values()]
            nearest = min(verdicts, key=lambda verdict: len(verdict.unmet))
            others.append(OtherGroup(group, nearest.unmet))
    return Suggestion(offer, tuple(joinable), tuple(others))


def _day_or_none(value: str | None) -> date | None:
    return None if value is None else to_day(value)
