"""With whom a child left: said with the tick, kept sealed, shown to who sees who may collect it."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.enrolment.models import ChildKey, Mark, Session
from services.enrolment.store import store, vault
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories import pdf
from tests.factories.enrolment import Child, Desk, Provider
from tests.factories.roll_call_pages import post, session_of, the_list

PAUL = {"kind": "person", "name": "Paul Morel, voisin"}


def leaves(desk: Desk, session: Session, child: Child, by: str, **more: Any) -> dict[str, Any]:
    """Tick a child as gone, and return the mark as the device made it."""
    mark = {"id": new_id(), "session_id": session.id, "child_id": child.id, "kind": "left"}
    made = {**mark, "made_at": now().isoformat(), "by": by, "after": [], **more}
    answer = post(desk, "/pointage/envoi", device_now=now().isoformat(), marks=[made])
    assert answer.json["taken"] == [made["id"]]
    return made


def row_of(desk: Desk, session: Session) -> dict[str, Any]:
    (row,) = the_list(desk, session)["children"]
    return row


def test_who_may_collect_a_child_is_offered_and_who_did_is_kept_at_the_moment_of_the_tick(
    ens: Provider, desk: Desk
) -> None:
    child, subject = Child(), ens.has_agent("lead")
    session = session_of(ens, child)
    desk.signs_in(subject)
    assert row_of(desk, session)["collectors"] == [{"kind": "parent", "name": ""}, PAUL]

    at = now() - timedelta(minutes=9)
    ticked = leaves(desk, session, child, subject, made_at=at.isoformat())
    said = leaves(desk, session, child, subject, after=[ticked["id"]], collected_by=PAUL)
    again = leaves(desk, session, child, subject, id=said["id"], after=[], collected_by=PAUL)

    row = row_of(desk, session)
    assert again["id"] == said["id"] and row["heads"] == [said["id"]]
    assert (row["kind"], row["with"]) == ("left", PAUL)
    assert abs(datetime.fromisoformat(row["at"]) - at) < timedelta(seconds=5)
    states = desk.client.get(f"/pointage/seances/{session.id}/etats.json").json["states"]
    assert states[child.id]["with"] == PAUL
    with store.read() as read:
        stored = read.get_one(Mark, said["id"]).collected_by
    assert b"Morel" not in stored


def test_it_is_on_the_page_of_that_day_for_who_answers_for_it(ens: Provider, desk: Desk) -> None:
    child, subject = Child(), ens.has_agent("lead")
    session = session_of(ens, child)
    desk.signs_in(subject)
    page = f"/planning/enfants/{child.id}/{session.id}"

    ticked = leaves(desk, session, child, subject)
    assert "Parti à" in desk.sees(page) and "Paul Morel" not in desk.sees(page)
    leaves(desk, session, child, subject, after=[ticked["id"]], collected_by=PAUL)

    assert "Paul Morel, voisin" in desk.sees(page)


def test_a_role_that_does_not_see_who_may_collect_reads_neither_choice_nor_name(
    ens: Provider, desk: Desk
) -> None:
    child, subject = Child(), ens.has_agent("lead")
    session = session_of(ens, child)
    desk.signs_in(subject)
    leaves(desk, session, child, subject, collected_by=PAUL)

    desk.signs_in(ens.has_agent("kitchen"))

    shown = json.dumps(the_list(desk, session), ensure_ascii=False)
    assert "Paul Morel" not in shown and row_of(desk, session)["collectors"] == []
    states = desk.client.get(f"/pointage/seances/{session.id}/etats.json").text
    assert "Paul Morel" not in states


@pytest.mark.parametrize(
    ("kind", "collected_by"),
    [("present", PAUL), ("left", None)],
    ids=["of who is there", "not said"],
)
def test_nothing_is_kept_where_there_is_nothing_to_say(
    ens: Provider, desk: Desk, kind: str, collected_by: dict[str, str] | None
) -> None:
    child, subject = Child(), ens.has_agent("lead")
    session = session_of(ens, child)
    desk.signs_in(subject)

    mark = leaves(desk, session, child, subject, kind=kind, collected_by=collected_by)

    with store.read() as read:
        assert read.get_one(Mark, mark["id"]).collected_by is None
    assert row_of(desk, session)["with"] is None


def test_the_name_is_gone_with_the_childs_file_and_the_list_still_opens(
    ens: Provider, desk: Desk
) -> None:
    child, subject = Child(), ens.has_agent("lead")
    session = session_of(ens, child)
    desk.signs_in(subject)
    leaves(desk, session, child, subject, collected_by=PAUL)

    with store.read() as read:
        key = read.get_one(ChildKey, child.id).key_id
    vault.shred_keys(key)

    row = row_of(desk, session)
    assert (row["kind"], row["with"]) == ("left", None)


def test_what_to_do_where_somebody_else_comes_is_on_the_page_without_network(
    ens: Provider, desk: Desk
) -> None:
    desk.signs_in(ens.has_agent("lead"))

    assert "ne remettez pas l\\u2019enfant" in desk.client.get("/pointage/").text


def test_the_care_list_on_paper_says_what_to_do_where_somebody_else_comes_and_no_other_list(
    ens: Provider, desk: Desk
) -> None:
    session = session_of(ens, Child(), allergies=make.allergies("arachide"))
    desk.signs_in(ens.has_agent("lead"))
    at = f"/pointage/seances/{session.id}"

    care, allergies = (
        pdf.text(desk.client.get(f"{at}/{kind}.pdf").data) for kind in ("soins", "allergies")
    )

    assert "Quelqu’un d’autre se présente" in care and "ne remettez pas l’enfant" in care
    assert "Quelqu’un d’autre" not in allergies


def test_who_does_not_see_by_whom_children_are_collected_has_no_door_on_paper(
    ens: Provider, desk: Desk
) -> None:
    session = session_of(ens, Child())
    desk.signs_in(ens.has_agent("kitchen"))
    (row,) = the_list(desk, session)["children"]

    care = pdf.text(desk.client.get(f"/pointage/seances/{session.id}/soins.pdf").data)

    assert row["collectors"] == []
    assert "Quelqu’un d’autre" not in care


@pytest.mark.parametrize("kind", ["soins", "allergies"])
def test_a_typed_name_on_paper_says_that_its_allergies_are_not_there(
    ens: Provider, desk: Desk, kind: str
) -> None:
    session, subject = session_of(ens), ens.has_agent("lead")
    desk.signs_in(subject)
    made = {"id": new_id(), "session_id": session.id, "by": subject, "made_at": now().isoformat()}
    typed = [{**made, "name": "Zoe Tessier"}]
    post(desk, "/pointage/envoi", device_now=now().isoformat(), unknown=typed)

    paper = pdf.text(desk.client.get(f"/pointage/seances/{session.id}/{kind}.pdf").data)

    assert "Zoe Tessier" in paper and "demandez au bureau" in paper
