"""
Bookings under every order of acts: two households, siblings and neighbours, time that passes.

On SQLite alone: what is sought is a rule that breaks, not a race (test_bookings.py has one).
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from services.enrolment.bookings.commands import place_bookings
from services.enrolment.bookings.queries.sessions_of_child import OCCUPYING
from services.enrolment.families.queries.households import home_of_child
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.families.rules.household_of_day import household_of_day
from services.enrolment.models import Booking, Place, Session
from services.enrolment.store import store
from shared.dates.clock import PARIS
from tests.databases import sqlite_in
from tests.factories import bookings as family
from tests.factories import enrolment as make
from tests.factories.bookings import Home, a_group, a_place, orders_at
from tests.night import sequences

PLACES = 2
DAYS = 21
"""Number of sessions, from the second day on, in play."""
MONDAY = 1

children = st.integers(0, 3)
days = st.integers(0, DAYS - 1)
several_days = st.lists(days, min_size=1, max_size=4, unique=True)
weeks = st.lists(st.integers(1, 7), max_size=5, unique=True)
parents = st.sampled_from(["claire", "antoine"])
reasons = st.sampled_from(["sick", "other"])
acts = st.sampled_from(["book", "cancel"])

Rows = dict[tuple[str, str], tuple[str, str]]
_stage = ExitStack()


@pytest.fixture(scope="module", autouse=True)
def stage() -> Iterator[None]:
    """Give one provider on one database to all examples; each has children of its own."""
    with _stage, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        Bookings.provider = _stage.enter_context(make.provider_on(sqlite_in(home), home))
        yield


class Bookings(RuleBasedStateMachine):
    """Four children, two of them of two households, in a canteen group with room for two a day."""

    provider: Any = None

    @initialize()
    def open_canteen(self) -> None:
        self.group = a_group(PLACES)
        self.homes = [Home(changes_on=MONDAY), Home(changes_on=MONDAY), Home(), Home()]
        family.arrives(self.provider, *self.homes)
        self.places: list[Place] = [a_place(home, self.group, "") for home in self.homes]
        first = family.sessions(self.group)[8].day + timedelta(days=1)
        self.sessions = family.sessions(self.group, first)[:DAYS]
        self.now = datetime.combine(first, datetime.min.time(), PARIS) - timedelta(days=2)
        self.version = 1

    # What may happen

    @rule(who=children, wanted=several_days, by=parents)
    def book(self, who: int, wanted: list[int], by: str) -> None:
        home, before = self.homes[who], self.rows()
        outcomes = self._change(home, by, book=wanted)
        for index, outcome in zip(wanted, outcomes, strict=True):
            session = self.sessions[index]
            assert (outcome == "other_household") is not self._is_of(home, by, session.day)
            if outcome == "booked":
                assert self._state(home, session) == "booked"
            if outcome in ("late", "full", "other_household"):
                assert self.rows().get((session.id, home.child.id)) == before.get(
                    (session.id, home.child.id)
                )

    @rule(who=children, wanted=several_days, by=parents)
    def cancel(self, who: int, wanted: list[int], by: str) -> None:
        home, before = self.homes[who], self.rows()
        outcomes = self._change(home, by, cancel=wanted)
        for index, outcome in zip(wanted, outcomes, strict=True):
            session = self.sessions[index]
            if self.now > session.cancel_until or outcome in ("late", "other_household"):
                key = session.id, home.child.id
                assert self.rows().get(key) == before.get(key), "nothing changes after the deadline"

    @rule(who=children, index=days, by=parents)
    def cancel_and_book_again(self, who: int, index: int, by: str) -> None:
        """Neutral in time: the row ends as it began, and nobody else's is touched."""
        home, session, before = self.homes[who], self.sessions[index], self.rows()
        booked = self._state(home, session) == "booked"
        cancelled = self._change(home, by, cancel=[index])
        again = self._change(home, by, book=[index])
        if booked and cancelled == ["cancelled"] and self.now <= session.book_until:
            assert again == ["booked"]
        if booked:
            assert self.rows() == before

    @rule(who=children, weekdays=weeks, start=days, by=parents)
    def set_week(self, who: int, weekdays: list[int], start: int, by: str) -> None:
        home, before = self.homes[who], self.rows()
        if not self._is_guardian(home, by):
            return
        self._order(
            "set_week",
            home,
            by,
            place_id=self.places[who].id,
            weekdays=weekdays,
            from_day=self.sessions[start].day,
        )
        self._nobody_else_moved(home, by, before)

    @rule(who=children, wanted=several_days, by=parents, reason=reasons)
    def declare_absence(self, who: int, wanted: list[int], by: str, reason: str) -> None:
        home, before = self.homes[who], self.rows()
        if not self._is_guardian(home, by):
            return
        ids = [self.sessions[index].id for index in wanted]
        outcomes = self._order("declare_absence", home, by, sessions=ids, reason=reason)
        for index, outcome in zip(wanted, outcomes, strict=True):
            session, key = self.sessions[index], (self.sessions[index].id, home.child.id)
            was, became = before.get(key), self.rows().get(key)
            if self.now >= session.starts_at or outcome == "other_household":
                assert was == became, "once it has started nothing moves"
            if was != became:
                assert was is not None and was[0] == "booked"
                in_time = self.now <= session.cancel_until
                late = "excused" if reason == "sick" else "late"
                assert became is not None and became[0] == ("cancelled" if in_time else late)
        self._nobody_else_moved(home, by, before)

    @rule(who=children, weekdays=weeks)
    def end_and_begin_again(self, who: int, weekdays: list[int]) -> None:
        """A place that ends and comes back brings only what its pattern asks for."""
        with store.write() as write:
            place = write.get_one(Place, self.places[who].id)
            place_bookings.cancel_bookings_of_place(write, place, self.sessions[0].day, self.now)
            place.weekdays = "".join(str(day) for day in sorted(weekdays))
            write.flush()
            place_bookings.book_sessions_of_place(write, place, self.now)

    @rule(who=st.integers(0, 1))
    def weeks_change(self, who: int) -> None:
        """A new judgment: what comes follows the household that has the day now."""
        home = self.homes[who]
        home.at_claires, home.at_antoines = home.at_antoines, home.at_claires
        home.claire, home.antoine = home.antoine, home.claire
        self.version += 1
        family.arrives(self.provider, home, version=self.version)

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        who=children, by=parents, index=st.integers(0, 6), act=st.sampled_from(["book", "cancel"])
    )
    def a_deadline_passes(self, who: int, by: str, index: int, act: str) -> None:
        """A second too late for the next deadline, or for one soon after it."""
        coming = [each for each in self.sessions if each.cancel_until >= self.now]
        if len(coming) <= index:
            return
        session, home, before = coming[index], self.homes[who], self.rows()
        self.now = session.cancel_until + timedelta(seconds=1)
        outcomes = self._change(home, by, **{act: [self.sessions.index(session)]})
        assert self.rows() == before
        if act == "book":
            assert outcomes != ["full"], "of what is too late it is not said that it is full"

    # What always holds

    @invariant()
    def no_session_holds_more_children_than_it_has_room_for(self) -> None:
        with store.read() as read:
            counted = (
                select(Booking.session_id, func.count())
                .join(Session, Session.id == Booking.session_id)
                .where(Session.group_id == self.group.id, Booking.state.in_(OCCUPYING))
                .group_by(Booking.session_id)
                .having(func.count() > PLACES)
            )
            assert read.execute(counted).all() == []

    @invariant()
    def every_booking_to_come_belongs_to_the_household_of_its_day(self) -> None:
        dates = {session.id: session.day for session in self.sessions}
        with store.read() as read:
            for home in self.homes:
                lives = home_of_child(read, home.child.id)
                for (session_id, child_id), (_, household) in self.rows().items():
                    if child_id == home.child.id and session_id in dates:
                        assert household == household_of_day(lives, dates[session_id])

    # How it is done

    def rows(self) -> Rows:
        """Return the state and household of every booking, by session and child."""
        query = select(Booking).join(Session, Session.id == Booking.session_id)
        with store.read() as read:
            found = read.scalars(query.where(Session.group_id == self.group.id))
            return {(row.session_id, row.child_id): (row.state, row.household_id) for row in found}

    def _change(self, home: Home, by: str, **wanted: list[int]) -> list[str]:
        if not self._is_guardian(home, by):
            by = "claire"
        lists = {name: [self.sessions[each].id for each in some] for name, some in wanted.items()}
        return self._order("change_bookings", home, by, **lists)

    def _order(self, method: str, home: Home, by: str, **payload: Any) -> list[str]:
        when = OrderTime(self.now, self.now)
        subject = getattr(home, by)
        answer = orders_at(self.provider, method, subject, when, child_id=home.child.id, **payload)
        return [outcome["outcome"] for outcome in answer["outcomes"]]

    def _is_guardian(self, home: Home, by: str) -> bool:
        return by == "claire" or home.changes_on is not None

    def _is_of(self, home: Home, by: str, day: date) -> bool:
        claires = home.is_claires(day)
        return claires if by == "claire" or home.changes_on is None else not claires

    def _state(self, home: Home, session: Session) -> str | None:
        return family.state(home, session)

    def _nobody_else_moved(self, home: Home, by: str, before: Rows) -> None:
        mine = home.at_claires if by == "claire" else home.at_antoines
        for key, (state, household) in self.rows().items():
            if before.get(key) != (state, household):
                assert key[1] == home.child.id
                assert household == mine


TestBookings = Bookings.TestCase
TestBookings.settings = settings(
    max_examples=sequences(8, at_night=20),
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.generate],  # a failure is told as it was found: shrinking takes minutes
    suppress_health_check=list(HealthCheck),
)
