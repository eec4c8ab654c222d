"""Every quantity is explained by a roll call: whatever happens, in whatever order."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.attendance.marks.rules.mark_resolution import (
    MarkEntry,
    State,
    resolve_marks,
)
from services.enrolment.attendance.marks.rules.session_outcomes import counted_outcome
from services.enrolment.attendance.quantities.commands import attendance_sheets
from services.enrolment.attendance.roll_call.commands import closing as roll_call
from services.enrolment.attendance.roll_call.commands.marks import NewMark
from services.enrolment.attendance.roll_call.queries.undecided_children import undecided_children
from services.enrolment.models import Booking, Mark, RollCall
from services.enrolment.store import store
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.databases import sqlite_in
from tests.factories import enrolment as make
from tests.factories.attendance import a_mark, a_session, arrive, at_home, booked
from tests.factories.enrolment import Child
from tests.night import sequences

CHILDREN = 4
BOOKED_STATES = ("booked", "late", "excused", "cancelled", None)
CHILD = st.integers(0, CHILDREN - 1)
DEVICE = st.integers(0, 2)


class RollCalls(RuleBasedStateMachine):
    """Devices mark with and without network, families cancel, groups close and open again."""

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory(prefix="preau-machine-")
        home = Path(self.home.name)
        self.within = make.provider_on(sqlite_in(home), home)
        self.provider = self.within.__enter__()
        self.made: dict[str, NewMark] = {}
        self.queued: list[list[NewMark]] = [[], [], []]
        self.known: list[dict[str, tuple[str, ...]]] = [{}, {}, {}]
        self.clock = now()

    @initialize(bookings=st.lists(st.sampled_from(BOOKED_STATES), min_size=4, max_size=4))
    def a_group(self, bookings: list[str | None]) -> None:
        self.children = [Child(f"Enfant {n}").id for n in range(CHILDREN)]
        with store.write() as write:
            self.session = a_session(write)
            for child, state in zip(self.children, bookings, strict=True):
                at_home(write, child, new_id())
                # One booking elsewhere makes the child known, booked here or not.
                booked(write, self.session, child, state=state or "closed")

    def teardown(self) -> None:
        self.within.__exit__(None, None, None)
        self.home.cleanup()

    def tick_of_clock(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock

    @rule(
        device=DEVICE, child=CHILD, kind=st.sampled_from(["present", "absent", "left", "cleared"])
    )
    def tick(self, device: int, child: int, kind: str) -> None:
        who = self.children[child]
        after = self.known[device].get(who, ())
        mark = a_mark(self.session, who, kind, made_at=self.tick_of_clock(), after=after)
        self.known[device][who] = (mark.id,)
        self.queued[device].append(mark)

    @rule(device=DEVICE, some=st.integers(1, 4), again=st.booleans())
    def sends(self, device: int, some: int, again: bool) -> None:
        delivery = self.queued[device][:some]
        arrive(delivery, self.tick_of_clock() + timedelta(days=7), f"device-{device}")
        self.made |= {mark.id: mark for mark in delivery}
        if not again:  # the answer came back: the device forgets them
            del self.queued[device][:some]

    @rule(device=DEVICE)
    def looks(self, device: int) -> None:
        """The device sees what others marked, unless it has marks of its own on the way."""
        with store.read() as read:
            found = resolved_states(read, [self.session.id])
        waiting = {mark.child_id for mark in self.queued[device]}
        seen = {child: state.heads for (_, child), state in found.items() if child not in waiting}
        self.known[device] |= seen

    @rule(decided=st.lists(st.sampled_from(["present", "absent"]), min_size=4, max_size=4))
    def closes(self, decided: list[str]) -> None:
        decisions = dict(zip(self.children, decided, strict=True))
        with store.write() as write:
            roll_call.close_roll_call(
                write, self.session.id, new_id(), decisions, self.tick_of_clock()
            )
            assert undecided_children(write, self.session.id) == []
            for row in write.query(Mark).filter(Mark.id.not_in(list(self.made))):
                kept = (row.kind, row.made_at, tuple(row.after))
                mark = a_mark(self.session, row.child_id, kept[0], id=row.id, made_at=kept[1])
                self.made[row.id] = NewMark(**{**vars(mark), "after": kept[2]})

    @precondition(lambda self: self.roll() is not None)
    @rule()
    def reopens(self) -> None:
        with store.write() as write:
            roll_call.reopen_roll_call(write, self.session.id, new_id(), now())

    @rule(child=CHILD, state=st.sampled_from(["booked", "late", "excused", "cancelled"]))
    def books(self, child: int, state: str) -> None:
        with store.write() as write:
            booking = write.get(Booking, (self.session.id, self.children[child]))
            assert booking is not None
            booking.state = state
            write.flush()
            attendance_sheets.publish_attendance(write, self.session.id)

    def roll(self) -> RollCall | None:
        with store.read() as read:
            return read.get(RollCall, self.session.id)

    def settled(self) -> dict[str, State]:
        """Return what the marks made so far say, from this test's own record of them."""
        return {
            child: resolve_marks(
                MarkEntry(mark.id, mark.kind, mark.made_at, mark.after)
                for mark in self.made.values()
                if mark.child_id == child
            )
            for child in self.children
        }

    @invariant()
    def no_mark_is_lost_or_doubled(self) -> None:
        with store.read() as read:
            kept = [row.id for row in read.query(Mark)]
        assert sorted(kept) == sorted(self.made)

    @invariant()
    def every_quantity_is_explained_by_the_roll_call(self) -> None:
        told, roll = self.provider.published("attendance_recorded"), self.roll()
        assert [each["version"] for each in told] == list(range(1, len(told) + 1))
        assert [each["late"] for each in told] == [False, *[True] * len(told)][: len(told)]
        if roll is None or roll.closed_at is None:
            return
        with store.read() as read:
            bookings = {row.child_id: row.state for row in read.query(Booking)}
        expected = {
            child: counted
            for child, state in self.settled().items()
            if (counted := counted_outcome(bookings.get(child), state)) is not None
        }
        lines = {
            line["child_id"]: (line["outcome"], line["quantity"]) for line in told[-1]["lines"]
        }
        assert lines == expected

    @invariant()
    def the_months_count_is_that_of_the_last_attendance(self) -> None:
        roll = self.roll()
        if roll is None or roll.closed_at is None:
            return
        last: dict[str, Any] = {}
        for event in self.provider.published("activity_counted"):
            assert event["version"] == last.get(event["child_id"], {"version": 0})["version"] + 1
            last[event["child_id"]] = event
        came = {child: int(state.has_come) for child, state in self.settled().items()}
        assert {child: event["times"] for child, event in last.items() if event["times"]} == {
            child: times for child, times in came.items() if times
        }


TestRollCalls = RollCalls.TestCase
TestRollCalls.settings = settings(
    max_examples=sequences(8, at_night=20),
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.generate],  # a failure is told as it was found: shrinking takes minutes
    suppress_health_check=list(HealthCheck),
)
