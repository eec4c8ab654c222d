"""Requests for an erasure, as a guardian sends them and as the data protection office answers."""

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from shared.contracts.dossier import guardians
from shared.contracts.dossier.data_protection import person_requests, request_erasures
from shared.dates.clock import today
from tests.factories import dossier as make
from tests.factories.dossier import Town

TEXT = "Nous n’avons plus besoin de cela."


@pytest.fixture
def office(town: Town) -> str:
    """Give an agent of the data protection office."""
    return town.has_desk_agent("data_protection")


@pytest.fixture
def told(town: Town, claire: str, manon: str) -> str:
    """Give a child at « agg », which feeds nobody, of whom a diet was told, changed, and health."""
    town.tells(claire, manon, "diet", make.diet())
    town.tells(claire, manon, "diet", make.diet("vegetarian"), base=1)
    town.tells(claire, manon, "health", make.health("arachide"))
    town.sent()
    return manon


def asks(town: Town, subject: str, child_id: str | None, **more: Any) -> str:
    """Let a guardian ask to erase; return the request's id."""
    asked = {"kind": "erasure", "provider": "", "child_id": child_id, "text": TEXT, **more}
    answer = town.ask(person_requests.file_person_request, subject=subject, **asked)
    return str(answer.person_request_id)


def sees(town: Town, office: str, request_id: str) -> list[Any]:
    method = request_erasures.erasable_parts
    return list(town.at_desk(method, subject=office, person_request_id=request_id).children)


def parts(town: Town, office: str, request_id: str) -> dict[str, str]:
    """Return the parts of the one file that the request is about, with why each stays."""
    [child] = sees(town, office, request_id)
    return {part["part"]: part["kept"] for part in child["parts"]}


def erases(town: Town, office: str, request_id: str, child_id: str, *codes: str) -> list[str]:
    asked = {"person_request_id": request_id, "child_id": child_id, "parts": list(codes)}
    return list(town.at_desk(request_erasures.erase_parts, subject=office, **asked).erased)


def leaves(town: Town, claire: str, child_id: str, *providers: str) -> None:
    for provider in providers:
        town.ask(guardians.close_link, subject=claire, child_id=child_id, provider=provider)
    town.sent()


def two_homes(town: Town, links: Sequence[str] = ()) -> tuple[str, str, str]:
    """Give two parents of two homes, and their child, who is at these services and has a diet."""
    mother, father = make.guardian(), make.guardian("Julien Lefèvre")
    child = make.child([mother], links=[*links], sections={"diet": make.diet()})
    hers = town.arrives(make.household(child, guardians=[mother]))
    also = {**child, "guardians": [father["reference"]], "sections": {}, "links": []}
    his = town.arrives(make.household(also, guardians=[father]))
    child_id = hers.children[child["reference"]]
    return hers.guardians[mother["reference"]], his.guardians[father["reference"]], child_id


def letter(town: Town, office: str, **more: Any) -> str:
    """Note a letter that asks for an erasure; return the request's id."""
    noted = {
        **{"kind": "erasure", "provider": "", "way": "letter", "received_on": today()},
        **{"name": "Claire Lefèvre", "contact": "3 rue des Lilas", "about": ""},
        **{"proof": "document", "text": TEXT, **more},
    }
    answer = town.at_desk(person_requests.record_person_request, subject=office, **noted)
    return str(answer.person_request_id)


def is_known(town: Town, office: str, request_id: str, name: str) -> None:
    """Note that a passport shows who wrote the letter: an adult of Manon's home."""
    town.at_desk(
        person_requests.identify_person,
        subject=office,
        person_request_id=request_id,
        person="adult",
        paper="passport",
        name=name,
        child="Manon Lefèvre",
        born=date.fromisoformat(make.identity()["birth_date"]),
    )


def closes(town: Town, office: str, request_id: str) -> SimpleNamespace:
    answered = {"outcome": "answered", "text": "Voici."}
    asked = {"subject": office, "person_request_id": request_id, **answered}
    return town.at_desk(person_requests.close_person_request, **asked)
