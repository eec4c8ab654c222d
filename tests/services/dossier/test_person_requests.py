"""Requests of persons on their data: who asks, who reads, until when, and how they go."""

import json
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError

from services.dossier.data_protection.person_requests.commands import answering, retention
from services.dossier.data_protection.person_requests.metrics import measure_person_requests
from services.dossier.data_protection.person_requests.queries import retention as retention_queries
from services.dossier.data_protection.person_requests.rules.answer_deadline import (
    due_day_of_request,
)
from services.dossier.models import PersonRequest, PersonRequestAct, PersonRequestErasure, ReadLog
from services.dossier.read_log.rules.summary_for_family import PERSON_REQUEST
from services.dossier.store import store, vault
from shared.contracts.dossier import front_desk, guardians
from shared.contracts.dossier.data_protection import person_requests as contracts
from shared.contracts.dossier.data_protection.person_requests import (
    NobodyAnswers,
    RequestClosed,
    TooManyRequests,
)
from shared.contracts.dossier.families import safeguarding as protection
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Unreadable
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from shared.dates.public_holidays import public_holidays
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town

TEXT = "Je voudrais une copie de tout."
ASKED = {"kind": "access", "provider": "", "child_id": None, "text": TEXT}
NOTED = {
    "kind": "erasure",
    "provider": "agg",
    "way": "letter",
    "name": "Paul Ancien",
    "contact": "3 rue des Lilas, 28000 Chartres",
    "about": "",
    "proof": "document",
    "text": "Effacez ce que vous avez sur moi.",
}


def due(more: int = 0) -> date:
    """Return until when a request of today is answered, prolonged by so many months."""
    holidays = public_holidays((today().year, today().year + 1))
    return due_day_of_request(today(), more, holidays)


def files(town: Town, subject: str, **more: Any) -> str:
    """Let a guardian ask; return the request's id."""
    answer = town.ask(contracts.file_person_request, subject=subject, **{**ASKED, **more})
    return str(answer.person_request_id)


def notes(town: Town, **more: Any) -> Any:
    """Let an agent of the counter note what came by letter."""
    asked = {**NOTED, "received_on": today(), **more}
    agent = town.has_desk_agent("counter")
    return town.at_desk(contracts.record_person_request, subject=agent, **asked)


@pytest.fixture
def office(town: Town) -> str:
    """Give an agent of the data protection office."""
    return town.has_desk_agent("data_protection")


def reads(town: Town, subject: str, request_id: str) -> Any:
    return town.ask(contracts.read_my_request, subject=subject, person_request_id=request_id)


def opens(town: Town, office: str, request_id: str) -> Any:
    return town.at_desk(contracts.open_person_request, subject=office, person_request_id=request_id)


def does(town: Town, office: str, method: Any, request_id: str, **more: Any) -> Any:
    return town.at_desk(method, subject=office, person_request_id=request_id, **more)


def told(town: Town) -> list[SimpleNamespace]:
    """Return what the portal was told, and take it out."""
    event = contracts.person_request_changed
    return [event.load(json.loads(row.body)) for row in town.taken(event)]


def in_days(days: int) -> Instant:
    return Instant(now() + timedelta(days=days), today() + timedelta(days=days))


# Filing


def test_a_mother_asks_for_her_child_and_the_month_begins_today(
    town: Town, claire: str, manon: str
) -> None:
    request_id = files(town, claire, child_id=manon, provider="agg", kind="rectification")

    found = reads(town, claire, request_id)

    assert (found.kind, found.provider, found.child_id) == ("rectification", "agg", manon)
    assert (found.state, found.text, found.closed_on) == ("received", TEXT, None)
    assert found.received_on == today()
    assert found.due_on == due()
    assert [act["act"] for act in found.acts] == ["filed"]
    assert told(town) == []


def test_another_guardian_of_the_same_home_and_child_finds_no_request(town: Town) -> None:
    mother, father = make.guardian(), make.guardian("Julien Lefèvre")
    child = make.child([mother, father])
    ids = town.arrives(make.household(child, guardians=[mother, father]))
    claire, julien = (ids.guardians[each["reference"]] for each in (mother, father))
    request_id = files(town, claire, child_id=ids.children[child["reference"]])

    assert town.ask(contracts.my_person_requests, subject=julien).requests == []
    with pytest.raises(NotFound):
        reads(town, julien, request_id)
    assert len(town.ask(contracts.my_person_requests, subject=claire).requests) == 1


