"""Shared tablets on both databases: enrolled once, opened by PIN, locked by idleness."""

from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from services.enrolment.attendance.tablets.commands import pins
from services.enrolment.attendance.tablets.queries import tablets_and_duties as tablets
from services.enrolment.models import Mark, Pin, Session, Tablet, TabletDuty
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories.attendance import a_session, booked
from tests.factories.enrolment import Child, Desk, Provider
from tests.factories.two_sites import Site, a_site

PIN = "739164"
LIGHT_KIB = 1024


@pytest.fixture(autouse=True)
def light_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with little memory where nothing else is asked."""
    if "full_hashes" not in request.fixturenames:
        light = PasswordHasher(time_cost=1, memory_cost=LIGHT_KIB, parallelism=1)
        monkeypatch.setattr(pins, "_hasher", light)


@pytest.fixture
def tablet(ens: Provider) -> Desk:
    """Give a browser that the lead has made a shared tablet, and signed out of."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead", name="Hélène Roy"))
    desk.sends("/tablettes", at="/tablettes", label="Tablette cantine")
    desk.client.delete_cookie(f"{desk.principal}_session")
    return desk


def an_agent(ens: Provider, *roles: str, pin: str = PIN, **more: Any) -> str:
    subject = ens.has_agent(*roles or ("kitchen",), **more)
    pins.set_pin(store, subject, pin)
    return subject


def state(desk: Desk) -> dict[str, Any]:
    answer = desk.client.get("/pointage/etat.json").json
    assert answer is not None
    return answer


def post(desk: Desk, path: str, **body: Any) -> Any:
    return desk.client.post(path, json=body, headers={"x-csrftoken": state(desk)["csrf"]})


def opened(desk: Desk, subject: str, pin: str = PIN) -> Any:
    return post(desk, "/pointage/ouvrir", subject=subject, pin=pin)


def idle_for(minutes: int) -> None:
    with store.write() as write:
        write.execute(update(TabletDuty).values(used_at=now() - timedelta(minutes=minutes)))


# Enrolling


def test_only_who_answers_for_the_day_enrols_a_tablet(ens: Provider) -> None:
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("kitchen"))

    assert desk.sends("/tablettes", at="/tablettes", label="x").status_code == 404
    assert "Faire de cet appareil" not in desk.sees("/tablettes")


def test_the_database_alone_opens_no_tablet(ens: Provider, tablet: Desk) -> None:
    secret = tablet.client.get_cookie(f"{tablet.principal}_tablet")
    assert secret is not None and secret.http_only

    with store.read() as read:
        row = read.query(Tablet).one()
        assert secret.value not in (row.digest, row.id)
        assert tablets.tablet_by_secret(read, row.digest) is None


def test_a_revoked_tablet_opens_nothing_and_shows_nothing(ens: Provider, tablet: Desk) -> None:
    subject = an_agent(ens)
    assert opened(tablet, subject).status_code == 200
    with store.read() as read:
        row = read.query(Tablet).one()

    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead"))
    desk.sends(f"/tablettes/{row.id}/retrait", at="/tablettes")

    assert tablet.client.get("/pointage/seances.json").status_code == 401
    assert opened(tablet, subject).status_code == 403
    assert tablet.client.get("/pointage/").status_code == 303


# Opening


def test_an_agent_opens_by_name_and_pin_and_gets_the_roll_call_alone(
    ens: Provider, tablet: Desk
) -> None:
    subject = an_agent(ens)
    assert [agent["name"] for agent in state(tablet)["agents"]] == ["Sophie Bernard"]

    assert opened(tablet, subject).status_code == 200

    assert state(tablet)["who"]["name"] == "Sophie Bernard"
    assert tablet.client.get("/pointage/seances.json").status_code == 200
    for path in ("/", "/enfants", "/tablettes"):
        assert tablet.client.get(path).location.startswith("/connexion")


def test_who_calls_no_roll_and_who_has_no_pin_are_not_named(ens: Provider, tablet: Desk) -> None:
    an_agent(ens, "school_desk")
    ens.has_agent("kitchen", name="Sans Code")

    assert state(tablet)["agents"] == []


def test_names_of_agents_are_for_enrolled_tablets_alone(ens: Provider) -> None:
    an_agent(ens)
    stranger = make.desk_of(ens)

    assert state(stranger)["agents"] == []
    assert opened(stranger, new_id()).status_code == 403
    assert stranger.client.get("/pointage/").status_code == 303


