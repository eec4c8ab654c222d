"""
Applications in any order, on a real SQLite database: what holds whatever families and desks do.

Nobody is over the places, nobody loses a place that they did not give up, ranks have no gap, who
waits stands behind who was placed, and no place is left free while somebody waits.
"""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from services.enrolment.models import Activity, Application, Group, Place
from services.enrolment.offer.queries.group_capacity import room_of_group_from_tomorrow
from services.enrolment.offer.rules.calendar import ALWAYS
from services.enrolment.places.admission.queries import waiting_list
from services.enrolment.places.admission.rules.allocation_order import (
    CRITERIA,
    DRAW,
    ORDER,
    Request,
    sort_key_of_request,
)
from services.enrolment.places.applications.commands import allocation as allocating
from services.enrolment.places.applications.commands import applications
from services.enrolment.places.applications.commands import decisions as deciding
from services.enrolment.places.applications.commands.new_application_refusals import NewApplication
from services.enrolment.store import store
from shared.contracts.errors import Refusal
from shared.database import Write
from shared.dates.clock import PARIS, now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories import offer
from tests.factories import places as family
from tests.factories.places import Family
from tests.night import sequences

CHILDREN, LATE = 7, 3
EXAMPLES, STEPS = sequences(15, at_night=60), 20
CRITERIA_OF = [{"code": "sibling", "label": "Fratrie", "points": 2}]
SEED = "graine"

LIVE = ("en_route", "deciding", "offered", "accepted", "waiting")

Ids = tuple[str, str, str]
"""An application, its child, its guardian."""

children = st.integers(0, CHILDREN + LATE - 1)
picks = st.integers(0, 20)


@dataclass
class Prepared:
    """A database with families in it, copied for each example."""

    path: Path
    families: list[Family]
    late: list[Family]
    groups: dict[str, str]


prepared: Prepared | None = None


