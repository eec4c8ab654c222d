"""
« Combien je paierais ? »: prices that billing returns within the round of a page.

A page is complete without prices: while billing is known to be unavailable it is not asked again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.portal_gateway.calls import billing
from services.portal_gateway.enrolment.queries import offers
from services.portal_gateway.enrolment.rules.joinable_offers import Offer
from services.portal_gateway.enrolment.rules.renewals import Renewal
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.session.queries.children import Child
from services.portal_gateway.store import store
from shared.contracts.billing.prices import simulations
from shared.contracts.billing.prices.simulations import (
    OfferedActivity,
    Price,
    SimulateAnswer,
    SimulateRequest,
)
from shared.contracts.enrolment import attendance, tariffs
from shared.web.session.request_rounds import Asked, round_request

SECONDS = 1.5
MOST_ACTIVITIES = 40
"""The most activities that one question to billing takes."""
MOST_QUESTIONS = 12
"""A family of five in two households still asks once; beyond that prices are left out."""

Counted = Mapping[tuple[str, str, str], int]
"""Cents of a session, by child, provider and activity id."""


@dataclass(frozen=True)
class _Case:
    """Question to billing: the prices of a child's activities on a day."""

    child: Child
    on: date
    asked: Asked[SimulateAnswer]


class OfferPrices:
    """Prices of offers for some children, fetched in the same round as what the dossier says."""

    def __init__(
        self,
        offers_: Iterable[Offer],
        children: Sequence[Child],
        day: date,
        quotient_cents: int | None = None,
    ) -> None:
        codes = sorted({(offer.provider, str(offer.content["code"])) for offer in offers_})
        activities = [_offered_activity(*code) for code in codes[:MOST_ACTIVITIES]]
        self._children = children
        self._asked = _price_questions_to_billing(
            [(child, activities, day) for child in children], quotient_cents
        )

    @property
    def questions_to_billing(self) -> list[Asked[SimulateAnswer]]:
        return [case.asked for case in self._asked]

    def prices_by_child(
        self, answers: Sequence[billing.Outcome]
    ) -> list[tuple[Child, list[Price]]]:
        """Return the prices of each child, of the answers to `questions`, in their order."""
        prices: dict[str, list[Price]] = {}
        for case, answer in zip(self._asked, answers, strict=True):
            if isinstance(answer, SimulateAnswer) and answer.prices:
                prices.setdefault(case.child.id, answer.prices)
        return [(child, prices[child.id]) for child in self._children if child.id in prices]


def least_prices(
    known: Sequence[tuple[Child, list[Price]]],
) -> dict[tuple[str, str], dict[str, int]]:
    """
    Return what each activity costs by unit, by provider and code: of several children the least.

    Tariffs of one activity that count the same unit, such as a subscription, add up.
    """
    least: dict[tuple[str, str], dict[str, int]] = {}
    for _child, rows in known:
        of_child: dict[tuple[str, str], dict[str, int]] = {}
        for price in rows:
            amounts = of_child.setdefault((price["provider"], price["activity"]), {})
            unit = price["unit"]
            amounts[unit] = amounts.get(unit, 0) + price["total_cents"]
        for activity, amounts in of_child.items():
            least[activity] = min(least.get(activity, amounts), amounts, key=_total_cents)
    return least


def _total_cents(amounts: Mapping[str, int]) -> int:
    return sum(amounts.values())


class SessionPrices:
    """Prices of some children's sessions, fetched in the same round as their calendars."""

    def __init__(self, children: Iterable[Child], day: date) -> None:
        self._ids = _activity_ids_by_child(children)
        cases = [
            (child, [_offered_activity(*code) for code in sorted(codes)], day)
            for child, codes in self._ids.items()
        ]
        self._asked = _price_questions_to_billing(cases)

    @property
    def questions_to_billing(self) -> list[Asked[SimulateAnswer]]:
        return [case.asked for case in self._asked]

    def cents_if_absent(self, answers: Sequence[billing.Outcome]) -> Counted:
        """Return what each session counts for though the child is absent."""
        return self._cents_by_session(answers, _cents_if_cancelled_late)

    def cents_if_present(self, answers: Sequence[billing.Outcome]) -> Counted:
        """Return what each session costs to which the child comes."""
        return self._cents_by_session(answers, _total_of_price)

    def _cents_by_session(
        self, answers: Sequence[billing.Outcome], cents_of: Callable[[Price], int]
    ) -> Counted:
        """Return the cents of each session, of the answers to `questions`, in their order."""
        cents_by_session: dict[tuple[str, str, str], int] = {}
        for case, answer in zip(self._asked, answers, strict=True):
            if not isinstance(answer, SimulateAnswer):
                continue
            for (provider, code), cents in _cents_by_activity(answer.prices, cents_of).items():
                for activity_id in self._ids[case.child].get((provider, code), ()):
                    for each in case.child.ids:
                        cents_by_session.setdefault((each, provider, activity_id), cents)
        return cents_by_session