def test_five_wrong_pins_lock_for_a_quarter_of_an_hour(ens: Provider, tablet: Desk) -> None:
    subject = an_agent(ens)

    for _ in range(pins.MOST_WRONG):
        assert opened(tablet, subject, "000001").json == {"error": "wrong"}

    assert opened(tablet, subject).json["error"] == "locked"
    with pytest.raises(pins.Locked):
        pins.check_pin(store, subject, PIN, now() + timedelta(minutes=14))
    pins.check_pin(store, subject, PIN, now() + timedelta(minutes=16))


def test_a_right_pin_gives_all_tries_back(ens: Provider) -> None:
    subject = an_agent(ens)

    for _ in range(3):
        for _ in range(pins.MOST_WRONG - 1):
            with pytest.raises(pins.WrongPin):
                pins.check_pin(store, subject, "000001", now())
        pins.check_pin(store, subject, PIN, now())


@pytest.mark.both_databases
def test_tries_at_once_are_no_more_than_five(ens: Provider) -> None:
    subject = an_agent(ens)
    tries = [lambda: pins.check_pin(store, subject, "000001", now()) for _ in range(9)]

    failures = make.at_once(tries)

    assert sum(isinstance(failure, pins.WrongPin) for failure in failures) == pins.MOST_WRONG
    assert sum(isinstance(failure, pins.Locked) for failure in failures) == 4


@pytest.mark.usefixtures("full_hashes")
def test_a_pin_is_kept_as_argon2id_and_never_a_guessable_one(ens: Provider) -> None:
    desk = make.desk_of(ens)
    subject = ens.has_agent("kitchen")
    desk.signs_in(subject)

    for guessable in ("123456", "000000", "121212", "987654", "12345", "abcdef"):
        form = {"pin": guessable, "again": guessable}
        assert desk.sends("/tablettes/code", at="/tablettes", **form).status_code == 422
    assert desk.sends("/tablettes/code", at="/tablettes", pin=PIN, again=PIN).status_code == 303

    with store.read() as read:
        row = read.get(Pin, subject)
    assert row.hash.startswith("$argon2id$v=19$m=47104,t=1,p=1$") and PIN not in row.hash


# Locking


def test_five_idle_minutes_lock_the_lists(ens: Provider, tablet: Desk) -> None:
    opened(tablet, an_agent(ens))

    idle_for(4)
    assert tablet.client.get("/pointage/seances.json").status_code == 200
    idle_for(6)

    answer = tablet.client.get("/pointage/seances.json")
    assert (answer.status_code, answer.json) == (401, {"locked": True})
    assert state(tablet)["who"] is None


def test_a_withdrawn_right_closes_the_tablet(ens: Provider, tablet: Desk) -> None:
    subject = an_agent(ens)
    opened(tablet, subject)

    ens.has_agent(subject=subject, version=2)

    assert tablet.client.get("/pointage/seances.json").status_code == 401
    assert opened(tablet, subject).status_code == 403


def test_a_suspended_account_closes_the_tablet(ens: Provider, tablet: Desk) -> None:
    subject = an_agent(ens)
    opened(tablet, subject)

    ens.has_agent("kitchen", subject=subject, version=2, active=False)

    assert tablet.client.get("/pointage/seances.json").status_code == 401


def test_the_next_agent_takes_over_and_who_was_there_is_off(ens: Provider, tablet: Desk) -> None:
    opened(tablet, an_agent(ens))
    before = tablet.client.get_cookie(f"{tablet.principal}_duty")
    opened(tablet, an_agent(ens, name="Karim Diallo"))
    assert before is not None

    tablet.client.set_cookie(f"{tablet.principal}_duty", before.value)

    assert tablet.client.get("/pointage/seances.json").status_code == 401


# Sending


def a_booked_child(ens: Provider) -> tuple[Session, Child]:
    child = Child()
    ens.receives_child(child)
    with store.write() as write:
        session = a_session(write)
        booked(write, session, child.id)
    return session, child


def delivery(session: Session, child: Child, by: str, **more: Any) -> dict[str, Any]:
    mark = {
        "id": new_id(),
        "session_id": session.id,
        "child_id": child.id,
        "kind": "present",
        "made_at": now().isoformat(),
        "by": by,
        "after": [],
    }
    return {"device_now": now().isoformat(), "marks": [mark | more], "unsent": 4}


def test_a_locked_tablet_still_sends_what_was_ticked(ens: Provider, tablet: Desk) -> None:
    session, child = a_booked_child(ens)
    subject = an_agent(ens)
    opened(tablet, subject)
    idle_for(30)

    answer = post(tablet, "/pointage/envoi", **delivery(session, child, subject))

    assert answer.status_code == 200 and len(answer.json["taken"]) == 1
    with store.read() as read:
        assert read.query(Tablet).one().unsent == 4


