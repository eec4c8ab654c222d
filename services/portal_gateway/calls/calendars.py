"""
Fetches all providers' calendars in one parallel round; falls back to the stored family card on
timeout.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.portal_gateway.calls import billing
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.schedule.rules.family_days import Day, merge_days
from services.portal_gateway.session import provider_health
from services.portal_gateway.session.queries.children import Child
from shared.contracts.enrolment.places import family_acts
from shared.dates.clock import now
from shared.web.base.app import shell_here
from shared.web.session.request_rounds import Asked, round_request

ROUND_SECONDS = 2.0


@dataclass(frozen=True)
class SpecialDay:
    """A day that a provider's calendar sets apart: why nothing is offered on it."""

    provider: str
    day: date
    kind: str
    label: str


@dataclass(frozen=True)
class Agenda:
    """Days of several children, and of when the parts are whose provider did not answer."""

    days: list[Day]
    old: Mapping[str, datetime | None] = field(default_factory=dict)
    """Time of its card by unavailable provider; None: without a card."""
    weekdays: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Days of the week on which the child comes, by place, as its provider says now."""
    more_answers: Sequence[billing.Outcome] = ()
    """Answers to what else was asked in the same round."""
    special_days: Sequence[SpecialDay] = ()
    """Days set apart in the calendars of those that answered, each once."""


def fetch_days_of_children(
    children: Iterable[Child], first: date, last: date, more_questions: Sequence[Asked[object]] = ()
) -> Agenda:
    """
    Ask every provider of these children for the days between two, both included.

    `more_questions` are sent in the same round, to billing.
    """
    register = shell_here().register
    running = {provider.code: provider.principal for provider in register.running_providers}
    pairs = _ids_at_providers(children, running)
    calendars: list[Asked[object]] = [
        round_request(
            family_acts.calendar,
            family_acts.CalendarRequest(child_id=child_id, first=first, last=last),
            to=running[code],
        )
        for child_id, code in pairs
    ]
    everything = billing.ask_all(*more_questions, *calendars, deadline=ROUND_SECONDS)
    outcomes = everything[len(more_questions) :]
    provider_health.note_which_providers_answered(
        zip((code for _, code in pairs), outcomes, strict=True), now()
    )
    unavailable = {
        (child_id, code)
        for (child_id, code), outcome in zip(pairs, outcomes, strict=True)
        if provider_health.is_unavailable(outcome)
    }
    overview = current_overview()
    answered_days = [
        Day.from_card_row(code, child_id, row)
        for (child_id, code), outcome in zip(pairs, outcomes, strict=True)
        if isinstance(outcome, family_acts.CalendarAnswer)
        for row in outcome.days
    ]
    on_cards = [
        day for day in overview.days(first, last) if (day.child_id, day.provider) in unavailable
    ]
    return Agenda(
        merge_days([*answered_days, *on_cards]),
        {
            code: overview.time_of_latest_card(code)
            for code in sorted({code for _, code in unavailable})
        },
        _weekdays_by_place(outcomes),
        everything[: len(more_questions)],
        _days_set_apart(pairs, outcomes),
    )


def _ids_at_providers(children: Iterable[Child], running: Collection[str]) -> list[tuple[str, str]]:
    """Return under which ids each running provider may have these children."""
    return [
        (child_id, code)
        for child in children
        for code in child.providers
        if code in running
        for child_id in child.ids_at_service(code)
    ]


def _days_set_apart(
    pairs: Iterable[tuple[str, str]], outcomes: Iterable[object]
) -> Sequence[SpecialDay]:
    """Return the days set apart in the calendars that came, each once: children share them."""
    found = (
        SpecialDay(code, each["day"], each["kind"], each["label"])
        for (_, code), outcome in zip(pairs, outcomes, strict=True)
        if isinstance(outcome, family_acts.CalendarAnswer)
        for each in outcome.special_days
    )
    return list(dict.fromkeys(found))


def _weekdays_by_place(outcomes: Iterable[object]) -> dict[str, tuple[int, ...]]:
    """Return the weekdays of each place that an answer names."""
    return {
        place["place_id"]: tuple(place["weekdays"])
        for outcome in outcomes
        if isinstance(outcome, family_acts.CalendarAnswer)
        for place in outcome.places
    }
