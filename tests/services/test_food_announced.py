"""Food at a session that usually has none: told to the dossier, to families, taken back (R3)."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.enrolment.models import Booking, FoodAnnounced, Session
from services.enrolment.offer.commands import food_announcements
from services.enrolment.offer.queries.food_on_occasion import announced_sessions_changed
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories.attendance import a_session, booked
from tests.factories.enrolment import Desk, Provider
from tests.factories.register import demo_rows

AGENT = new_id()


@pytest.fixture
def session(ens: Provider) -> Session:
    """Give today's session, with two children of two households booked."""
    with store.write() as write:
        session = a_session(write)
        for _ in range(2):
            booked(write, session, new_id())
    return session


def announces(session: Session) -> None:
    with store.write() as write:
        food_announcements.announce_food(write, session.id, AGENT, today(), now())


def children_of(session: Session) -> list[str]:
    with store.read() as read:
        return sorted(row.child_id for row in read.query(Booking).filter_by(session_id=session.id))


def test_who_is_booked_is_told_to_the_dossier_and_each_family_once(
    ens: Provider, session: Session
) -> None:
    announces(session)
    announces(session)

    (event,) = ens.published("food_announced")
    assert (event["child_ids"], event["version"]) == (children_of(session), 1)
    assert date.fromisoformat(event["day"]) == today()
    notices = ens.published("notice")
    assert [notice["kind"] for notice in notices] == ["food", "food"]
    assert len({notice["household_id"] for notice in notices}) == 2


def test_bookings_that_change_later_are_told_again(ens: Provider, session: Session) -> None:
    announces(session)
    with store.read() as read:
        assert announced_sessions_changed(read, today()) == []
    with store.write() as write:
        booked(write, session, new_id())
        write.query(Booking).filter_by(child_id=children_of(session)[0]).update(
            {"state": "cancelled"}
        )
    ens.service.republish_food()

    _, event = ens.published("food_announced")

    assert event["version"] == 2
    assert len(event["child_ids"]) == 2
    assert len(ens.published("notice")) == 3
    ens.service.republish_food()
    assert len(ens.published("food_announced")) == 2


def test_taken_back_nobody_is_told_any_more_and_it_can_be_said_again(
    ens: Provider, session: Session
) -> None:
    announces(session)
    with store.write() as write:
        food_announcements.withdraw_food(write, session.id, today(), now())
    announces(session)

    told = [len(event["child_ids"]) for event in ens.published("food_announced")]

    assert told == [2, 0, 2]
    assert len(ens.published("notice")) == 2


def test_a_session_of_the_past_or_far_ahead_takes_no_food(ens: Provider, session: Session) -> None:
    for day in (today() + timedelta(days=1), today() - timedelta(days=40)):
        with store.write() as write, pytest.raises(NotFound):
            food_announcements.announce_food(write, session.id, AGENT, day, now())
    with store.write() as write, pytest.raises(NotFound):
        food_announcements.withdraw_food(write, session.id, today(), now())

    with store.read() as read:
        assert read.query(FoodAnnounced).count() == 0


# The page


@pytest.fixture
def desk(ens: Provider, session: Session) -> Desk:
    """Give the desk of a lead."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead"))
    return desk


def has_cakes(ens: Provider, tmp_path: Path) -> None:
    """Let the register say that this provider receives diet and allergies on occasion alone."""
    rows = demo_rows()
    for row in rows["entitlements"]:
        if (row["provider"], row["projection"]) in (("ens", "diet"), ("ens", "allergies")):
            row["on_occasion"] = True
    (tmp_path / "register.json").write_text(json.dumps(rows))
    ens.settings.register._file._looked_at = 0.0


def test_where_the_town_file_has_no_food_on_occasion_there_is_no_such_page(desk: Desk) -> None:
    assert desk.client.get("/gouters").status_code == 404
    assert "On mange à une séance" not in desk.sees("/fermetures")


def test_an_agent_of_the_day_announces_food_and_takes_it_back(
    ens: Provider, desk: Desk, session: Session, tmp_path: Path
) -> None:
    has_cakes(ens, tmp_path)
    assert "On mange à une séance" in desk.sees("/fermetures")
    assert "Aucune nourriture sans déclaration" in desk.sees("/gouters")

    desk.signs_in(ens.has_agent("lead", name="Yann Le Goff"))
    desk.sends(f"/gouters/{session.id}", at="/gouters", do="announce")
    page = desk.sees("/gouters")
    assert "les familles sont prévenues" in page and "déclaré par Yann Le Goff" in page
    desk.signs_in(ens.has_agent("lead"))
    assert "déclaré par Yann Le Goff" in desk.sees("/gouters"), "not by who looks"
    desk.sends(f"/gouters/{session.id}", at="/gouters", do="take_back")

    assert [len(event["child_ids"]) for event in ens.published("food_announced")] == [2, 0]
    assert desk.sends(f"/gouters/{new_id()}", at="/gouters", do="announce").status_code == 404


def test_who_only_calls_the_roll_announces_nothing(
    ens: Provider, desk: Desk, session: Session, tmp_path: Path
) -> None:
    has_cakes(ens, tmp_path)
    desk.signs_in(ens.has_agent("kitchen"))

    assert desk.client.get("/gouters").status_code == 404
