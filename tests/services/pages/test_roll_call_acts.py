"""The roll call's acts: closing, who was not expected, an emergency, and the board of the day."""

from datetime import timedelta
from typing import Any

import pytest

from services.enrolment.attendance.roll_call.commands.marks import (
    NewUnknown,
    record_unknown_children,
)
from services.enrolment.models import AgentAct, Session, UnknownChild
from services.enrolment.store import store, vault
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories.attendance import a_mark, arrive, booked
from tests.factories.enrolment import Child, Desk, Provider
from tests.factories.roll_call_pages import post, session_of, the_list

# Closing


def test_closing_names_who_is_undecided_and_then_closes(ens: Provider, desk: Desk) -> None:
    child = Child()
    session = session_of(ens, child)
    desk.signs_in(ens.has_agent("kitchen"))
    path = f"/pointage/seances/{session.id}/cloture"

    first = post(desk, path, decisions={})
    second = post(desk, path, decisions={child.id: "absent"})

    assert (first.status_code, first.json["children"]) == (409, [child.id])
    assert second.status_code == 200
    assert [line["outcome"] for line in ens.published("attendance_recorded")[0]["lines"]] == [
        "absent"
    ]


def test_only_who_answers_for_the_day_opens_a_group_again(ens: Provider, desk: Desk) -> None:
    session = session_of(ens)
    desk.signs_in(ens.has_agent("kitchen"))
    post(desk, f"/pointage/seances/{session.id}/cloture", decisions={})
    path = f"/pointage/seances/{session.id}/reouverture"

    assert post(desk, path).status_code == 404
    desk.signs_in(ens.has_agent("lead"))
    assert post(desk, path).status_code == 200
    assert the_list(desk, session)["session"]["closed_at"] is None


# A child who was not expected


def test_a_child_who_was_not_expected_is_found_or_typed_and_told_apart_later(
    ens: Provider, desk: Desk
) -> None:
    session, guest = session_of(ens), Child("Zoé", "Tessier")
    ens.receives_child(guest)
    subject = ens.has_agent("kitchen")
    desk.signs_in(subject)
    children = desk.client.get("/pointage/enfants.json?q=tess").json["children"]
    assert children == [{"id": guest.id, "name": "Zoé Tessier"}]

    entered = {
        "id": new_id(),
        "session_id": session.id,
        "name": "Zoe Tessier",
        "made_at": now().isoformat(),
        "by": subject,
    }
    for _ in range(2):
        answer = post(
            desk, "/pointage/envoi", device_now=now().isoformat(), unknown=[entered], marks=[]
        )
        assert answer.json["taken"] == [entered["id"]]

    assert [row["name"] for row in the_list(desk, session)["unknown"]] == ["Zoe Tessier"]
    assert "Zoe Tessier" in desk.sees("/")
    page = f"/a-reconnaitre/{entered['id']}"
    assert "Zoé Tessier" in desk.sees(page)
    assert desk.sends(page, at=page, child_id=guest.id).status_code == 303
    assert desk.sends(page, at="/", child_id=guest.id).status_code == 404
    assert "Zoe Tessier" not in desk.sees("/")
    listed = the_list(desk, session)
    assert [(row["name"], row["kind"]) for row in listed["children"]] == [
        ("Zoé Tessier", "present")
    ]


def typed(session: Session, subject: str, **more: Any) -> dict[str, Any]:
    made = {"id": new_id(), "session_id": session.id, "made_at": now().isoformat(), "by": subject}
    return {**made, "name": "Zoe Tessier", **more}


