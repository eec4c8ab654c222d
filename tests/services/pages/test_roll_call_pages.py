"""The roll call's lists, on screen and on paper, as roles see them, with what warns of a child."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from services.enrolment.models import Activity, Booking, Group, Place, Session, StoredProjection
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories import offer, pdf
from tests.factories.attendance import a_mark, arrive, booked
from tests.factories.enrolment import Child, Desk, Provider, item
from tests.factories.roll_call_pages import (
    PLAIN,
    session_of,
    the_list,
    what_came_is_known_since_yesterday,
)


def alerts(listed: dict[str, Any], child: Child) -> list[str]:
    (first,) = (row for row in listed["children"] if row["id"] == child.id)
    return [alert["text"].replace("\u00a0", " ") for alert in first["alerts"]]


# What a role sees


def test_a_list_holds_exactly_what_the_readers_roles_see(ens: Provider, desk: Desk) -> None:
    child = Child()
    plan = child.care_core(care_plan=make.care_plan())
    session = session_of(ens, child, allergies=make.allergies("arachide"), care_core=plan)

    desk.signs_in(ens.has_agent("kitchen"))
    kitchen = json.dumps(the_list(desk, session), ensure_ascii=False)
    desk.signs_in(ens.has_agent("lead"))
    lead = json.dumps(the_list(desk, session), ensure_ascii=False)

    assert "arachide" in kitchen and "stylo, puis appeler le 15" in kitchen
    assert "Végétarien" in kitchen and "Paul Morel" not in kitchen and "CE1" not in kitchen
    assert "Paul Morel" in lead


@pytest.mark.parametrize("others", [[], PLAIN["pickup"]["people"]], ids=["nobody", "neighbour"])
def test_at_the_door_parents_stand_by_right_before_whom_they_named(
    ens: Provider, desk: Desk, others: list[dict[str, str]]
) -> None:
    child = Child()
    barred = child.care_core(not_to_hand_over=["Jean Morel"])
    session = session_of(ens, child, care_core=barred, pickup={"people": others})

    desk.signs_in(ens.has_agent("lead"))
    (sheet,) = the_list(desk, session)["sheets"].values()

    (collect,) = (part for part in sheet if part["title"] == "Qui peut venir chercher")
    assert [line["term"].replace("\u00a0", " ") for line in collect["lines"]] == [
        "Ne pas remettre à Jean Morel",
        "Les parents qui ont l’autorité parentale",
        *(person["name"] for person in others),
    ]


def test_who_is_to_be_called_is_called_from_the_sheet(ens: Provider, desk: Desk) -> None:
    people = {"people": [{"name": "Paul Morel", "relation": "voisin", "phone": "0600000001"}]}
    session = session_of(ens, Child(), pickup=people)

    desk.signs_in(ens.has_agent("lead"))
    (sheet,) = the_list(desk, session)["sheets"].values()

    dialled = {part["title"]: [line.get("dial") for line in part["lines"]] for part in sheet}
    assert all(dialled["À appeler, dans cet ordre"])
    assert dialled["Qui peut venir chercher"] == [None, "0600000001"]


def test_a_placed_child_goes_to_who_has_it_in_care_and_to_others_by_that_persons_leave(
    ens: Provider, desk: Desk
) -> None:
    told = {**PLAIN["pickup"], "in_care_of": ["Josiane Carpentier"]}
    session = session_of(ens, Child(), pickup=told)

    desk.signs_in(ens.has_agent("lead"))
    shown = the_list(desk, session)

    (sheet,) = shown["sheets"].values()
    (collect,) = (part for part in sheet if part["title"] == "Qui peut venir chercher")
    assert [line["term"].replace("\u00a0", " ") for line in collect["lines"]] == [
        "Enfant confié à Josiane Carpentier",
        "Toute autre personne, parents compris : avec son accord",
        *(person["name"] for person in told["people"]),
    ]
    assert "à remettre à Josiane Carpentier" in json.dumps(shown["children"], ensure_ascii=False)


def test_who_calls_no_roll_finds_no_list(ens: Provider, desk: Desk) -> None:
    session = session_of(ens, Child())
    desk.signs_in(ens.has_agent("school_desk"))

    assert desk.client.get(f"/pointage/seances/{session.id}.json").status_code == 401
    assert desk.client.get("/pointage/").status_code == 404


def test_the_shell_that_the_browser_may_keep_has_no_name_in_it(ens: Provider, desk: Desk) -> None:
    session_of(ens, Child())
    desk.signs_in(ens.has_agent("kitchen"))

    shell = desk.client.get("/pointage/")

    assert shell.status_code == 200
    assert "Lefèvre" not in shell.text and "Sophie" not in shell.text
    assert "style=" not in shell.text and "onclick" not in shell.text


def test_the_worker_keeps_files_and_no_data(ens: Provider, desk: Desk) -> None:
    desk.signs_in(ens.has_agent("kitchen"))

    worker = desk.client.get("/pointage/sw.js")

    assert worker.content_type.startswith("text/javascript")
    kept = json.loads(worker.text.split("const KEPT = ")[1].split(";\n")[0])
    assert "/pointage/" in kept and not any("seances" in path for path in kept)
    for path in kept:
        assert desk.client.get(path).status_code == 200, path


def test_every_child_and_projection_on_a_list_leaves_one_line_for_the_family(
    ens: Provider, desk: Desk
) -> None:
    first, other = Child(), Child("Amine", "Benali")
    session = session_of(ens, first, other)
    desk.signs_in(ens.has_agent("kitchen"))

    for _ in range(3):
        the_list(desk, session)
    desk.client.get(f"/pointage/seances/{session.id}/soins.pdf")

    lines = ens.published("projection_read")
    assert sorted((line["child_id"], line["projection"]) for line in lines) == sorted(
        (child.id, projection)
        for child in (first, other)
        for projection in ("care_core", "diet", "allergies")
    )
    assert {line["role"] for line in lines} == {"kitchen"}


def test_a_childs_page_shows_its_places_to_roles_that_work_with_them(
    ens: Provider, desk: Desk
) -> None:
    child = Child()
    session = session_of(ens, child)
    with store.write() as write:
        row = write.get(Session, session.id)
        row.starts_at, row.ends_at = now() + timedelta(hours=1), now() + timedelta(hours=2)
        place = Place(
            id=new_id(), child_id=child.id, group_id=session.group_id, valid_from=session.day
        )
        write.add(place)

    desk.signs_in(ens.has_agent("kitchen"))
    page_text = desk.sees(f"/enfants/{child.id}")

    assert "Restauration scolaire · Jules-Ferry" in page_text and "réservé" in page_text


# Alerts


def test_what_harms_stands_beside_the_name_and_keeps_the_child_from_the_group_button(
    ens: Provider, desk: Desk
) -> None:
    plain, allergic, barred = Child("Amine"), Child("Manon"), Child("Nathan")
    session = session_of(ens, plain)
    ens.receives_child(allergic, **PLAIN, allergies=make.allergies("arachide"))
    core = barred.care_core(care_plan=make.care_plan(), not_to_hand_over=["Marc Petit"])
    ens.receives_child(barred, **PLAIN, care_core=core)
    with store.write() as write:
        booked(write, session, allergic.id)
        booked(write, session, barred.id)
    what_came_is_known_since_yesterday()
    desk.signs_in(ens.has_agent("kitchen"))

    listed = the_list(desk, session)

    assert alerts(listed, plain) == []
    assert alerts(listed, allergic) == ["arachide : conduite à tenir"]
    assert alerts(listed, barred) == ["PAI : conduite à tenir", "Ne pas remettre à Marc Petit"]
    by_button = [row["name"] for row in listed["children"] if row["group_button"]]
    assert by_button == ["Amine Lefèvre"]


def states(desk: Desk, session: Session) -> dict[str, Any]:
    return desk.client.get(f"/pointage/seances/{session.id}/etats.json").json


def test_an_allergy_told_at_noon_is_marked_with_its_hour_on_an_open_list_and_on_paper(
    ens: Provider, desk: Desk
) -> None:
    manon, amine = Child(), Child("Amine", "Benali")
    session = session_of(ens, manon, amine)
    what_came_is_known_since_yesterday()
    desk.signs_in(ens.has_agent("kitchen"))
    opened = the_list(desk, session)
    assert alerts(opened, manon) == []
    assert states(desk, session)["edition"] == opened["edition"]

    ens.receives("allergies", item(manon.id, 2, make.allergies("arachide")))

    assert states(desk, session)["edition"] != opened["edition"]
    anew = the_list(desk, session)
    conduct, since = alerts(anew, manon)
    assert (conduct, since[:25]) == ("arachide : conduite à tenir", "Santé : reçu aujourd’hui ")
    assert alerts(anew, amine) == []
    paper = desk.client.get(f"/pointage/seances/{session.id}/allergies.pdf").data
    assert "Santé : reçu aujourd’hui" in pdf.text(paper)


def test_what_a_role_does_not_see_and_a_mark_by_another_agent_change_no_edition(
    ens: Provider, desk: Desk
) -> None:
    child = Child()
    session = session_of(ens, child)
    desk.signs_in(ens.has_agent("kitchen"))
    opened = the_list(desk, session)["edition"]

    ens.receives("pickup", item(child.id, 2, {"people": []}))
    arrive([a_mark(session, child.id)])
    assert states(desk, session)["edition"] == opened

    with store.write() as write:
        booking = write.query(Booking).one()
        booking.state, booking.changed_at = "cancelled", now()
    assert states(desk, session)["edition"] != opened


def test_a_booking_or_an_allergy_committed_after_a_later_one_is_another_edition(
    ens: Provider, desk: Desk
) -> None:
    first, second = Child(), Child("Amine", "Benali")
    session = session_of(ens, first, second)
    desk.signs_in(ens.has_agent("kitchen"))
    opened, earlier = the_list(desk, session)["edition"], now() - timedelta(hours=1)

    with store.write() as write:
        booking = write.get_one(Booking, (session.id, first.id))
        booking.state, booking.changed_at = "cancelled", earlier
    without_first = states(desk, session)["edition"]
    with store.write() as write:
        late = StoredProjection.child_id == second.id, StoredProjection.projection == "allergies"
        write.execute(update(StoredProjection).where(*late).values(version=2, received_at=earlier))

    assert len({opened, without_first, states(desk, session)["edition"]}) == 3


def test_care_that_is_only_kept_until_its_end_did_not_arrive_today(
    ens: Provider, desk: Desk
) -> None:
    child = Child()
    session = session_of(ens, child, allergies=make.allergies("arachide"))
    what_came_is_known_since_yesterday()
    ens.receives("allergies", item(child.id, 2, None, now() + timedelta(hours=20)))
    desk.signs_in(ens.has_agent("kitchen"))

    assert alerts(the_list(desk, session), child) == ["arachide : conduite à tenir"]


def test_what_parents_do_not_allow_is_a_word_under_the_name_and_no_alert(
    ens: Provider, desk: Desk
) -> None:
    manon, amine = Child(), Child("Amine", "Benali")
    session = session_of(ens, manon, amine)
    acts = [
        {"act": act, "state": state, "since": "2026-09-01", "version": "2026-11"}
        for act, state in (("image", "refused"), ("outing", "given"), ("alone", "given"))
    ]
    ens.receives("consents", item(manon.id, 1, {"acts": acts}))
    desk.signs_in(ens.has_agent("kitchen"))
    assert all("photo" not in row["note"] for row in the_list(desk, session)["children"])

    desk.signs_in(ens.has_agent("lead"))
    listed = the_list(desk, session)

    notes = {row["id"]: row["note"] for row in listed["children"]}
    assert notes[manon.id].endswith("pas de photo · peut rentrer seul")
    assert "photo" not in notes[amine.id]
    assert all(row["group_button"] for row in listed["children"])
    titles = [section["title"] for section in listed["sheets"][manon.id]]
    assert "Autorisations" in titles


def test_an_expired_plan_stays_and_says_so(ens: Provider, desk: Desk) -> None:
    child = Child()
    session = session_of(
        ens, child, care_core=child.care_core(care_plan=make.care_plan("2026-01-31"))
    )
    what_came_is_known_since_yesterday()
    desk.signs_in(ens.has_agent("kitchen"))

    assert alerts(the_list(desk, session), child) == ["PAI expiré : conduite maintenue"]


def test_a_family_that_cancelled_is_shown_with_its_hour(ens: Provider, desk: Desk) -> None:
    child, guest = Child(), Child("Zoé", "Tessier")
    session = session_of(ens, child)
    ens.receives_child(guest)
    with store.write() as write:
        booked(write, session, guest.id, state="cancelled")
    desk.signs_in(ens.has_agent("kitchen"))

    (alert,) = alerts(the_list(desk, session), guest)

    assert alert.startswith("Annulé aujourd’hui à ")


def test_a_child_whom_an_earlier_session_expected_and_did_not_see(
    ens: Provider, desk: Desk
) -> None:
    missed, seen, unasked = Child("Amine"), Child("Manon"), Child("Nathan")
    canteen = session_of(ens, missed, seen, unasked)
    with store.write() as write:
        evening = offer.a_group(
            write,
            offer.an_activity(write, label="Garderie", code="evening_care"),
            starts="07:30",
            ends="08:30",
        )
        morning = offer.session_on(write, evening, today())
        booked(write, morning, missed.id)
        booked(write, morning, seen.id)
    arrive([a_mark(morning, seen.id), a_mark(morning, missed.id, "absent")])
    desk.signs_in(ens.has_agent("kitchen"))

    listed = the_list(desk, canteen)

    assert alerts(listed, missed) == ["Attendu plus tôt (Garderie), pas vu"]
    assert alerts(listed, seen) == alerts(listed, unasked) == []
    notes = {row["id"]: row["note"] for row in listed["children"]}
    assert "Garderie" in notes[seen.id] and "Garderie" not in notes[missed.id]


def test_who_went_home_ill_in_the_morning_is_neither_looked_for_nor_marked_with_the_group(
    ens: Provider, desk: Desk
) -> None:
    ill, to_class, there = Child("Amine"), Child("Manon"), Child("Nathan")
    canteen = session_of(ens, ill, to_class, there)
    what_came_is_known_since_yesterday()
    with store.write() as write:
        care = offer.an_activity(write, label="Centre de loisirs", code="evening_care")
        group = offer.a_group(write, care, starts="07:30", ends="11:00")
        morning = offer.session_on(write, group, today())
        for child in (ill, to_class, there):
            booked(write, morning, child.id)
    early, late = (morning.ends_at - timedelta(minutes=each) for each in (120, 10))
    arrive(
        [
            a_mark(morning, ill.id, "left", made_at=early),
            a_mark(morning, to_class.id, "left", made_at=late),
            a_mark(morning, there.id, made_at=early),
        ]
    )
    desk.signs_in(ens.has_agent("kitchen"))

    listed = the_list(desk, canteen)

    assert alerts(listed, ill) == ["Parti aujourd’hui à 9 h (Centre de loisirs)"]
    assert alerts(listed, to_class) == alerts(listed, there) == []
    notes = {row["id"]: row["note"].replace("\u00a0", " ") for row in listed["children"]}
    assert "vu à" not in notes[ill.id]
    assert "parti à 10 h 50 (Centre de loisirs)" in notes[to_class.id]
    assert "vu à 9 h (Centre de loisirs)" in notes[there.id]
    by_button = {row["id"] for row in listed["children"] if row["group_button"]}
    assert by_button == {to_class.id, there.id}


def test_who_is_marked_left_in_the_morning_changes_a_list_that_is_open_already(
    ens: Provider, desk: Desk
) -> None:
    child, stranger = Child("Amine"), Child("Manon")
    canteen = session_of(ens, child)
    with store.write() as write:
        care = offer.an_activity(write, label="Centre de loisirs", code="evening_care")
        group = offer.a_group(write, care, starts="07:30", ends="11:00")
        morning = offer.session_on(write, group, today())
        booked(write, morning, child.id)
    seen, left = (morning.ends_at - timedelta(minutes=each) for each in (150, 120))
    arrive([a_mark(morning, child.id, made_at=seen)])
    desk.signs_in(ens.has_agent("kitchen"))
    opened = the_list(desk, canteen)["edition"]

    arrive([a_mark(morning, stranger.id, made_at=left)])
    assert states(desk, canteen)["edition"] == opened
    arrive([a_mark(morning, child.id, "left", made_at=left)])

    assert states(desk, canteen)["edition"] != opened


def canteen_after_a_morning(ens: Provider, child: Child) -> tuple[Session, Session]:
    """Return a canteen and an earlier session of the day that expect this child; no roll called."""
    canteen = session_of(ens, child)
    with store.write() as write:
        care = offer.an_activity(write, label="Garderie", code="evening_care")
        group = offer.a_group(write, care, starts="07:30", ends="08:30")
        morning = offer.session_on(write, group, today())
        booked(write, morning, child.id)
    return canteen, morning


@pytest.mark.parametrize("kind", ["present", "left", "absent"])
def test_the_first_mark_of_a_morning_changes_an_open_list_though_its_child_is_on_none(
    ens: Provider, desk: Desk, kind: str
) -> None:
    child, walk_in = Child("Amine"), Child("Manon")
    canteen, morning = canteen_after_a_morning(ens, child)
    ens.receives_child(walk_in)
    desk.signs_in(ens.has_agent("kitchen"))
    opened = the_list(desk, canteen)
    assert alerts(opened, child) == []

    arrive([a_mark(morning, walk_in.id, kind)])

    # the morning's roll is called by now: who was expected there and has no mark was not seen
    assert states(desk, canteen)["edition"] != opened["edition"]
    assert alerts(the_list(desk, canteen), child) == ["Attendu plus tôt (Garderie), pas vu"]


def test_the_first_mark_of_a_morning_taken_back_changes_an_open_list_too(
    ens: Provider, desk: Desk
) -> None:
    child, walk_in = Child("Amine"), Child("Manon")
    canteen, morning = canteen_after_a_morning(ens, child)
    ens.receives_child(walk_in)
    mark = a_mark(morning, walk_in.id)
    arrive([mark])
    desk.signs_in(ens.has_agent("kitchen"))
    opened = the_list(desk, canteen)

    arrive([a_mark(morning, walk_in.id, "cleared", after=(mark.id,))])

    assert states(desk, canteen)["edition"] != opened["edition"]
    assert alerts(the_list(desk, canteen), child) == []


def test_an_absence_told_of_the_morning_alone_ends_what_an_open_list_says_of_it(
    ens: Provider, desk: Desk
) -> None:
    child, other = Child("Amine"), Child("Manon")
    canteen, morning = canteen_after_a_morning(ens, child)
    ens.receives_child(other)
    arrive([a_mark(morning, other.id)])
    desk.signs_in(ens.has_agent("kitchen"))
    opened = the_list(desk, canteen)
    assert alerts(opened, child) == ["Attendu plus tôt (Garderie), pas vu"]

    with store.write() as write:
        booking = write.get_one(Booking, (morning.id, child.id))
        booking.state, booking.changed_at = "excused", now()

    assert states(desk, canteen)["edition"] != opened["edition"]
    assert alerts(the_list(desk, canteen), child) == []


def test_a_morning_that_is_cancelled_ends_what_an_open_list_says_of_it(
    ens: Provider, desk: Desk
) -> None:
    child, other = Child("Amine"), Child("Manon")
    canteen, morning = canteen_after_a_morning(ens, child)
    ens.receives_child(other)
    arrive([a_mark(morning, other.id)])
    desk.signs_in(ens.has_agent("kitchen"))
    opened = the_list(desk, canteen)

    with store.write() as write:
        write.get_one(Session, morning.id).state = "cancelled"

    assert states(desk, canteen)["edition"] != opened["edition"]
    assert alerts(the_list(desk, canteen), child) == []


@pytest.mark.parametrize(
    ("kind", "said"),
    [("present", ["Présent ailleurs : Petits"]), ("left", []), ("absent", [])],
    ids=["present", "left", "absent"],
)
def test_who_is_with_another_group_today_is_said_on_the_list_that_expects_it(
    ens: Provider, desk: Desk, kind: str, said: list[str]
) -> None:
    # Given a leisure centre whose two groups meet at the same hours.
    moved, there = Child("Amine"), Child("Manon")
    big = session_of(ens, moved, there)
    what_came_is_known_since_yesterday()
    with store.write() as write:
        activity = write.get_one(Activity, write.get_one(Group, big.group_id).activity_id)
        petits = offer.a_group(write, activity, label="Petits")
        small = offer.session_on(write, petits, today())
    desk.signs_in(ens.has_agent("kitchen"))
    opened = the_list(desk, big)

    # When one of its children is ticked with the other group.
    arrive([a_mark(small, moved.id, kind, made_at=small.starts_at)])

    # Then the list that was open says so, and the group button leaves the child out.
    assert (states(desk, big)["edition"] != opened["edition"]) == bool(said)
    listed = the_list(desk, big)
    assert alerts(listed, moved) == said and alerts(listed, there) == []
    by_button = {row["id"] for row in listed["children"] if row["group_button"]}
    assert (moved.id in by_button, there.id in by_button) == (not said, True)


def test_who_was_moved_to_another_group_for_the_day_is_expected_there_and_not_called_off_here(
    ens: Provider, desk: Desk
) -> None:
    # Given a child of the big ones whose day was moved to the small ones, and one whose was not.
    moved, cancelled = Child("Amine"), Child("Manon")
    big = session_of(ens, moved, cancelled)
    what_came_is_known_since_yesterday()
    with store.write() as write:
        for child in (moved, cancelled):
            write.get_one(Booking, (big.id, child.id)).state = "cancelled"
        activity = write.get_one(Activity, write.get_one(Group, big.group_id).activity_id)
        petits = offer.a_group(write, activity, label="Petits")
        small = offer.session_on(write, petits, today())
    desk.signs_in(ens.has_agent("kitchen"))
    opened = the_list(desk, big)
    with store.write() as write:
        booked(write, small, moved.id)

    assert states(desk, big)["edition"] != opened["edition"]
    listed = the_list(desk, big)
    assert alerts(listed, moved) == ["Attendu ailleurs : Petits"]
    (said,) = alerts(listed, cancelled)
    assert said.startswith("Annulé")
    assert alerts(the_list(desk, small), moved) == []
    arrive([a_mark(small, moved.id, made_at=small.starts_at)])
    assert alerts(the_list(desk, big), moved) == ["Présent ailleurs : Petits"]


def test_who_is_at_another_activity_of_the_same_hours_is_no_stranger_here(
    ens: Provider, desk: Desk
) -> None:
    child = Child("Amine")
    canteen = session_of(ens, child)
    what_came_is_known_since_yesterday()
    with store.write() as write:
        centre = offer.an_activity(write, label="Mercredis", code="evening_care")
        whole = offer.session_on(write, offer.a_group(write, centre, starts="11:45"), today())
    arrive([a_mark(whole, child.id, made_at=whole.starts_at)])
    desk.signs_in(ens.has_agent("kitchen"))

    assert alerts(the_list(desk, canteen), child) == []


def test_an_earlier_session_whose_roll_was_never_called_says_nothing(
    ens: Provider, desk: Desk
) -> None:
    child = Child()
    canteen = session_of(ens, child)
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write), starts="07:30", ends="08:30")
        booked(write, offer.session_on(write, group, today()), child.id)
    desk.signs_in(ens.has_agent("kitchen"))

    assert alerts(the_list(desk, canteen), child) == []


def test_twins_with_the_same_initials_and_birth_date_are_told_apart_on_every_list(
    ens: Provider, desk: Desk
) -> None:
    twins = [Child("Léa", "Martin", "2018-03-12"), Child("Lou", "Martin", "2018-03-12")]
    namesakes = [Child("Nina", "Roy", "2018-01-01"), Child("Nina", "Roy", "2018-01-01")]
    session = session_of(ens, *twins, *namesakes)
    desk.signs_in(ens.has_agent("lead"))

    names = [row["name"] for row in the_list(desk, session)["children"]]

    assert len(set(names)) == 4 and "Léa Martin" in names


def test_children_with_a_place_and_no_booking_are_at_hand_for_a_search_without_network(
    ens: Provider, desk: Desk
) -> None:
    session, other = session_of(ens, Child()), Child("Zoé", "Tessier")
    ens.receives_child(other)
    with store.write() as write:
        write.add(
            Place(id=new_id(), child_id=other.id, group_id=session.group_id, valid_from=session.day)
        )
    desk.signs_in(ens.has_agent("kitchen"))

    assert the_list(desk, session)["others"] == [{"id": other.id, "name": "Zoé Tessier"}]


# Paper


@pytest.mark.parametrize("kind", ["soins", "allergies", "evacuation"])
def test_lists_come_on_paper_tagged(ens: Provider, desk: Desk, kind: str) -> None:
    child = Child()
    session = session_of(ens, child, allergies=make.allergies("arachide"))
    arrive([a_mark(session, child.id)])
    desk.signs_in(ens.has_agent("kitchen"))

    answer = desk.client.get(f"/pointage/seances/{session.id}/{kind}.pdf")

    assert answer.content_type == "application/pdf" and answer.data.startswith(b"%PDF-1.7")
    assert b"StructTreeRoot" in answer.data and answer.headers["Cache-Control"] == "no-store"
    assert desk.client.get(f"/pointage/seances/{session.id}/autre.pdf").status_code == 404
