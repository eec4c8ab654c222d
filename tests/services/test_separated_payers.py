"""
Parents who separate on a day of October, told from the dossier to the canteen and to billing.

Manon eats four days a week. Until Sunday 11 October the bill is her parents'. From that Monday on
she alternates, changes hands on Fridays after school, and is with her mother in the odd weeks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from services.billing.accounts.commands import received_households
from services.billing.models import Invoice
from services.billing.quantities.commands import received_sheets, received_tariffs
from services.billing.store import store as of_billing
from services.dossier.models import Household
from services.dossier.store import store as of_dossier
from services.enrolment.attendance.roll_call.commands import closing
from services.enrolment.bookings.commands import place_bookings, week_pattern
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Application, Booking, Group, Place
from services.enrolment.store import store as of_canteen
from shared.contracts.dossier import guardians
from shared.contracts.dossier.corrections import CHANGE
from shared.contracts.dossier.families import separation
from shared.contracts.dossier.families.safeguarding import IN_BOTH, WITH_WHO_LEAVES, WITH_WHO_STAYS
from shared.contracts.enrolment import attendance
from shared.contracts.enrolment import tariffs as tariff_contracts
from shared.contracts.enrolment.places.family_acts import SetWeekRequest
from shared.contracts.enrolment.places.states import BOOKED
from shared.dates.clock import midnight, now
from shared.runtime.ids import new_id
from tests.databases import sqlite_in
from tests.factories import dossier as at_dossier
from tests.factories import offer, runs
from tests.factories.attendance import booked
from tests.factories.dossier import Town
from tests.factories.enrolment import Provider, item, provider_on

MONDAY = date(2026, 10, 12)
TOWN_CENTS, OUTSIDE_CENTS = 333, 517
OCTOBER = ("2026-10", "2026-11")
BEFORE = [date(2026, 10, day) for day in (5, 6, 8, 9)]
SINCE = [date(2026, 10, day) for day in (12, 13, 15, 16)]
"""Days of week 42: she came to her mother on Friday evening of week 41, an odd one."""
HERS = [date(2026, 11, day) for day in (9, 10, 12, 13, 23, 24, 26, 27)]
HIS = [date(2026, 11, day) for day in (2, 3, 5, 6, 16, 17, 19, 20, 30)]


@dataclass
class Parents:
    """A town of three services: what one publishes is handed to the next by `deliver`."""

    town: Town
    canteen: Provider
    manon: str
    mother: str
    father: str
    home: str
    group: Group
    heard: int = 0
    homes: list[str] = field(default_factory=list)

    def deliver(self) -> None:
        """Let all that waits to leave arrive: at the canteen, and at billing."""
        for sent in self.town.sent():
            if sent.provider == "ens" and sent.projection in ("care_core", "family"):
                self.canteen.receives(
                    sent.projection, item(sent.child_id, sent.version, sent.content)
                )
        for home in self.town.homes():
            with of_billing.write() as write:
                received_households.record_household(write, home, date(2026, 12, 1))
        published = self.canteen.published("attendance_recorded")
        event = attendance.attendance_recorded
        for body in published[self.heard :]:
            with of_billing.write() as write:
                provider = of_billing.register.provider("ens")
                received_sheets.record_attendance_sheet(
                    write, provider, event.load(body), runs.OPENED
                )
        self.heard = len(published)

    def eats(self, days: Sequence[date]) -> None:
        """Let the child be present on these days, and the group be closed."""
        with of_canteen.write() as write:
            for day in days:
                meeting = offer.session_on(write, self.group, day)
                closing.close_roll_call(write, meeting.id, new_id(), {self.manon: "present"}, now())

    def booked_days(self, days: Sequence[date]) -> list[date]:
        """Return those of these days on which the child is expected."""
        with of_canteen.read() as read:
            found = {day: offer.session_on(read, self.group, day).id for day in days}
            bookings = {day: read.get(Booking, (found[day], self.manon)) for day in days}
        return [day for day, booking in bookings.items() if booking and booking.state == BOOKED]

    def separate(self) -> None:
        """Let an agent separate them from that Monday on; she moves out of the town."""
        answer = self.town.at_desk(
            separation.separate_household,
            household_id=self.home,
            guardians=[self.mother],
            children=[{"child_id": self.manon, "lives": IN_BOTH}],
            weeks={
                "even": WITH_WHO_STAYS,
                "odd": WITH_WHO_LEAVES,
                "changes_on": 5,
                "changes_at": "evening",
                "school_days": None,
                "holidays": WITH_WHO_LEAVES,
                "summer": "halves",
            },
            address={"street": "8 rue du Bac", "postcode": "75007", "commune": "Paris"},
            paper="guardian_statement",
            paper_date=date(2026, 10, 5),
            reason=CHANGE,
            holds_from=MONDAY,
        )
        assert answer.separation_id
        card = self.town.ask(guardians.my_children, subject=self.mother)
        self.homes = [self.home, *card.households]

    @property
    def hers(self) -> str:
        return self.homes[1]


@pytest.fixture
def parents(database: Any, tmp_path: Path) -> Iterator[Parents]:
    dossiers, meals = sqlite_in(tmp_path, "dossier", "k1"), sqlite_in(tmp_path, "canteen", "k2")
    for name in ("billing", "canteen"):
        (tmp_path / name).mkdir()
    with (
        runs.billing_on(database, tmp_path / "billing"),
        at_dossier.opened(dossiers, tmp_path / "register.json") as town,
        provider_on(meals, tmp_path / "canteen") as canteen,
    ):
        mother, father = at_dossier.guardian("Mère"), at_dossier.guardian("Père")
        manon = at_dossier.child([mother, father], links=["ens"])
        lives_at = at_dossier.address("2026-01-01", insee="28901")
        arrived = town.arrives(
            at_dossier.household(manon, guardians=[mother, father], address=lives_at)
        )
        with of_dossier.write() as write:
            write.execute(update(Household).values(created_at=midnight(date(2026, 1, 2))))
        announce_prices()
        found = Parents(
            town,
            canteen,
            arrived.children[manon["reference"]],
            arrived.guardians[mother["reference"]],
            arrived.guardians[father["reference"]],
            arrived.household_id,
            group_with_bookings(
                arrived.children[manon["reference"]], arrived.household_id, HERS + HIS + SINCE
            ),
        )
        found.deliver()
        yield found


def group_with_bookings(child: str, home: str, days: Sequence[date]) -> Group:
    """Return a group of the autumn whose meals the parents booked together."""
    with of_canteen.write() as write:
        group = offer.a_group(
            write,
            offer.an_activity(write),
            weekdays="1245",
            first_day=date(2026, 10, 1),
            last_day=date(2026, 12, 4),
        )
        for day in (*BEFORE, *days):
            booked(write, offer.session_on(write, group, day), child, household_id=home)
    return group


def announce_prices() -> None:
    """Let the provider tell a price of the town, and a dearer one for who lives elsewhere."""
    content = runs.flat("canteen", TOWN_CENTS)
    town, outside = (
        {**content["grids"][0]["parts"][0]["columns"][0], "residences": [code]}
        for code in ("town", "outside")
    )
    outside["bands"] = [{**outside["bands"][0], "price": {"kind": "flat", "cents": OUTSIDE_CENTS}}]
    content["grids"][0]["parts"][0]["columns"] = [town, outside]
    runs.tariff({**content, "residences": ["town", "outside"]})
    event = tariff_contracts.residences_published
    listed = {"insee": "28901", "residence": "town", "valid_from": date(2026, 1, 1)}
    told = event.content(
        version=2,
        classes=[{"code": "town", "label": "Ville"}, {"code": "outside", "label": "Ailleurs"}],
        elsewhere="outside",
        communes=[{**listed, "valid_to": None}],
    )
    with of_billing.write() as write:
        provider = of_billing.register.provider("ens")
        received_tariffs.record_residences(
            write, provider, event.load(event.dump(told)), runs.OPENED
        )


def billed(household: str) -> list[tuple[str, int]]:
    """Return month and cents of a household's bills, in the order of their numbers."""
    return [(bill.month, bill.total_cents) for bill in runs.bills(household)]