class Capacity(RuleBasedStateMachine):
    """One group; families whose file is here, and some whose file comes later."""

    def __init__(self) -> None:
        super().__init__()
        assert prepared is not None
        self.home = Path(tempfile.mkdtemp(prefix="capacity-"))
        shutil.copy(prepared.path, self.home / "data.sqlite")
        store.connect(f"sqlite:///{self.home}/data.sqlite", store.register)
        self.families = [*prepared.families, *prepared.late]
        self.now = now()
        self.gave_up: set[str] = set()
        self.placed: set[str] = set()
        self.before: dict[str, str] = {}
        self.turns: dict[str, tuple[object, ...]] = {}

    @initialize(
        way=st.sampled_from((ORDER, CRITERIA, DRAW)),
        places=st.integers(0, 3),
        asking=st.integers(2, CHILDREN),
    )
    def opens(self, way: str, places: int, asking: int) -> None:
        assert prepared is not None
        self.way, self.group_id = way, prepared.groups[way]
        with store.write() as write:
            self.group(write).places = places
        for child in range(asking):
            self._ask(child, sibling=child % 2 == 0)
        if way != ORDER:
            self.desk_gives_the_places()

    @rule(child=children, sibling=st.booleans(), later=st.sampled_from((0, 0, 35)))
    def asks(self, child: int, sibling: bool, later: int) -> None:
        self._ask(child, sibling, later)

    @rule(child=st.integers(CHILDREN, CHILDREN + LATE - 1))
    def file_comes(self, child: int) -> None:
        household = self.families[child]
        self.passes(1)
        with store.write() as write:
            family.file_of(write, household)
            applications.decide_on_arrived_files(write, [household.child.id], self.now)

    @rule(pick=picks)
    def gives_up(self, pick: int) -> None:
        self._do(
            pick, LIVE, lambda write, one: applications.withdraw_application(write, *one, self.now)
        )

    @rule(pick=picks, accept=st.booleans())
    def answers(self, pick: int, accept: bool) -> None:
        def answer(write: Write, one: Ids) -> None:
            applications.answer_offer(write, *one, accept, self.now)

        self._do(pick, ("offered",), answer, lets_go=not accept)

    @rule(pick=picks, days=st.integers(0, 6))
    def desk_ends_a_place(self, pick: int, days: int) -> None:
        last_day = self.today + timedelta(days=days)
        self._do(
            pick,
            ("accepted",),
            lambda write, one: deciding.end_place_of_application(write, one[0], last_day, self.now),
        )

    @rule(minutes=st.sampled_from((1, 60, 60 * 24, 60 * 24 * 5)))
    def time_passes(self, minutes: int) -> None:
        self.passes(60 * minutes)
        family.pass_time(self.now)

    @rule(more=st.integers(1, 2))
    def more_places(self, more: int) -> None:
        with store.write() as write:
            self.group(write).places += more
        family.pass_time(self.now)

    @precondition(lambda self: self.way != ORDER)
    @rule()
    def desk_gives_the_places(self) -> None:
        self.passes(1)
        with store.write() as write:
            proposals = allocating.allocate_activity(
                write, self.group(write).activity_id, self.now, SEED
            )
        for proposal in proposals:
            keys = {
                r.application_id: sort_key_of_request(r, self.way, SEED) for r in proposal.requests
            }
            given = [keys[each] for each in proposal.outcome.given]
            waiting = [keys[each] for each in proposal.outcome.waiting]
            assert not given or not waiting or max(given) < min(waiting)

    # What always holds

    @invariant()
    def nobody_is_over_the_places(self) -> None:
        with store.read() as read:
            places = self.group(read).places
            offered = sum(one.state == "offered" for one in self.applications(read))
            periods = list(read.scalars(select(Place).where(Place.group_id == self.group_id)))
        today = self.today
        for day in {one.valid_from for one in periods} | {today + timedelta(days=1)}:
            there = [p for p in periods if p.valid_from <= day and (p.valid_to or day) >= day]
            kept = offered if day > today else 0
            assert len(there) + kept <= places

    @invariant()
    def nobody_loses_a_place_that_they_did_not_give_up(self) -> None:
        with store.read() as read:
            running = select(Place.child_id).where(
                Place.group_id == self.group_id, Place.valid_to.is_(None)
            )
            now_placed = set(read.scalars(running))
        lost = self.placed - now_placed
        assert lost <= self.gave_up
        self.placed = now_placed
        self.gave_up -= now_placed

    @invariant()
    def ranks_have_no_gap_and_follow_the_order(self) -> None:
        with store.read() as read:
            found = self.applications(read)
            ranks = waiting_list.ranks_of_applications(read, found)
            waiting = [one for one in found if one.state == "waiting"]
        assert sorted(ranks.values()) == list(range(1, len(waiting) + 1))
        order = sorted(waiting, key=lambda one: ranks[one.id])
        assert order == sorted(order, key=self.turn)

    @invariant()
    def who_waits_stands_behind_who_was_placed(self) -> None:
        with store.read() as read:
            found = self.applications(read)
        state = {one.id: one.state for one in found}
        waits = [self.turns[one] for one in self.turns if state[one] == "waiting"]
        for one, now_is in state.items():
            placed = now_is in ("offered", "accepted") and self.before.get(one) != now_is
            if placed and waits and self.before.get(one) != "offered":
                assert one in self.turns, "somebody passed those who wait"
                assert self.turns[one] < min(waits)
        self.before = state
        self.turns = {one.id: self.turn(one) for one in found if one.state == "waiting"}

    @invariant()
    def no_place_is_free_while_somebody_waits(self) -> None:
        with store.read() as read:
            free = room_of_group_from_tomorrow(read, self.group(read), self.today).has_places_left
            waiting = any(application.state == "waiting" for application in self.applications(read))
        assert not (free and waiting)

    @invariant()
    def who_has_a_place_has_an_application_that_says_so(self) -> None:
        with store.read() as read:
            accepted = {
                application.child_id
                for application in self.applications(read)
                if application.state == "accepted"
            }
        assert accepted == self.placed

    # How

    @property
    def today(self) -> date:
        return self.now.astimezone(PARIS).date()

    def passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def group(self, read: object) -> Group:
        return read.get(Group, self.group_id)

    def turn(self, one: Application) -> tuple[object, ...]:
        request = Request(one.id, one.submitted_at, one.points)
        if self.way == ORDER:
            return request.arrival_sort_key
        return (one.decided_at, *sort_key_of_request(request, self.way, SEED))

    def applications(self, read: object) -> list[Application]:
        query = select(Application).where(Application.group_id == self.group_id)
        return list(read.scalars(query.order_by(Application.id)))

    def _ask(self, child: int, sibling: bool, later: int = 0) -> None:
        self.passes(1)
        household = self.families[child]
        from_day = self.today + timedelta(days=later) if later else None
        declared = ["sibling"] if sibling else []
        asked = NewApplication(
            household.child.id,
            self.group_id,
            household.guardian,
            self.now,
            from_day=from_day,
            criteria=declared,
        )
        with store.write() as write:
            try:
                applications.apply_for_place(write, asked, self.now)
            except Refusal:
                write.rollback()

    def _do(
        self,
        pick: int,
        states: Collection[str],
        act: Callable[[Write, Ids], object],
        lets_go: bool = True,
    ) -> None:
        """Do something with one of the applications in these states, where there are any."""
        self.passes(1)
        with store.read() as read:
            found = [
                application
                for application in self.applications(read)
                if application.state in states
            ]
        if not found:
            return
        application = found[pick % len(found)]
        with store.write() as write:
            try:
                act(write, (application.id, application.child_id, application.subject))
            except Refusal:
                write.rollback()
                return
        if lets_go:
            self.gave_up.add(application.child_id)

    def teardown(self) -> None:
        store.close()
        shutil.rmtree(self.home, ignore_errors=True)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[None]:
    """Prepare the database that each example begins with."""
    global prepared
    url = f"sqlite:///{tmp_path}/data.sqlite"
    with make.provider_on(Database(url, url, f"sqlite:///{tmp_path}/k.sqlite"), tmp_path) as ens:
        families = family.arrived(ens, CHILDREN)
        with store.write() as write:
            groups = {way: _group(write, way, now()) for way in (ORDER, CRITERIA, DRAW)}
        store.close()
        store.connect(url, ens.settings.register)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
        prepared = Prepared(
            tmp_path / "data.sqlite", families, [Family() for _ in range(LATE)], groups
        )
        yield
        store.connect(url, ens.settings.register)


def _group(write: object, way: str, moment: datetime) -> str:
    """A group without sessions: what is booked is another test's."""
    activity: Activity = offer.an_activity(write, allocation=way, criteria=CRITERIA_OF)
    group = Group(
        id=new_id(),
        activity_id=activity.id,
        label="Un groupe",
        places=0,
        weekdays="1245",
        starts="11:45",
        ends="13:30",
        first_day=moment.date() - timedelta(days=7),
        last_day=moment.date() + timedelta(days=2000),
        runs_in=ALWAYS,
    )
    write.add(group)
    return group.id


def test_places_are_never_exceeded_lost_or_left_free_whatever_happens(town: None) -> None:
    run_state_machine_as_test(
        Capacity,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.generate],  # a failure is told as it was found: shrinking takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
