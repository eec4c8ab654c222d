"""
« Combien je paierais ? »: what billing answers within the round of a page.

Prices decorate a page that is whole without them: a silent billing is not waited for twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from services.portal_gateway import mine, offers, till
from services.portal_gateway.family import Child
from services.portal_gateway.offers import Offer
from services.portal_gateway.store import store
from services.portal_gateway.till import Question
from shared.contracts import attendance, bills, tariffs

SECONDS = 1.5
MOST_QUESTIONS = 12
"""A family of five in two households still asks once; beyond that prices are left out."""

Price = Mapping[str, Any]
Counted = Mapping[tuple[str, str, str], int]
"""Cents of one session that counts though nobody comes, by child, provider and activity id."""


def of_offer(
    offer: Offer, children: Sequence[Child], day: date, quotient_cents: int | None = None
) -> list[tuple[Child, list[Price]]]:
    """Ask what a place would cost each of these children; nothing where billing does not answer."""
    wanted = [{"provider": offer.provider, "activity": offer.content["code"]}]
    asked = _questions([(child, wanted) for child in children], day, quotient_cents)
    if not asked:
        return []
    answers = till.ask_all(*(question for _, question in asked), deadline=SECONDS)
    found: dict[str, list[Price]] = {}
    for (child, _), answer in zip(asked, answers, strict=True):
        if isinstance(answer, SimpleNamespace) and answer.prices:
            found.setdefault(child.id, answer.prices)
    return [(child, found[child.id]) for child in children if child.id in found]


class Sessions:
    """What sessions of some children count for, asked in the same round as their calendars."""

    def __init__(self, children: Iterable[Child], day: date) -> None:
        self._ids = _activity_ids(children)
        wanted = [
            (child, [{"provider": provider, "activity": code} for provider, code in sorted(codes)])
            for child, codes in self._ids.items()
        ]
        self._asked = _questions(wanted, day)

    @property
    def questions(self) -> list[Question]:
        return [question for _, question in self._asked]

    def counted(self, answers: Sequence[till.Outcome]) -> Counted:
        """Return what each session counts for, of the answers to `questions`, in their order."""
        found: dict[tuple[str, str, str], int] = {}
        for (child, _), answer in zip(self._asked, answers, strict=True):
            if not isinstance(answer, SimpleNamespace):
                continue
            for (provider, code), cents in _late(answer.prices).items():
                for activity_id in self._ids[child].get((provider, code), ()):
                    found.setdefault((child.id, provider, activity_id), cents)
        return found


def _questions(
    wanted: Sequence[tuple[Child, list[dict[str, str]]]],
    day: date,
    quotient_cents: int | None = None,
) -> list[tuple[Child, Question]]:
    """Ask for each own household: which of two a child is billed to, billing knows."""
    if till.is_silent():
        return []
    more = {} if quotient_cents is None else {"quotient_cents": quotient_cents}
    asked = [
        (
            child,
            (
                bills.simulate,
                {
                    "household_id": household_id,
                    "child_id": child.id,
                    "wanted": codes,
                    "on": day,
                    **more,
                },
            ),
        )
        for child, codes in wanted
        for household_id in mine.here().family.households
        if codes
    ]
    return asked if len(asked) <= MOST_QUESTIONS else []


def _activity_ids(children: Iterable[Child]) -> dict[Child, dict[tuple[str, str], set[str]]]:
    """Return by child the activities in which it has a place: (provider, code) and their ids."""
    with store.read() as read:
        codes = offers.codes(read)
    by_id = {child.id: child for child in children}
    found: dict[Child, dict[tuple[str, str], set[str]]] = {}
    for place in mine.here().places:
        code = codes.get((place.provider, place.activity_id))
        if code and place.child_id in by_id:
            ids = found.setdefault(by_id[place.child_id], {})
            ids.setdefault((place.provider, code), set()).add(place.activity_id)
    return found


def _late(prices: Iterable[Price]) -> dict[tuple[str, str], int]:
    """Return what a session costs that is told too late, by provider and activity."""
    found: dict[tuple[str, str], int] = {}
    for price in prices:
        if price["unit"] == tariffs.SESSION:
            key = (price["provider"], price["activity"])
            found[key] = found.get(key, 0) + _told_late(price)
    return found


def _told_late(price: Price) -> int:
    cents = int(price["total_cents"])
    for extra in price["surcharges"]:
        if extra["when"] == attendance.CANCELLED_LATE:
            cents = extra["cents"] + (cents if extra["effect"] == tariffs.ADD else 0)
    return cents
