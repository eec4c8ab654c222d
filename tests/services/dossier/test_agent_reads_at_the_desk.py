"""Reads as the data protection office lists them, and the name behind one, given by a second."""

from datetime import timedelta
from typing import Any

import pytest

from services.dossier.read_log.commands.office_asking_reader_names import (
    forget_reader_name_requests,
)
from services.dossier.store import store
from shared.contracts.dossier.data_protection import agent_reads as contracts
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.data_protection.agent_reads import OwnQuestion
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories.dossier import Town


def listed(town: Town, office: str, **more: Any) -> Any:
    asked = {"since": today() - timedelta(days=6), "until": today(), **more}
    return town.at_desk(contracts.agent_reads, subject=office, **asked)


@pytest.fixture
def office(town: Town) -> str:
    return town.has_desk_agent("data_protection")


def test_the_office_sees_unusual_reads_first_with_a_number_for_the_agent(
    town: Town, office: str, manon: str
) -> None:
    agent = new_id()
    town.read(manon, subject=agent, unusual=True, at=now() - timedelta(days=2))
    town.read(manon, subject=agent)

    answer = listed(town, office)

    night, usual = answer.reads
    assert (night["signs"], usual["signs"]) == (["night"], [])
    assert night["agent"] == usual["agent"] != ""
    assert agent not in str(answer) and manon not in str(answer)


def test_reads_are_of_the_days_and_the_service_that_are_asked(
    town: Town, office: str, manon: str
) -> None:
    town.read(manon)
    town.read(manon, at=now() - timedelta(days=20))

    assert len(listed(town, office).reads) == 1
    assert listed(town, office, provider="agg").reads == []
    with pytest.raises(BadRequest):
        listed(town, office, since=today() - timedelta(days=200))


def test_from_a_request_about_a_child_only_its_own_reads_are_shown(
    town: Town, office: str, claire: str, manon: str
) -> None:
    town.read(manon)
    asked = {"kind": "access", "provider": "", "child_id": manon, "text": "Qui a lu ?"}
    about_child = town.ask(person_requests.file_person_request, subject=claire, **asked)
    of_nobody = town.ask(
        person_requests.file_person_request, subject=claire, **{**asked, "child_id": None}
    )

    found = listed(town, office, person_request_id=about_child.person_request_id).reads
    assert [each["children"] for each in found] == [1]
    with pytest.raises(NotFound):
        listed(town, office, person_request_id=of_nobody.person_request_id)


def test_a_name_is_given_by_another_agent_than_who_asked(
    town: Town, office: str, manon: str
) -> None:
    agent, colleague = new_id(), town.has_desk_agent("data_protection")
    town.read(manon, subject=agent, unusual=True)
    (group,) = listed(town, office).reads
    question = {"line": group["line"], "reason": "La famille porte plainte."}
    for _ in range(2):
        town.at_desk(contracts.ask_read_name, subject=office, **question)

    (waiting,) = town.at_desk(contracts.read_names, subject=office).names
    assert (waiting["subject"], waiting["asked_by"]) == (None, office)
    given = {"question_id": waiting["question_id"]}
    with pytest.raises(OwnQuestion):
        town.at_desk(contracts.give_read_name, subject=office, **given)
    town.at_desk(contracts.give_read_name, subject=colleague, **given)

    (named,) = town.at_desk(contracts.read_names, subject=office).names
    assert (named["subject"], named["given_by"]) == (agent, colleague)
    assert named["reason"] == "La famille porte plainte."


def test_no_name_is_asked_of_a_line_that_there_is_not(town: Town, office: str) -> None:
    with pytest.raises(NotFound):
        town.at_desk(contracts.ask_read_name, subject=office, line=999, reason="Pourquoi.")


def test_nobody_else_lists_reads_or_names(town: Town, manon: str) -> None:
    town.read(manon)
    for role in ("counter", "desk_lead"):
        agent = town.has_desk_agent(role)
        with pytest.raises(PermissionError):
            listed(town, agent)
        with pytest.raises(PermissionError):
            town.at_desk(contracts.read_names, subject=agent)


def test_a_question_goes_when_its_line_does(town: Town, office: str, manon: str) -> None:
    town.read(manon, subject=new_id())
    (group,) = listed(town, office).reads
    town.at_desk(contracts.ask_read_name, subject=office, line=group["line"], reason="Une plainte.")

    with store.write() as write:
        forget_reader_name_requests(write, Instant(now(), today()))
    assert len(town.at_desk(contracts.read_names, subject=office).names) == 1

    later = timedelta(days=800)
    with store.write() as write:
        forget_reader_name_requests(write, Instant(now() + later, today() + later))
    assert town.at_desk(contracts.read_names, subject=office).names == []