def prices_of_renewals(
    lines: Sequence[Renewal], children: Iterable[Child], day: date
) -> dict[str, tuple[list[Price], list[Price]]]:
    """Ask what each place costs now and on its first day of next year: by line, in one round."""
    cases = [
        of_both_year
        for child in children
        for of_both_year in _cases_of_both_years(child, lines, day)
    ]
    questions = _price_questions_to_billing(cases)
    answers = (
        billing.ask_all(*(case.asked for case in questions), deadline=SECONDS) if questions else ()
    )
    prices: dict[tuple[str, date, str, str], list[Price]] = {}
    for case, answer in zip(questions, answers, strict=True):
        if isinstance(answer, SimulateAnswer):
            answered: dict[tuple[str, date, str, str], list[Price]] = {}
            for price in answer.prices:
                for each in case.child.ids:
                    key = (each, case.on, price["provider"], price["activity"])
                    answered.setdefault(key, []).append(price)
            prices = answered | prices
    return {line.renewal_id: _prices_of_both_years(line, prices, day) for line in lines}


def _cases_of_both_years(
    child: Child, lines: Sequence[Renewal], day: date
) -> list[tuple[Child, list[OfferedActivity], date]]:
    """Return what is wanted for a child: of today, and of each first day of next year."""
    codes: dict[date, set[tuple[str, str]]] = {}
    for line in lines:
        if line.child_id in child.ids:
            codes.setdefault(day, set()).add((line.provider, line.now["code"]))
            if line.next is not None and line.first_day is not None:
                codes.setdefault(line.first_day, set()).add((line.provider, line.next["code"]))
    return [
        (child, [_offered_activity(*code) for code in sorted(several)], when)
        for when, several in codes.items()
    ]


def _prices_of_both_years(
    line: Renewal, prices: Mapping[tuple[str, date, str, str], list[Price]], day: date
) -> tuple[list[Price], list[Price]]:
    now = prices.get((line.child_id, day, line.provider, line.now["code"]), [])
    if line.next is None or line.first_day is None:
        return now, []
    return now, prices.get((line.child_id, line.first_day, line.provider, line.next["code"]), [])


def _offered_activity(provider: str, code: str) -> OfferedActivity:
    return {"provider": provider, "activity": code}


def _price_questions_to_billing(
    cases: Sequence[tuple[Child, list[OfferedActivity], date]],
    quotient_cents: int | None = None,
) -> list[_Case]:
    """Ask for each own household: which of two a child is billed to, billing knows."""
    if billing.is_unavailable():
        return []
    questions = [
        _Case(
            child,
            day,
            round_request(
                simulations.simulate,
                SimulateRequest(household_id, child.id, codes, day, quotient_cents=quotient_cents),
            ),
        )
        for child, codes, day in cases
        for household_id in current_overview().family.households
        if codes
    ]
    return questions if len(questions) <= MOST_QUESTIONS else []


def _activity_ids_by_child(
    children: Iterable[Child],
) -> dict[Child, dict[tuple[str, str], set[str]]]:
    """Return by child the activities in which it has a place: (provider, code) and their ids."""
    with store.read() as read:
        codes = offers.activity_codes(read)
    by_id = {each: child for child in children for each in child.ids}
    by_child: dict[Child, dict[tuple[str, str], set[str]]] = {}
    for place in current_overview().places:
        code = codes.get((place.provider, place.activity_id))
        if code and place.child_id in by_id:
            ids = by_child.setdefault(by_id[place.child_id], {})
            ids.setdefault((place.provider, code), set()).add(place.activity_id)
    return by_child


def _cents_by_activity(
    prices: Iterable[Price], cents_of: Callable[[Price], int]
) -> dict[tuple[str, str], int]:
    """Return the cents of one session, by provider and activity; several tariffs add up."""
    cents_by_activity: dict[tuple[str, str], int] = {}
    for price in prices:
        if price["unit"] == tariffs.SESSION:
            key = (price["provider"], price["activity"])
            cents_by_activity[key] = cents_by_activity.get(key, 0) + cents_of(price)
    return cents_by_activity


def _total_of_price(price: Price) -> int:
    return price["total_cents"]


def _cents_if_cancelled_late(price: Price) -> int:
    cents = price["total_cents"]
    for extra in price["surcharges"]:
        if extra["when"] == attendance.CANCELLED_LATE:
            cents = extra["cents"] + (cents if extra["effect"] == tariffs.ADD else 0)
    return cents
