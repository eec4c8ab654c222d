"""The pages of an adult to whom a child is not handed over (rule R7)."""

from typing import Any

import pytest

from shared.contracts.dossier.families import safeguarding
from shared.contracts.errors import BadRequest, Outdated
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories.front_desk.counter import HOUSEHOLD, Counter

MANON, COLLEAGUE = new_id(), new_id()
PLACE = f"/dossiers/{HOUSEHOLD}/situation/{MANON}/remise"
PAPER = {"paper": "jugement", "paper_date": "2026-09-01", "sure": "yes", "version": "3"}


@pytest.fixture
def desk(counter: Counter) -> Counter:
    """Give a front desk whose dossier knows one ruling, entered by a colleague."""
    ruling = {
        "name": "Marc Rude", "paper_kind": "jugement", "paper_date": today(),
        "valid_from": today(), "valid_to": None, "recorded_by": COLLEAGUE,
    }  # fmt: skip
    act = {"at": now(), "by": COLLEAGUE, "act": safeguarding.ENTERED, "name": "Marc Rude"}
    known = {
        "first_name": "Manon", "last_name": "Lefèvre", "version": 3, "rulings": [ruling],
        "history": [act],
    }  # fmt: skip
    counter.callees.answers("dossier", safeguarding.rulings_of, lambda _request: known)
    for method in (safeguarding.bar_adult, safeguarding.second_ruling, safeguarding.lift_ruling):
        counter.callees.answers("dossier", method, lambda _request: {"version": 4})
    return counter


def asked(desk: Counter) -> Any:
    return desk.callees.asked[-1][3]


def test_whoever_may_not_protect_finds_none_of_these_pages(desk: Counter) -> None:
    desk.signs_in("counter")

    for page in (PLACE, f"{PLACE}/saisir", f"{PLACE}/0/lever"):
        assert desk.desk.client.get(page).status_code == 404


def test_the_page_says_the_paper_the_agents_and_what_was_done(desk: Counter) -> None:
    desk.signs_in("desk_lead")

    page = desk.desk.sees(PLACE)

    for words in ("Marc Rude", "Ne pas remettre", "jugement du", "personne encore", "saisie"):
        assert words in page
    assert {each[1] for each in desk.callees.asked} == {"rulings_of"}


def test_a_ruling_is_entered_from_a_paper_and_a_tick(desk: Counter) -> None:
    desk.signs_in("desk_lead")
    page, told = f"{PLACE}/saisir", {"name": "Marc Rude", "valid_from": "2026-11-26"}

    refused = desk.desk.sends(page, at=page, **told)
    assert refused.status_code == 422
    assert desk.desk.sends(page, at=page, **told, **PAPER).status_code == 303

    request = asked(desk)
    assert (request.name, request.paper, request.base_version) == ("Marc Rude", "jugement", 3)
    assert request.valid_to is None


def test_a_second_agent_ticks_that_the_paper_was_seen(desk: Counter) -> None:
    desk.signs_in("desk_lead")

    desk.desk.sends(f"{PLACE}/0/relire", at=PLACE, version="3")
    assert desk.callees.asked[-1][1] == "rulings_of"
    desk.desk.sends(f"{PLACE}/0/relire", at=PLACE, version="3", sure="yes")

    assert (desk.callees.asked[-1][1], asked(desk).number) == ("second_ruling", 0)


def test_who_entered_a_ruling_is_offered_no_second_look(desk: Counter) -> None:
    me = desk.signs_in("desk_lead")
    ruling = {
        "name": "Marc Rude", "paper_kind": "jugement", "paper_date": today(),
        "valid_from": today(), "valid_to": None, "recorded_by": me,
    }  # fmt: skip
    known = {"first_name": "Manon", "last_name": "Lefèvre", "version": 1}
    mine = {**known, "rulings": [ruling], "history": []}
    desk.callees.answers("dossier", safeguarding.rulings_of, lambda _request: mine)

    assert "Relire" not in desk.desk.sees(PLACE)


def test_an_end_takes_a_paper_and_a_day(desk: Counter) -> None:
    desk.signs_in("desk_lead")
    page = f"{PLACE}/0/lever"

    assert desk.desk.sends(page, at=page, **PAPER, valid_to="").status_code == 422
    assert desk.desk.sends(page, at=page, **PAPER, valid_to="30/11/2026").status_code == 303

    assert (asked(desk).number, str(asked(desk).last_day)) == (0, "2026-11-30")


def test_what_a_colleague_changed_meanwhile_is_read_before_anything_is_sent_again(
    desk: Counter,
) -> None:
    def outdated(_request: Any) -> Any:
        raise Outdated(version=5)

    def refused(_request: Any) -> Any:
        raise BadRequest(errors={"name": ["6 at most"]})

    desk.signs_in("desk_lead")
    page = f"{PLACE}/saisir"
    told = {"name": "Marc Rude", "valid_from": "2026-11-26", **PAPER}

    desk.callees.answers("dossier", safeguarding.bar_adult, outdated)
    answer = desk.desk.sends(page, at=page, **told)
    assert (answer.status_code, 'name="version" value="5"' in answer.text) == (422, True)
    desk.callees.answers("dossier", safeguarding.bar_adult, refused)
    assert "Six mesures au plus" in desk.desk.sends(page, at=page, **told).text


def test_a_ruling_that_is_not_there_has_no_page(desk: Counter) -> None:
    desk.signs_in("desk_lead")

    assert desk.desk.client.get(f"{PLACE}/7/lever").status_code == 404