def test_marks_that_another_agent_sends_stay_those_of_who_ticked(
    ens: Provider, tablet: Desk
) -> None:
    session, child = a_booked_child(ens)
    ticked, sends = an_agent(ens), an_agent(ens, name="Karim Diallo")
    opened(tablet, ticked)
    opened(tablet, sends)

    post(tablet, "/pointage/envoi", **delivery(session, child, ticked))
    post(tablet, "/pointage/envoi", **delivery(session, child, new_id()))

    with store.read() as read:
        authors = [row.subject for row in read.query(Mark).order_by(Mark.received_at)]
    assert authors == [ticked, sends]


def test_a_device_whose_clock_is_an_hour_slow_is_put_right(ens: Provider, tablet: Desk) -> None:
    session, child = a_booked_child(ens)
    subject = an_agent(ens)
    opened(tablet, subject)
    slow = now() - timedelta(hours=1)

    body = delivery(session, child, subject, made_at=(slow - timedelta(minutes=5)).isoformat())
    post(tablet, "/pointage/envoi", **body | {"device_now": slow.isoformat()})

    with store.read() as read:
        made_at = read.query(Mark).one().made_at
    assert abs(made_at - (now() - timedelta(minutes=5))) < timedelta(seconds=30)


def test_nothing_is_taken_without_the_form_token_or_from_a_stranger(
    ens: Provider, tablet: Desk
) -> None:
    session, child = a_booked_child(ens)
    subject = an_agent(ens)
    stranger = make.desk_of(ens)
    opened(tablet, subject)
    body = delivery(session, child, subject)

    assert tablet.client.post("/pointage/envoi", json=body).status_code == 400
    assert post(stranger, "/pointage/envoi", **body).status_code == 401
    assert post(tablet, "/pointage/envoi", marks=[{"id": "x"}]).status_code == 422
    with store.read() as read:
        assert read.query(Mark).count() == 0


# Rights at places


def test_a_tablet_opened_by_pin_shows_the_places_of_who_opened_it(
    ens: Provider, tablet: Desk
) -> None:
    north, south = a_site(ens, "École Jules-Ferry", "Nordil"), a_site(ens, "Pasteur", "Sudel")
    opened(tablet, an_agent(ens, "lead", places=[north.place]))

    listed = tablet.client.get("/pointage/seances.json").json
    assert listed is not None
    assert [session["group"] for session in listed["sessions"]] == ["Groupe Nordil"]
    own = f"/pointage/seances/{north.values['session_id']}"
    theirs = f"/pointage/seances/{south.values['session_id']}"
    assert tablet.client.get(f"{own}.json").status_code == 200
    for path in (f"{theirs}.json", f"{theirs}/etats.json", f"{theirs}/soins.pdf"):
        assert tablet.client.get(path).status_code == 404
    assert post(tablet, f"{theirs}/cloture").status_code == 404


def test_marks_of_a_colleague_of_another_site_still_leave_a_shared_tablet(
    ens: Provider, tablet: Desk
) -> None:
    north, south = a_site(ens, "École Jules-Ferry", "Nordil"), a_site(ens, "Pasteur", "Sudel")
    of_south = an_agent(ens, "kitchen", name="Anne Sud", places=[south.place])
    of_north = an_agent(ens, "kitchen", name="Noé Nord", places=[north.place])
    opened(tablet, of_south)
    opened(tablet, of_north)

    def sent(by: str) -> str:
        mark = {"id": new_id(), "made_at": now().isoformat(), "by": by, "kind": "present"}
        there = {"session_id": south.values["session_id"], "child_id": south.values["child_id"]}
        answer = post(
            tablet,
            "/pointage/envoi",
            device_now=now().isoformat(),
            marks=[{**mark, **there, "after": []}],
        ).json
        return str(answer["refused"].get(mark["id"], "taken"))

    assert sent(of_south) == "taken"
    assert sent(of_north) == "no_session"


def test_a_hand_over_is_ticked_by_who_is_at_the_childs_site(ens: Provider, tablet: Desk) -> None:
    north, south = a_site(ens, "École Jules-Ferry", "Nordil"), a_site(ens, "Pasteur", "Sudel")
    by = an_agent(ens, "kitchen", places=[north.place])
    opened(tablet, by)

    def ticked(site: Site) -> str:
        tick = {"id": new_id(), "made_at": now().isoformat(), "by": by, "kind": "handed"}
        tick |= {"relay_id": site.values["handover_id"], "day": today().isoformat()}
        answer = post(
            tablet,
            "/pointage/envoi",
            device_now=now().isoformat(),
            passages=[{**tick, "after": []}],
        ).json
        return str(answer["refused"].get(tick["id"], "taken"))

    assert (ticked(north), ticked(south)) == ("taken", "no_relay")
