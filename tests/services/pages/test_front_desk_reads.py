"""Reads at the front desk, unusual ones first, and names that another agent agrees to give."""

from typing import Any

import pytest

from shared.contracts.dossier.data_protection import agent_reads
from shared.contracts.dossier.data_protection.agent_reads import OwnQuestion
from shared.contracts.errors import BadRequest
from shared.contracts.identity import agents
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories.front_desk.counter import Counter

READS, NAMES, QUESTION = "/donnees/lectures", "/donnees/lectures/noms", new_id()
READER = new_id()


def group(**more: Any) -> dict[str, Any]:
    return {
        "line": 7, "provider": "ens", "role": "kitchen", "part": "allergies", "purpose": "",
        "agent": "004217", "first_at": now(), "last_at": now(), "children": 3, "times": 5,
        "signs": ["night"], **more,
    }  # fmt: skip


def asked_name(**more: Any) -> dict[str, Any]:
    return {
        "question_id": QUESTION, "line": 7, "provider": "ens", "role": "kitchen",
        "part": "allergies", "read_at": now(), "reason": "Une plainte.", "asked_by": new_id(),
        "asked_at": now(), "given_by": None, "given_at": None, "subject": None, **more,
    }  # fmt: skip


@pytest.fixture
def office(counter: Counter) -> Counter:
    """Give a desk whose dossier has one unusual read, one usual one and one name asked for."""
    found = {"reads": [group(), group(signs=[], line=8)], "next": "100", "left_out": 2}
    counter.callees.answers("dossier", agent_reads.agent_reads, lambda _: found)
    counter.callees.answers("dossier", agent_reads.read_names, lambda _: {"names": [asked_name()]})
    counter.callees.answers("dossier", agent_reads.ask_read_name, lambda _: {})
    counter.callees.answers("dossier", agent_reads.give_read_name, lambda _: {})
    return counter


def test_a_read_shows_its_sign_a_number_and_how_many_children(office: Counter) -> None:
    office.signs_in("data_protection")

    page = office.desk.sees(READS).replace("\u00a0", " ")

    for words in ("consulté hors des heures", "habituel", "agent 004217", "Cuisine et salle"):
        assert words in page
    assert "2 lignes plus anciennes ne sont pas montrées" in page
    assert "suite=100" in office.desk.client.get(READS).text


def test_days_and_a_service_are_sent_and_a_wrong_day_is_a_sentence(office: Counter) -> None:
    office.signs_in("data_protection")
    office.desk.sees(f"{READS}?du=2026-11-01&au=2026-11-03&service=ens&suite=100")
    asked = office.callees.asked[-1][3]
    assert (str(asked.since), str(asked.until), asked.provider) == (
        "2026-11-01", "2026-11-03", "ens",
    )  # fmt: skip
    assert asked.after == "100"

    assert "Écrivez un jour" in office.desk.sees(f"{READS}?du=hier", status=422)
    office.callees.answers("dossier", agent_reads.agent_reads, BadRequest(errors={"until": ["x"]}))
    assert "92 jours au plus" in office.desk.sees(f"{READS}?du=2025-01-01", status=422)


def test_a_name_is_asked_with_a_reason(office: Counter) -> None:
    office.signs_in("data_protection")
    form = f"{READS}/7/nom"

    assert office.desk.sends(form, at=form, reason="").status_code == 422
    assert office.desk.sends(form, at=form, reason="Une plainte.").headers["Location"] == NAMES
    assert office.callees.asked[-1][3].reason == "Une plainte."


def test_a_colleague_agrees_and_reads_the_name_and_nobody_agrees_to_its_own(
    office: Counter,
) -> None:
    me = office.signs_in("data_protection")
    assert "Accorder" in office.desk.sees(NAMES)
    assert office.callees.count(agents.agent_names) == 0
    office.desk.sends(f"{NAMES}/{QUESTION}", at=NAMES)

    office.callees.answers(
        "dossier",
        agent_reads.read_names,
        lambda _: {"names": [asked_name(given_by=me, given_at=now(), subject=READER)]},
    )
    named = {"agents": [{"subject": READER, "name": "Karim Haddad"}]}
    office.callees.answers("identity", agents.agent_names, lambda _: named)
    assert "Karim Haddad" in office.desk.sees(NAMES)

    office.callees.answers(
        "dossier", agent_reads.read_names, lambda _: {"names": [asked_name(asked_by=me)]}
    )
    assert "Accorder :" not in office.desk.sees(NAMES).replace("\u00a0", " ")
    office.callees.answers("dossier", agent_reads.give_read_name, OwnQuestion())
    office.desk.sends(f"{NAMES}/{QUESTION}", at=NAMES)
    assert "Un collègue doit l’accorder" in office.desk.sees(NAMES)


@pytest.mark.parametrize("path", [READS, NAMES, f"{READS}/7/nom"])
def test_who_does_not_answer_for_data_finds_none_of_it(office: Counter, path: str) -> None:
    office.signs_in("desk_lead")

    assert office.desk.client.get(path).status_code == 404
