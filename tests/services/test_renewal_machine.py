"""
A campaign in any order, on a real SQLite database: who goes on, who is new, and time between.

Nobody is over the places, nobody loses a place that they confirmed, who renews waits before who is
new, no place is free while somebody waits, and each place is asked about once.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Activity, Application, Group, Place, Renewal
from services.enrolment.models.offer import OPEN
from services.enrolment.models.places import RENEWAL
from services.enrolment.offer.queries.group_capacity import room_of_group_from_tomorrow
from services.enrolment.places.admission.queries import waiting_list
from services.enrolment.places.applications.commands import applications
from services.enrolment.places.applications.commands.new_application_refusals import NewApplication
from services.enrolment.school_year.renewal.commands import answers as answering
from services.enrolment.school_year.renewal.commands import campaigns
from services.enrolment.school_year.renewal.commands import deadlines as due
from services.enrolment.store import store
from shared.contracts.enrolment.school_year.renewals import AnswerRenewalRequest
from shared.contracts.errors import Refusal
from shared.database import Write
from shared.dates.clock import PARIS, now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories import places as asking
from tests.factories import renewals as renew
from tests.factories.places import Family
from tests.factories.renewals import Years, two_years
from tests.memory import memory
from tests.night import sequences

HOLDERS, NEW = 5, 3
EXAMPLES, STEPS = sequences(6, at_night=15), 12

picks = st.integers(0, 20)


@dataclass
class Prepared:
    """A database with families in it, copied for each example."""

    path: Path
    holders: list[Family]
    newcomers: list[Family]
    years: Years


prepared: Prepared | None = None


class Renewing(RuleBasedStateMachine):
    """One group whose children go on into one group of next year."""

    def __init__(self) -> None:
        super().__init__()
        assert prepared is not None
        self.home = Path(tempfile.mkdtemp(prefix="renewing-", dir=memory()))
        shutil.copy(prepared.path, self.home / "data.sqlite")
        store.connect(f"sqlite:///{self.home}/data.sqlite", store.register)
        self.holders, self.newcomers = prepared.holders, prepared.newcomers
        self.years, self.group_id = prepared.years, prepared.years.after.id
        self.now = now()
        self.let_go: set[str] = set()
        self.placed: set[str] = set()

    @initialize(places=st.integers(0, HOLDERS), keeps=st.booleans())
    def opens(self, places: int, keeps: bool) -> None:
        with store.write() as write:
            write.get_one(Group, self.group_id).places = places
            values = {
                "from_year": renew.this_year(),
                "opens_at": self.now - timedelta(minutes=1),
                "closes_at": self.now + timedelta(days=20),
                "keeps": keeps,
                "remind_days": 5,
            }
            routes = {self.years.former.id: self.years.following.id}
            self.campaign = campaigns.save_draft(write, None, values, routes)
            campaigns.open_drafted_campaign(write, self.campaign.id, new_id(), self.now)
        self.time_passes(1)

    @rule(pick=picks, said=st.sampled_from(("confirm", "confirm", "decline", "undo")))
    def answers(self, pick: int, said: str) -> None:
        one = self.holders[pick % HOLDERS]
        line = self.lines()[one.child.id].id
        request = AnswerRenewalRequest(one.child.id, line, said)
        when = OrderTime(self.now, self.now)
        if said == "decline":
            self.let_go.add(one.child.id)
        self._do(lambda write: answering.answer_renewal(write, request, one.guardian, when))

    @rule(pick=picks)
    def somebody_new_asks(self, pick: int) -> None:
        one = self.newcomers[pick % NEW]
        asked = NewApplication(one.child.id, self.group_id, one.guardian, self.now)
        self._do(lambda write: applications.apply_for_place(write, asked, self.now))

    @rule(pick=picks, accept=st.booleans())
    def an_offer_is_answered(self, pick: int, accept: bool) -> None:
        offered = [request for request in self.requests() if request.state == "offered"]
        guardians = {
            request.child.id: request.guardian for request in (*self.holders, *self.newcomers)
        }
        if offered:
            request = offered[pick % len(offered)]
            ids = request.id, request.child_id, guardians[request.child_id]
            self.let_go |= set() if accept else {request.child_id}
            self._do(lambda write: applications.answer_offer(write, *ids, accept, self.now))

    @rule(minutes=st.sampled_from((1, 40, 60 * 24, 60 * 24 * 5)))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        due.carry_out_due_steps(store, self.now)
        asking.pass_time(self.now)

    # What always holds

    @invariant()
    def nobody_is_over_the_places(self) -> None:
        with store.read() as read:
            places = read.get_one(Group, self.group_id).places
            given = list(read.scalars(select(Place).where(Place.group_id == self.group_id)))
        kept = sum(request.state == "offered" for request in self.requests())
        assert len(given) + kept <= places

    @invariant()
    def nobody_loses_a_place_that_they_confirmed(self) -> None:
        placed = {request.child_id for request in self.requests() if request.state == "accepted"}
        assert self.placed - placed <= self.let_go
        self.placed = placed
        self.let_go -= placed

    @invariant()
    def who_renews_waits_before_who_is_new(self) -> None:
        with store.read() as read:
            activity = read.get_one(Activity, self.years.following.id)
            waiting = waiting_list.waiters_of_group(read, self.group_id, activity)
        channel = {request.id: request.channel for request in self.requests()}
        ours = [channel[request.request.application_id] == RENEWAL for request in waiting]
        assert ours == sorted(ours, reverse=True)

    @invariant()
    def no_place_is_free_while_somebody_waits(self) -> None:
        with store.read() as read:
            free = room_of_group_from_tomorrow(
                read, read.get_one(Group, self.group_id), self.today
            ).has_places_left
        assert not (free and any(request.state == "waiting" for request in self.requests()))

    @invariant()
    def each_place_is_asked_about_once(self) -> None:
        assert set(self.lines()) == {holder.child.id for holder in self.holders}

    # How

    @property
    def today(self) -> date:
        return self.now.astimezone(PARIS).date()

    def requests(self) -> list[Application]:
        with store.read() as read:
            query = select(Application).where(Application.group_id == self.group_id)
            return list(read.scalars(query.order_by(Application.id)))

    def lines(self) -> dict[str, Renewal]:
        with store.read() as read:
            found = list(read.scalars(select(Renewal)))
        assert len(found) == len({one.place_id for one in found})
        return {one.child_id: one for one in found}

    def _do(self, act: Callable[[Write], object]) -> None:
        self.now += timedelta(seconds=1)
        with store.write() as write:
            try:
                act(write)
            except Refusal:
                write.rollback()

    def teardown(self) -> None:
        store.close()
        shutil.rmtree(self.home, ignore_errors=True)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[None]:
    """Prepare the database that each example begins with."""
    global prepared
    url = f"sqlite:///{tmp_path}/data.sqlite"
    with make.provider_on(Database(url, url, f"sqlite:///{tmp_path}/k.sqlite"), tmp_path) as ens:
        families = asking.arrived(ens, HOLDERS + NEW)
        years = two_years(booking="whole")
        with store.write() as write:
            write.get_one(Activity, years.following.id).state = OPEN  # without sessions
            for age, family in enumerate(families[:HOLDERS]):
                began = renew.today() - timedelta(days=9 - age)
                held = {"child_id": family.child.id, "group_id": years.group.id, "weekdays": ""}
                write.add(Place(id=new_id(), valid_from=began, **held))
        store.close()
        store.connect(url, ens.settings.register)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
        prepared = Prepared(tmp_path / "data.sqlite", families[:HOLDERS], families[HOLDERS:], years)
        yield
        store.connect(url, ens.settings.register)


def test_a_campaign_never_gives_too_much_nor_takes_away_whatever_happens(town: None) -> None:
    run_state_machine_as_test(
        Renewing,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.generate],  # a failure is told as it was found: shrinking takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