def test_a_request_is_for_a_child_and_a_provider_of_ones_own_alone(
    town: Town, claire: str, manon: str
) -> None:
    town.ask(guardians.close_link, subject=claire, child_id=manon, provider="agg")

    for wrong in ({"child_id": new_id()}, {"child_id": manon, "provider": "agg"}):
        with pytest.raises(NotFound):
            files(town, claire, **wrong)
    with pytest.raises(NotFound):
        files(town, claire, provider="agg")
    files(town, claire, provider="ens")


def test_what_a_protected_home_added_cannot_be_found_by_asking(town: Town) -> None:
    """The father is refused for a hidden provider as for one that the child never had (R9)."""
    mother, father = make.guardian(), make.guardian("Julien Lefèvre")
    child = make.child([mother], links=["agg"])
    hers = town.arrives(make.household(child, guardians=[mother]))
    also = {**child, "guardians": [father["reference"]], "sections": {}, "links": []}
    his = town.arrives(make.household(also, guardians=[father]))
    child_id = hers.children[child["reference"]]
    claire, julien = hers.guardians[mother["reference"]], his.guardians[father["reference"]]
    town.at_desk(protection.protect_household, household_id=hers.household_id, **make.paper())
    town.ask(guardians.open_link, subject=claire, child_id=child_id, provider="ens")

    with pytest.raises(NotFound):
        files(town, julien, child_id=child_id, provider="ens")
    request_id = files(town, julien, child_id=child_id, provider="agg")
    files(town, claire, child_id=child_id, provider="ens")

    office = town.has_desk_agent("data_protection")
    assert opens(town, office, request_id).careful
    about_himself, about_herself = files(town, julien), files(town, claire)
    assert opens(town, office, about_himself).careful
    assert not opens(town, office, about_herself).careful


def test_who_is_accompanied_at_the_counter_files_and_reads_nothing(town: Town, claire: str) -> None:
    beside = {"subject": claire, "actor": new_id()}

    with pytest.raises(PermissionError):
        town.ask(contracts.file_person_request, **beside, **ASKED)
    with pytest.raises(PermissionError):
        town.ask(contracts.my_person_requests, **beside)


def test_ten_open_requests_are_enough(town: Town, claire: str, office: str) -> None:
    ids = [files(town, claire) for _ in range(10)]

    with pytest.raises(TooManyRequests):
        files(town, claire)
    closed = {"outcome": "answered", "text": "Voici."}
    does(town, office, contracts.close_person_request, ids[0], **closed)
    files(town, claire)


def test_where_nobody_answers_nothing_is_taken_in(
    town: Town, claire: str, register_file: Any
) -> None:
    rows = json.loads(register_file.read_text())
    rows["front_desk"]["roles"] = rows["front_desk"]["roles"][:-1]
    register_file.write_text(json.dumps(rows))

    with pytest.raises(NobodyAnswers):
        files(town, claire)


# Noted at the counter


def test_the_month_of_a_letter_is_counted_from_its_receipt(town: Town, office: str) -> None:
    received = today() - timedelta(days=20)

    noted = notes(town, received_on=received)

    assert noted.due_on == due_day_of_request(
        received, 0, public_holidays((received.year, today().year + 1))
    )
    found = opens(town, office, noted.person_request_id)
    assert (found.name, found.contact, found.text) == (
        NOTED["name"],
        NOTED["contact"],
        NOTED["text"],
    )
    assert (found.way, found.proof, found.careful) == ("letter", "document", False)
    [act] = found.acts
    assert act["act"] == "recorded" and act["by"]


@pytest.mark.parametrize("days", [1, -400])
def test_a_day_of_receipt_to_come_or_of_another_year_is_refused(town: Town, days: int) -> None:
    with pytest.raises(BadRequest):
        notes(town, received_on=today() + timedelta(days=days))
    with pytest.raises(NotFound):
        notes(town, provider="nobody")


def test_a_doubt_keeps_the_answer_back_and_not_the_month(town: Town, office: str) -> None:
    noted = notes(town, proof="asked")
    answer = {"outcome": "answered", "text": "C’est effacé."}

    with pytest.raises(BadRequest):
        does(town, office, contracts.close_person_request, noted.person_request_id, **answer)
    does(town, office, contracts.note_proof, noted.person_request_id)
    does(town, office, contracts.close_person_request, noted.person_request_id, **answer)

    found = opens(town, office, noted.person_request_id)
    assert (found.state, found.due_on) == ("answered", noted.due_on)
    assert [act["act"] for act in found.acts] == ["recorded", "proof_seen", "answered"]
    assert told(town) == []  # whoever has no account is written to


# Answering