def content_of(bill: Invoice) -> dict[str, Any]:
    """Return all that is stored of an issued bill, with its lines."""
    stored = {c.name: getattr(bill, c.name) for c in Invoice.__table__.columns}
    lines = [
        {c.name: getattr(line, c.name) for c in type(line).__table__.columns}
        for line in runs.lines(bill.id)
    ]
    return {**stored, "lines": lines}


def test_november_has_two_payers_each_its_own_days_and_october_before_stays_theirs(
    parents: Parents,
) -> None:
    parents.eats(BEFORE)
    parents.separate()
    parents.deliver()
    parents.eats(SINCE + HERS + HIS)
    parents.deliver()

    for month in ("2026-10", runs.NOVEMBER):
        runs.run(month)

    assert billed(parents.home) == [
        ("2026-10", len(BEFORE) * TOWN_CENTS),
        ("2026-11", len(HIS) * TOWN_CENTS),
    ]
    assert billed(parents.hers) == [
        ("2026-10", len(SINCE) * OUTSIDE_CENTS),
        ("2026-11", len(HERS) * OUTSIDE_CENTS),
    ]


def test_a_bill_of_before_keeps_its_bytes_and_the_days_since_are_set_right_on_the_next(
    parents: Parents,
) -> None:
    parents.eats(BEFORE + SINCE)
    parents.deliver()
    runs.run("2026-10")
    (october,) = runs.bills(parents.home)
    was = content_of(october)

    parents.separate()
    parents.deliver()
    parents.eats(HERS + HIS)
    parents.deliver()
    runs.run(runs.NOVEMBER)

    (same,) = [bill for bill in runs.bills(parents.home) if bill.id == october.id]
    assert content_of(same) == was
    theirs = sum(cents for _, cents in billed(parents.home))
    hers = sum(cents for _, cents in billed(parents.hers))
    assert theirs == (len(BEFORE) + len(HIS)) * TOWN_CENTS
    assert hers == (len(SINCE) + len(HERS)) * OUTSIDE_CENTS


