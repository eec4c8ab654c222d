"""A projection without words of its own at a desk: a coach reads the swimming certificate."""

from typing import Any

import pytest

from services.enrolment.store import store
from tests.factories import enrolment as make
from tests.factories.attendance import a_session, booked
from tests.factories.enrolment import Child, Desk, Provider

NONE = {"paper": "", "obtained_on": "", "issued_by": ""}
CERTIFICATE = {
    "paper": "savoir_nager",
    "obtained_on": "2026-06-20",
    "issued_by": "École Jules-Ferry",
}


@pytest.fixture
def coach(agg: Provider) -> Desk:
    """Give the desk with a coach signed in."""
    desk = make.desk_of(agg)
    desk.signs_in(agg.has_agent("coach"))
    return desk


def comes(agg: Provider, content: dict[str, Any]) -> Child:
    child = Child()
    agg.receives_child(child, swimming=content)
    return child


def test_a_coach_reads_which_certificate_a_child_has_and_nobody_else_is_awaited(
    agg: Provider, coach: Desk
) -> None:
    child = comes(agg, CERTIFICATE)

    words = coach.sees(f"/enfants/{child.id}")

    assert "Attestation de natation Attestation Savoir-nager en sécurité (école)" in words
    assert "Obtenue le 20 juin 2026 Délivrée par École Jules-Ferry" in words
    assert "à lire par" not in words


def test_where_no_certificate_was_given_the_coach_reads_so(agg: Provider, coach: Desk) -> None:
    child = comes(agg, NONE)

    words = coach.sees(f"/enfants/{child.id}")

    assert "Attestation de natation La famille n’a encore rien indiqué." in words


def test_who_keeps_the_accounts_sees_no_certificate(agg: Provider) -> None:
    child = comes(agg, CERTIFICATE)
    desk = make.desk_of(agg)
    desk.signs_in(agg.has_agent("treasurer"))

    desk.sees(f"/enfants/{child.id}", status=404)


def test_a_list_of_the_roll_call_shows_no_certificate_and_tells_of_none(
    agg: Provider, coach: Desk
) -> None:
    child = comes(agg, CERTIFICATE)
    with store.write() as write:
        session = a_session(write)
        booked(write, session, child.id)

    listed = coach.client.get(f"/pointage/seances/{session.id}.json")

    assert listed.status_code == 200
    assert "Savoir-nager" not in listed.get_data(as_text=True)
    assert [line["projection"] for line in agg.published("projection_read")] == ["care_core"]