def test_a_request_is_taken_prolonged_and_answered_and_its_guardian_reads_it_all(
    town: Town, claire: str, manon: str, office: str
) -> None:
    request_id = files(town, claire, child_id=manon)

    does(town, office, contracts.take_person_request, request_id)
    does(town, office, contracts.take_person_request, request_id)
    longer = does(
        town, office, contracts.prolong_person_request, request_id, more=2, reason="Trois services."
    )
    does(
        town, office, contracts.close_person_request, request_id, outcome="answered", text="Voici."
    )

    found = reads(town, claire, request_id)
    assert [act["act"] for act in found.acts] == ["filed", "taken", "prolonged", "answered"]
    assert [act["text"] for act in found.acts] == ["", "", "Trois services.", "Voici."]
    assert longer.due_on == found.due_on == due(2)
    assert (found.state, found.prolonged, found.closed_on) == ("answered", True, today())
    assert office not in str(vars(found))
    by = {act["by"] for act in opens(town, office, request_id).acts if act["act"] != "filed"}
    assert by == {office}


def test_the_portal_is_told_of_nobody_but_who_asked_and_of_nothing_that_was_written(
    town: Town, claire: str, manon: str, office: str
) -> None:
    request_id = files(town, claire, child_id=manon)
    does(town, office, contracts.take_person_request, request_id)
    does(town, office, contracts.close_person_request, request_id, outcome="refused", text="Trop.")

    [fact] = told(town)

    assert (fact.subject, fact.act, fact.person_request_id) == (claire, "refused", request_id)
    assert vars(fact).keys() == {"person_request_id", "subject", "act", "at"}


def test_a_request_is_prolonged_once_and_within_the_first_month(
    town: Town, claire: str, office: str
) -> None:
    request_id, late = files(town, claire), files(town, claire)
    more = {"more": 1, "reason": "Beaucoup de pièces."}

    assert len(opens(town, office, request_id).prolongable) == 2
    does(town, office, contracts.prolong_person_request, request_id, **more)
    assert opens(town, office, request_id).prolongable == []
    with pytest.raises(BadRequest):
        does(town, office, contracts.prolong_person_request, request_id, **more)

    last = (due() - today()).days
    after = last + 1
    with store.write() as write, pytest.raises(BadRequest):
        answering.prolong_answer_deadline(
            write, late, 1, "Trop tard.", by=office, when=in_days(after)
        )
    with store.write() as write:
        answering.prolong_answer_deadline(
            write, late, 1, "Le dernier jour.", by=office, when=in_days(last)
        )


def test_what_is_closed_stays_as_it_is(town: Town, claire: str, office: str) -> None:
    request_id = files(town, claire)
    closed = {"outcome": "refused", "text": "Déjà répondu hier."}
    does(town, office, contracts.close_person_request, request_id, **closed)

    for method, more in (
        (contracts.close_person_request, closed),
        (contracts.take_person_request, {}),
        (contracts.prolong_person_request, {"more": 1, "reason": "Non."}),
    ):
        with pytest.raises(RequestClosed):
            does(town, office, method, request_id, **more)
    with pytest.raises(NotFound):
        does(town, office, contracts.take_person_request, new_id())


def test_late_ones_come_first_and_closed_ones_apart(
    town: Town, claire: str, manon: str, office: str
) -> None:
    fresh = files(town, claire, child_id=manon)
    late = notes(town, received_on=today() - timedelta(days=60)).person_request_id
    done = files(town, claire)
    does(town, office, contracts.close_person_request, done, outcome="answered", text="Voici.")

    found = town.at_desk(contracts.person_requests, subject=office)

    assert [row["person_request_id"] for row in found.open] == [late, fresh]
    assert [row["late"] for row in found.open] == [True, False]
    assert [row["about"] for row in found.open] == ["", "Manon Lefèvre"]
    assert [row["person_request_id"] for row in found.closed] == [done]
    assert found.left_out == 0


@pytest.mark.parametrize("role", ["counter", "dossiers", "desk_lead"])
def test_the_other_agents_of_the_front_desk_read_and_answer_none(
    town: Town, claire: str, role: str
) -> None:
    agent, request_id = town.has_desk_agent(role), files(town, claire)

    with pytest.raises(PermissionError):
        town.at_desk(contracts.person_requests, subject=agent)
    for method, more in (
        (contracts.open_person_request, {}),
        (contracts.take_person_request, {}),
        (contracts.close_person_request, {"outcome": "answered", "text": "Voici."}),
    ):
        with pytest.raises(PermissionError):
            does(town, agent, method, request_id, **more)


