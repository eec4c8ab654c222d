"""A child of another site who came without a place: named whole, and noted by an agent of here."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.children.commands.whole_name_lookup import (
    MOST_IN_VAIN,
    forget_counts_of_vain_names,
)
from services.enrolment.models import AgentAct, DeskSession, Mark, NamesInVain
from services.enrolment.store import store
from shared.dates.clock import today
from tests.factories import bookings as family
from tests.factories.bookings import Home, arrives
from tests.factories.enrolment import Child, Desk, Provider
from tests.factories.two_sites import Site, lead, rows

__all__ = ["lead"]


def page_of(site: Site, day: date) -> str:
    return f"/planning/seances/{family.session(site.group, day).id}/enfant-venu"


def adds(desk: Desk, site: Site, child: Child, day: date | None = None, **more: str) -> Any:
    page = page_of(site, day or yesterday())
    named = {
        "last_name": child.last_name,
        "first_name": child.first_name,
        "birth_date": child.birth_date,
    }
    return desk.sends(page, at=page, **named | more)


def yesterday() -> date:
    """Return a day of which every session has begun, and which is still within reach."""
    return today() - timedelta(days=1)


def test_a_child_of_another_site_is_noted_where_it_came_and_is_within_reach_from_then(
    lead: Desk, north: Site, south: Site
) -> None:
    child = south.home.child
    lead.sees(f"/enfants/{child.id}", status=404)

    assert adds(lead, north, child).status_code == 303

    words = lead.sees(f"/planning?groupe={north.group.id}&semaine={yesterday()}")
    assert "Noté présent : 1 séance." in words and child.last_name in words
    lead.sees(f"/enfants/{child.id}")
    (act,) = rows(AgentAct)
    assert (act["child_id"], act["act"], act["after"]) == (child.id, "came", "present")


def test_a_name_is_found_however_it_is_written(lead: Desk, north: Site, south: Site) -> None:
    child = south.home.child
    written = {"last_name": f" {child.last_name.upper()}", "first_name": child.first_name.lower()}

    assert adds(lead, north, child, **written).status_code == 303

    assert [act["child_id"] for act in rows(AgentAct)] == [child.id]


@pytest.mark.parametrize("wrong", [{"birth_date": "2017-01-01"}, {"first_name": "Sud"}])
def test_half_a_name_or_another_birth_date_finds_nobody(
    lead: Desk, north: Site, south: Site, wrong: dict[str, str]
) -> None:
    answer = adds(lead, north, south.home.child, **wrong)

    assert answer.status_code == 422 and "Aucun enfant du service" in answer.text
    assert f'value="{south.home.child.last_name}"' in answer.text, "what was typed is still there"
    assert rows(AgentAct) == []


def test_who_names_unknown_children_all_day_finds_none_by_its_birth_date(
    lead: Desk, north: Site, south: Site
) -> None:
    child = south.home.child
    with store.write() as write:
        subject = write.scalars(select(DeskSession.subject)).one()
        write.add(NamesInVain(subject=subject, day=today(), count=MOST_IN_VAIN - 1))
        write.add(NamesInVain(subject=subject, day=yesterday(), count=MOST_IN_VAIN))

    last = adds(lead, north, child, birth_date="2016-01-01")
    answer = adds(lead, north, child)

    assert "Aucun enfant du service" in last.text
    assert answer.status_code == 422 and "Trop de noms inconnus aujourd’hui" in answer.text
    assert rows(AgentAct) == []
    with store.write() as write:
        forget_counts_of_vain_names(write, today() + timedelta(days=1))
    assert adds(lead, north, child).status_code == 303


def test_a_child_who_is_known_is_not_counted(lead: Desk, north: Site, south: Site) -> None:
    adds(lead, north, south.home.child)

    assert rows(NamesInVain) == []


def test_what_is_missing_is_said_beside_its_field(lead: Desk, north: Site, south: Site) -> None:
    missing = {"last_name": "", "first_name": "", "birth_date": "hier"}
    answer = adds(lead, north, south.home.child, **missing)

    for sentence in ("Écrivez le nom", "Écrivez son prénom", "Écrivez une date"):
        assert sentence in answer.text


def test_two_files_of_one_child_are_noted_by_nobody_here(
    ens: Provider, lead: Desk, north: Site, south: Site
) -> None:
    child = south.home.child
    arrives(ens, Home(Child(child.first_name, child.last_name, child.birth_date)))

    answer = adds(lead, north, child)

    assert answer.status_code == 422 and "Deux dossiers ont ce nom" in answer.text
    with store.read() as read:
        assert read.query(Mark).filter_by(child_id=child.id).all() == []


def test_the_form_is_there_for_sessions_of_the_own_site_that_have_begun(
    lead: Desk, north: Site, south: Site
) -> None:
    tomorrow = today() + timedelta(days=1)
    assert "Un enfant est venu sans être sur la liste" in lead.sees(
        f"/planning?groupe={north.group.id}&semaine={yesterday()}"
    )

    lead.sees(page_of(north, yesterday()))
    lead.sees(page_of(north, tomorrow), status=404)
    lead.sees(page_of(south, yesterday()), status=404)
    assert adds(lead, south, north.home.child).status_code == 404
    assert adds(lead, north, south.home.child, tomorrow).status_code == 404
    assert rows(AgentAct) == []


def test_a_week_to_come_has_no_such_form(lead: Desk, north: Site) -> None:
    in_a_month = today() + timedelta(days=28)
    words = lead.sees(f"/planning?groupe={north.group.id}&semaine={in_a_month}")

    assert "Un enfant est venu" not in words
