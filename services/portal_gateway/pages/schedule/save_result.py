"""
Result of a save of several days, for the next page: the cookie has ids and codes, never a name.

A save may have 80 changes and a cookie holds 4 kB: a session is named by the end of its id, of
which 40 random bits are enough among the days of a page.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import flash
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.calls.prices import Counted
from services.portal_gateway.labels.enrolment import euros, order_refusal_sentence
from services.portal_gateway.orders.commands.sending import OnItsWay
from services.portal_gateway.pages.schedule.forms import BookingOrder, undoing_fields
from services.portal_gateway.pages.schedule.labels import named_days
from services.portal_gateway.schedule.rules.family_days import Day
from services.portal_gateway.session.provider_health import is_unavailable
from shared.contracts.enrolment.places import family_acts
from shared.contracts.errors import Refusal
from shared.web.base.app import shell_here
from shared.web.base.flashes_kept_on_refresh import get_flashed_messages
from shared.web.language.provider_badges import badge_by_code

KIND = "week"
BOOKED, CANCELLED = "booked", "cancelled"
UNDONE = (BOOKED, CANCELLED)
"""Outcomes that another act takes back."""
ON_ITS_WAY, LOST, REFUSED = "on_its_way", "lost", "refused"
_TAIL = 10

SENTENCES: dict[str, LazyString] = {
    BOOKED: _l("réservé"),
    CANCELLED: _l("annulé à temps"),
    "excused": _l("absence excusée, ne sera pas facturée"),
    "late": _l("le délai est passé, rien n’a changé"),
    "full": _l("complet, rien n’est réservé"),
    "other_household": _l("c’est le jour de l’autre foyer, rien n’a changé"),
    "closed": _l("déjà annulé par le service"),
    "gone": _l("ce n’est plus proposé, rien n’a changé"),
}

BookingOutcome = family_acts.BookingOutcomes | Refusal | OnItsWay
"""The outcome of an order of sessions."""


@dataclass(frozen=True)
class SavedLine:
    """Outcome of some days of one child at one activity, in words."""

    name: str
    about: str
    outcome: str


@dataclass(frozen=True)
class Undo:
    """The form that takes a save back: its fields, and how many changes it takes back."""

    fields: Sequence[tuple[str, str]]
    changes: int


@dataclass(frozen=True)
class Saved:
    """Outcome of the last save, in words; green where all of it was done."""

    title: str
    tone: str
    lines: Sequence[SavedLine]
    undo: Undo


@dataclass(frozen=True)
class Change:
    """Days of one child at one activity with one outcome."""

    child_id: str
    provider: str
    activity: str
    outcome: str
    code: str
    days: Sequence[Day]

    def total_cents(self, known: Counted) -> int | None:
        """Return what these days cost together; None where one is unknown."""
        prices = [known.get((self.child_id, self.provider, day.activity_id)) for day in self.days]
        return None if None in prices else sum(price or 0 for price in prices)


def flash_saved(orders: Sequence[BookingOrder], outcomes: Sequence[BookingOutcome]) -> None:
    """Let the next page say what became of these orders."""
    rows = [
        [order.request.child_id, order.provider, outcome, code, tails]
        for order, answer in zip(orders, outcomes, strict=True)
        for (outcome, code), tails in _session_id_ends_by_outcome(order, answer).items()
    ]
    flash(rows, KIND)  # type: ignore[arg-type]


def read_saved(
    days: Iterable[Day], cents: Counted, names: Mapping[str, str], moment: datetime
) -> Saved | None:
    """Return what the last save did, of the days that the page knows; None where none was."""
    messages = get_flashed_messages(category_filter=[KIND])
    rows = [row for message in messages for row in message]
    if not messages:
        return None
    changes = _changes_of_orders(rows, days)
    counts: Counter[str] = Counter()
    for _child_id, _provider, outcome, _code, tails in rows:
        counts[outcome] += len(tails)
    return Saved(
        _title_of_result(counts, changes, cents),
        "green" if rows and set(counts) <= set(UNDONE) else "gold",
        [_saved_line(change, cents, names) for change in changes],
        _form_to_undo(changes, moment),
    )


def _changes_of_orders(rows: Iterable[Sequence[Any]], days: Iterable[Day]) -> list[Change]:
    by_tail = {(day.child_id, day.session_id[-_TAIL:]): day for day in days}
    changes = []
    for child_id, provider, outcome, code, tails in rows:
        known = [by_tail[child_id, tail] for tail in tails if (child_id, tail) in by_tail]
        known.sort(key=lambda day: (day.activity, day.day))
        for activity, group in groupby(known, lambda day: day.activity):
            changes.append(Change(child_id, provider, activity, outcome, code, list(group)))
    return changes


def _title_of_result(counts: Mapping[str, int], changes: Iterable[Change], known: Counted) -> str:
    done = counts.get(BOOKED, 0) + counts.get(CANCELLED, 0)
    waiting, total = counts.get(ON_ITS_WAY, 0), sum(counts.values())
    if not total:
        return _("Aucune case n’avait changé : rien n’est à enregistrer.")
    if counts.get(BOOKED) == total:
        said = ngettext(
            "%(num)d réservation enregistrée", "%(num)d réservations enregistrées", total
        )
        prices = [change.total_cents(known) for change in changes]
        return said if None in prices else f"{said}, {euros(sum(each or 0 for each in prices))}"
    parts = (
        (ngettext("%(num)d changement enregistré", "%(num)d changements enregistrés", done), done),
        (ngettext("%(num)d en route", "%(num)d en route", waiting), waiting),
        (
            ngettext("%(num)d pas enregistré", "%(num)d pas enregistrés", total - done - waiting),
            total - done - waiting,
        ),
    )
    return ", ".join(said for said, count in parts if count)


def _saved_line(change: Change, known: Counted, names: Mapping[str, str]) -> SavedLine:
    days = named_days(sorted({day.day for day in change.days}))
    return SavedLine(
        names.get(change.child_id, ""),
        f"{change.activity}, {days}",
        _outcome_in_words(change, known),
    )


def _outcome_in_words(change: Change, known: Counted) -> str:
    """Say what became of some days, and what it costs or spares."""
    cents = change.total_cents(known)
    if change.outcome == ON_ITS_WAY:
        service = badge_by_code(shell_here().register, change.provider).short
        return _("en route, %(service)s ne répond pas : ce sera fait à son retour", service=service)
    if change.outcome == LOST:
        return _("pas enregistré, rien ne répond. Essayez de nouveau dans quelques minutes")
    if change.outcome == REFUSED:
        return order_refusal_sentence(change.code)
    said = str(SENTENCES[change.outcome])
    if cents is None or change.outcome not in UNDONE:
        return said
    if change.outcome == CANCELLED:
        spared = _("%(amount)s ne seront pas facturés", amount=euros(cents))
        return f"{said}, {spared}"
    return f"{said}, {euros(cents)}"


def _form_to_undo(changes: Iterable[Change], moment: datetime) -> Undo:
    """Return the form that takes back what may still be changed."""
    fields: list[tuple[str, str]] = []
    count = 0
    for number, change in enumerate(changes):
        days = [day for day in change.days if _is_undoable(change.outcome, day, moment)]
        if days:
            fields += undoing_fields(number, days)
            count += len(days)
    return Undo(fields, count)


def _is_undoable(outcome: str, day: Day, moment: datetime) -> bool:
    return (outcome == BOOKED and day.may_cancel(moment)) or (
        outcome == CANCELLED and day.may_book(moment)
    )


def _session_id_ends_by_outcome(
    order: BookingOrder, answer: BookingOutcome
) -> dict[tuple[str, str], list[str]]:
    """Return the ends of the ids of an order's sessions, by outcome and code of a refusal."""
    asked = [*order.request.book, *order.request.cancel]
    if isinstance(answer, OnItsWay):
        key = (ON_ITS_WAY, "")
    elif isinstance(answer, Refusal):
        key = (LOST, "") if is_unavailable(answer) else (REFUSED, answer.code)
    else:
        return _session_id_ends_of_answer(answer)
    return {key: [session_id[-_TAIL:] for session_id in asked]}


def _session_id_ends_of_answer(
    answer: family_acts.BookingOutcomes,
) -> dict[tuple[str, str], list[str]]:
    tails: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in answer.outcomes:
        tails[row["outcome"], ""].append(row["session_id"][-_TAIL:])
    return tails