def test_the_data_protection_office_finds_no_dossier_by_its_right(town: Town, office: str) -> None:
    with pytest.raises(PermissionError):
        town.at_desk(front_desk.find_dossiers, subject=office, query="Lefèvre")


def test_a_reading_leaves_a_line_that_no_family_reads(
    town: Town, claire: str, manon: str, office: str
) -> None:
    request_id = files(town, claire, child_id=manon)
    opens(town, office, request_id)
    town.at_desk(contracts.person_requests, subject=office)

    with store.read() as read:
        lines = read.execute(
            select(ReadLog.subject, ReadLog.child_id).where(ReadLog.projection == PERSON_REQUEST)
        ).all()
    assert [tuple(line) for line in lines] == [(office, manon)] * 2
    assert town.ask(guardians.who_read, subject=claire, child_id=manon).reads == []


def test_a_ruling_on_the_child_asks_for_care_and_shows_in_nothing_that_is_told(
    town: Town, office: str
) -> None:
    mother = make.guardian()
    child = make.child([mother], sections={"custody": make.ruling("Marc Rude", "2026-01-05")})
    ids = town.arrives(make.household(child, guardians=[mother]))
    claire, child_id = ids.guardians[mother["reference"]], ids.children[child["reference"]]
    about_child, about_me = files(town, claire, child_id=child_id), files(town, claire)

    assert opens(town, office, about_child).careful
    assert opens(town, office, about_me).careful
    assert "careful" not in vars(reads(town, claire, about_child))


# How it lies, and how it goes


def test_nothing_that_was_written_lies_in_clear(
    town: Town, claire: str, manon: str, office: str
) -> None:
    request_id = files(town, claire, child_id=manon)
    closed = {"outcome": "answered", "text": "Une réponse secrète."}
    does(town, office, contracts.close_person_request, request_id, **closed)

    with store.read() as read:
        rows = [*read.scalars(select(PersonRequest)), *read.scalars(select(PersonRequestAct))]
        stored = str([vars(row) for row in rows])
    for secret in ("Manon", "Lefèvre", "copie", "secrète"):
        assert secret not in stored


def test_what_was_done_cannot_be_changed_or_taken_out(town: Town, claire: str) -> None:
    files(town, claire)

    for statement in (update(PersonRequestAct).values(act="answered"), delete(PersonRequestAct)):
        with pytest.raises(DatabaseError), store.write() as write:
            write.execute(statement)


def test_a_request_is_kept_when_the_child_is_erased_and_goes_after_five_years_with_its_key(
    town: Town, claire: str, manon: str, office: str
) -> None:
    request_id, open_one = files(town, claire, child_id=manon), files(town, claire)
    closed = {"outcome": "answered", "text": "C’est effacé."}
    does(town, office, contracts.close_person_request, request_id, **closed)
    vault.shred_keys(manon)
    assert reads(town, claire, request_id).acts[-1]["text"] == "C’est effacé."

    on = date(today().year + 5, today().month, min(today().day, 28))
    day_before = Instant(now(), on - timedelta(days=3))
    with store.read() as read:
        assert retention_queries.requests_kept_no_longer(read, day_before) == []
        sealed = read.get(PersonRequest, request_id)
        assert sealed is not None
        content = sealed.content
    when = Instant(now(), on + timedelta(days=3))
    with store.read() as read:
        due = retention_queries.requests_kept_no_longer(read, when)
    with store.write() as write:
        retention.erase_due_requests(write, [*due, open_one], when)
    with store.read() as read:
        vault.shred_keys(*retention_queries.requests_erased_lately(read, when))

    with store.read() as read:
        left = read.scalars(select(PersonRequest.id)).all()
        acts = read.scalar(select(func.count()).select_from(PersonRequestAct))
        proofs = read.scalars(select(PersonRequestErasure.person_request_id)).all()
    assert (list(due), list(left), acts, list(proofs)) == (
        [request_id],
        [open_one],
        1,
        [request_id],
    )
    with pytest.raises(Unreadable):
        vault.open(request_id, "person_request", content)


def test_operations_read_how_many_wait_and_how_many_are_late(
    town: Town, claire: str, office: str
) -> None:
    files(town, claire)
    notes(town, received_on=today() - timedelta(days=60))
    done = notes(town, received_on=today() - timedelta(days=60)).person_request_id
    does(town, office, contracts.close_person_request, done, outcome="refused", text="Non.")

    with store.read() as read:
        measured = {each.name: each.value for each in measure_person_requests(read, now())}

    assert measured == {"person_request_open": 2, "person_request_overdue": 1}