def mistaken(name: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Take a typed name back, as the device sends it."""
    made = {each: name[each] for each in ("session_id", "by")}
    return {"id": new_id(), "made_at": now().isoformat(), **made, "unknown_id": name["id"], **more}


def sends(desk: Desk, **posts: Any) -> Any:
    return post(desk, "/pointage/envoi", device_now=now().isoformat(), **posts).json


@pytest.mark.parametrize("together", [True, False], ids=["with_the_name", "after_it"])
def test_a_name_typed_by_mistake_leaves_the_list_and_the_start_page_and_is_shredded(
    ens: Provider, desk: Desk, together: bool
) -> None:
    session, subject = session_of(ens), ens.has_agent("kitchen")
    desk.signs_in(subject)
    name = typed(session, subject)
    mistake = mistaken(name)

    if not together:
        sends(desk, unknown=[name])
    for _ in range(2):
        sent = sends(desk, unknown=[name], mistakes=[mistake])
        assert (sent["taken"], sent["refused"]) == ([name["id"], mistake["id"]], {})

    assert the_list(desk, session)["unknown"] == []
    assert "Zoe Tessier" not in desk.sees("/")
    with store.read() as read:
        row = read.query(UnknownChild).one()
        acts = [(act.act, act.subject, act.child_id) for act in read.query(AgentAct)]
    assert (row.name, row.child_id) == (None, None) and row.resolved_at is not None
    assert acts == [("mistake", subject, None)], "who took it off is kept, once"


def test_a_mistake_that_comes_before_the_name_it_takes_back_keeps_that_name_away(
    ens: Provider, desk: Desk
) -> None:
    """A typed name waits on a tablet until who typed it is on duty again."""
    session, subject = session_of(ens), ens.has_agent("kitchen")
    desk.signs_in(subject)
    name = typed(session, subject)

    sends(desk, mistakes=[mistaken(name)])
    late = sends(desk, unknown=[name])

    assert late["taken"] == [name["id"]]
    assert the_list(desk, session)["unknown"] == []
    with store.read() as read:
        assert read.query(UnknownChild).one().name is None


def test_a_name_stays_on_a_list_that_was_signed_before_and_on_another_one(
    ens: Provider, desk: Desk
) -> None:
    session, other, subject = session_of(ens), session_of(ens), ens.has_agent("kitchen")
    desk.signs_in(subject)
    name = typed(session, subject)
    sends(desk, unknown=[name])
    elsewhere = mistaken(name, session_id=other.id)
    before = (now() - timedelta(minutes=1)).isoformat()
    assert post(desk, f"/pointage/seances/{session.id}/cloture").status_code == 200
    after = mistaken(name)

    assert sends(desk, mistakes=[elsewhere])["refused"] == {elsewhere["id"]: "no_session"}
    assert sends(desk, mistakes=[after])["refused"] == {after["id"]: "signed"}
    assert [row["name"] for row in the_list(desk, session)["unknown"]] == ["Zoe Tessier"]
    pressed_before = mistaken(name, made_at=before)
    assert sends(desk, mistakes=[pressed_before])["taken"] == [pressed_before["id"]]
    assert the_list(desk, session)["unknown"] == []


def test_a_child_recognised_meanwhile_is_no_mistake_any_more(ens: Provider, desk: Desk) -> None:
    session, guest, subject = session_of(ens), Child("Zoé", "Tessier"), ens.has_agent("kitchen")
    ens.receives_child(guest)
    desk.signs_in(subject)
    name = typed(session, subject)
    sends(desk, unknown=[name])
    page = f"/a-reconnaitre/{name['id']}"
    assert desk.sends(page, at=page, child_id=guest.id).status_code == 303

    sends(desk, mistakes=[mistaken(name)])

    assert [row["kind"] for row in the_list(desk, session)["children"]] == ["present"]


def test_a_name_taken_off_at_the_desk_is_read_with_the_agent_on_a_childs_day(
    ens: Provider, desk: Desk
) -> None:
    child = Child()
    session, subject = session_of(ens, child), ens.has_agent("lead", name="Karim Haddad")
    desk.signs_in(subject)
    name = typed(session, ens.has_agent("kitchen"))
    with store.write() as write:
        made = NewUnknown(name["id"], session.id, name["name"], now(), name["by"])
        record_unknown_children(write, vault, [made])
    page = f"/a-reconnaitre/{name['id']}"

    assert desk.sends(page, at=page).status_code == 303

    desk.signs_in(ens.has_agent("lead", name="Sophie Bernard"))
    day = desk.sees(f"/planning/enfants/{child.id}/{session.id}")
    assert "Nom saisi par erreur, retiré de la liste" in day and "Karim Haddad" in day


# Emergencies


def test_an_emergency_opens_what_to_do_and_tells_every_family_once(
    ens: Provider, desk: Desk
) -> None:
    child = Child()
    plan = child.care_core(care_plan=make.care_plan())
    session = session_of(ens, child, care_core=plan)
    subject = ens.has_agent("kitchen")
    desk.signs_in(subject)
    press = {"id": new_id()}
    path = f"/pointage/seances/{session.id}/urgence"

    answer = post(desk, path, **press)
    row = {
        **press,
        "session_id": session.id,
        "made_at": now().isoformat(),
        "by": subject,
    }
    again = post(desk, "/pointage/envoi", device_now=now().isoformat(), emergencies=[row])

    assert "stylo, puis appeler le 15" in answer.text and "Paul Morel" not in answer.text
    assert again.json["taken"] == [press["id"]]
    (line,) = ens.published("projection_read")
    assert (line["purpose"], line["unusual"], line["subject"]) == ("emergency", True, subject)
    assert line["projection"] == "care_core" and line["child_id"] == child.id
    assert post(desk, path, id="x").status_code == 422


def test_groups_of_earlier_days_that_nobody_closed_stay_in_sight(ens: Provider, desk: Desk) -> None:
    child = Child()
    session = session_of(ens, child)
    with store.write() as write:
        group = write.get(Session, session.id).group_id
        yesterday = (
            write.query(Session).filter_by(group_id=group, day=today() - timedelta(days=1)).one()
        )
        booked(write, yesterday, child.id)
    desk.signs_in(ens.has_agent("kitchen"))

    assert "Pas encore clos, jours précédents" in desk.sees("/")
    offered = desk.client.get("/pointage/seances.json").json["sessions"]
    assert [row["id"] for row in offered] == [session.id, yesterday.id]
    post(desk, f"/pointage/seances/{yesterday.id}/cloture", decisions={child.id: "present"})
    assert "Pas encore clos, jours précédents" not in desk.sees("/")


# The day


def test_the_board_of_the_day_counts_and_names_what_is_not_closed(
    ens: Provider, desk: Desk
) -> None:
    first, other = Child("Amine"), Child("Manon")
    session = session_of(ens, first, other)
    with store.write() as write:
        row = write.get(Session, session.id)
        row.starts_at, row.ends_at = now() - timedelta(hours=2), now() - timedelta(hours=1)
        row.cancel_until = row.book_until = now() - timedelta(days=1)
    arrive([a_mark(session, first.id)])
    desk.signs_in(ens.has_agent("lead"))

    page_text = desk.sees("/")

    assert "2 attendus · 1 présent · 0 absent" in page_text
    assert "À clôturer" in page_text and "Les enfants" in page_text
    assert "Plus tôt" in page_text and "Maintenant" not in page_text


def test_what_needs_an_act_is_a_link_to_where_the_act_is(ens: Provider, desk: Desk) -> None:
    child = Child("Amine")
    session = session_of(ens, child)
    with store.write() as write:
        group = write.get(Session, session.id).group_id
        day = today() - timedelta(days=1)
        yesterday = write.query(Session).filter_by(group_id=group, day=day).one()
        booked(write, yesterday, child.id)
    desk.signs_in(ens.has_agent("kitchen"))

    page = desk.client.get("/").text

    assert "1 pointage d’un jour passé n’est pas clôturé" in page
    assert page.count(f'href="/pointage/#seance={yesterday.id}"') == 2
    assert page.count(f'href="/pointage/#seance={session.id}"') == 1
    assert "Rien ne vous attend" not in page


def test_a_role_without_the_day_starts_with_what_is_to_be_seen(ens: Provider, desk: Desk) -> None:
    desk.signs_in(ens.has_agent("school_desk"))

    assert desk.client.get("/").location == "/a-voir"
    assert "Pointage" not in desk.sees("/a-voir")


def test_typed_names_are_sealed_in_the_database(ens: Provider, desk: Desk) -> None:
    session = session_of(ens)
    subject = ens.has_agent("kitchen")
    desk.signs_in(subject)
    entered = {
        "id": new_id(),
        "session_id": session.id,
        "name": "Hippolyte",
        "made_at": now().isoformat(),
        "by": subject,
    }
    post(desk, "/pointage/envoi", device_now=now().isoformat(), unknown=[entered])

    with store.read() as read:
        row = read.get(UnknownChild, entered["id"])
        assert b"Hippolyte" not in row.name
        assert vault.open(row.id, "unknown_child.name", row.name) == "Hippolyte"