def test_each_home_chooses_its_own_days_and_each_pays_those_alone(parents: Parents) -> None:
    place = comes_by_the_week(parents, "1245")
    parents.separate()
    parents.deliver()

    with of_canteen.write() as write:
        chosen = SetWeekRequest(parents.manon, place.id, [1, 2], date(2026, 11, 1))
        before_november = OrderTime(midnight(date(2026, 10, 20)), midnight(date(2026, 10, 20)))
        week_pattern.set_weekdays_for_guardian(write, chosen, parents.mother, before_november)
    parents.eats(parents.booked_days(HERS + HIS))
    parents.deliver()
    runs.run(runs.NOVEMBER)

    assert billed(parents.hers) == [("2026-11", 4 * OUTSIDE_CENTS)]
    assert billed(parents.home) == [("2026-11", len(HIS) * TOWN_CENTS)]


def comes_by_the_week(parents: Parents, weekdays: str) -> Place:
    """Give Manon a place since October in what is booked by the day, asked for by her father."""
    with of_canteen.write() as write:
        parents.group = offer.a_group(
            write,
            offer.an_activity(write),
            label="Quatre jours",
            weekdays="1245",
            first_day=date(2026, 10, 1),
            last_day=date(2026, 12, 4),
        )
        application = Application(
            id=new_id(),
            child_id=parents.manon,
            group_id=parents.group.id,
            subject=parents.father,
            household_id=parents.home,
            channel="portal",
            link_version=1,
            state="accepted",
            submitted_at=now(),
            decided_at=now(),
        )
        write.add(application)
        write.flush()
        place = Place(
            id=new_id(),
            child_id=parents.manon,
            group_id=parents.group.id,
            application_id=application.id,
            weekdays=weekdays,
            valid_from=date(2026, 10, 1),
        )
        write.add(place)
        write.flush()
        place_bookings.book_sessions_of_place(write, place, midnight(date(2026, 10, 1)))
    return place
