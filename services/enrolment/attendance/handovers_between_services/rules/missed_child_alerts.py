"""
Alerts for a child missed between two services, and their end (rule R12).

Pure. The ticks of each side are resolved as marks of the roll call are
(attendance/marks/rules/mark_resolution.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.enrolment.attendance.marks.rules.mark_resolution import (
    MarkEntry,
    State,
    resolve_marks,
)
from shared.contracts.dossier.sharing.handovers_between_services import (
    HANDED,
    NOT_COMING,
    RECEIVED,
    SIDES,
)
from shared.dates.clock import PARIS

PATIENCE = timedelta(minutes=15)
"""Time that a child may be on its way before both services are alerted."""

WAITING, ON_THE_WAY, ARRIVED, AWAY, MISSED = "waiting", "on_the_way", "arrived", "away", "missed"


@dataclass(frozen=True)
class Tick:
    """One tick of one side; this service received it at `received_at`, maybe hours later."""

    side: str
    entry: MarkEntry
    received_at: datetime


def moment_of_hour(day: date, at: str) -> datetime:
    """Return the moment of an hour (HH:MM, of France) on a day; aware."""
    return datetime.combine(day, time.fromisoformat(at), PARIS)


def resolve_ticks_of_sides(ticks: Iterable[Tick]) -> dict[str, State]:
    """Return the resolved state of each side, whatever the order in which its ticks came."""
    known = list(ticks)
    return {
        side: resolve_marks(tick.entry for tick in known if tick.side == side) for side in SIDES
    }


def ticks_in_force(states: Iterable[State]) -> dict[str, datetime]:
    """
    Return the kinds of ticks in force on both sides, each with its moment.

    Where two devices of one side contradict each other, that side has no tick: a needless alert is
    checked by an agent, a missing one by nobody.
    """
    return {
        state.kind: state.made_at
        for state in states
        if state.kind and state.made_at and not state.to_check
    }


def moment_child_is_missed_from(
    day: date, at: str, marks: Mapping[str, datetime]
) -> datetime | None:
    """
    Return the moment from which a child is missed; None if it has arrived or does not come.

    If the child is handed over later than planned, the delay counts from then. A child whom no
    agent handed over is missed as well: it never arrived.
    """
    if RECEIVED in marks or NOT_COMING in marks:
        return None
    hour = moment_of_hour(day, at)
    return max(hour, marks.get(HANDED, hour)) + PATIENCE


def state_of_child_on_way(day: date, at: str, marks: Mapping[str, datetime], now: datetime) -> str:
    """
    Return the state of a child on its way; once received it has arrived, whatever else is ticked.
    """
    if RECEIVED in marks:
        return ARRIVED
    due = moment_child_is_missed_from(day, at, marks)
    if due is None:
        return AWAY
    if now >= due:
        return MISSED
    return ON_THE_WAY if HANDED in marks else WAITING


def arrival_of_tick_ending_alert(day: date, at: str, ticks: Sequence[Tick]) -> datetime | None:
    """
    Return when a tick arrived that ended the last alert; None without an alert, or if it is active.

    A tick made in time and received late ends it too: the alert was right by what was known then.
    """
    lifted, known = None, sorted(ticks, key=lambda tick: (tick.received_at, tick.entry.id))
    for count, tick in enumerate(known):
        before = _state_of_child_by_ticks(day, at, known[:count], tick.received_at)
        after = _state_of_child_by_ticks(day, at, known[: count + 1], tick.received_at)
        if after == MISSED:
            lifted = None
        elif before == MISSED:
            lifted = tick.received_at
    return lifted


def _state_of_child_by_ticks(day: date, at: str, ticks: Sequence[Tick], now: datetime) -> str:
    return state_of_child_on_way(
        day, at, ticks_in_force(resolve_ticks_of_sides(ticks).values()), now
    )
