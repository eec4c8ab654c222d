"""Registrations of families without an account, and the front desk that checks them."""

import json
from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

from shared.contracts.dossier import registration_decisions, registrations
from shared.contracts.identity import accounts
from shared.contracts.message import Method
from shared.dates.clock import now, today
from shared.files.file_parts import count_parts, split_into_parts
from shared.person.secret_codes import new_code
from shared.runtime.ids import new_id
from tests.factories import sent_files
from tests.factories.dossier import Town


def guardian(**more: Any) -> dict[str, Any]:
    usual = {"first_name": "Inès", "last_name": "Moreau", "relation": "mother"}
    return {**usual, "email": "ines.moreau@example.org", "phone": "06 39 98 11 22", **more}


def child(first_name: str = "Nora", born: str = "2021-04-12", **more: Any) -> dict[str, Any]:
    usual = {"last_name": "Moreau", "school": "École Jules-Ferry", "grade": "petite section"}
    return {"first_name": first_name, "birth_date": born, **usual, **more}


def home(**more: Any) -> dict[str, Any]:
    usual = {"street": "4 rue des Acacias", "postcode": "28000", "commune": "Démonstration"}
    return {**usual, "insee": "28901", **more}


def photograph(size: tuple[int, int] = (60, 40)) -> bytes:
    return sent_files.noise(size)


INES = "ines.moreau@example.org"


def open_registration(town: Town, way: str = "email", contact: str = INES) -> Any:
    """Begin a registration, by e-mail with the link taken up; return its reference and key."""
    opened = town.ask(registrations.open_registration, way=way, contact=contact)
    if way == registrations.EMAIL:
        return take_up(town, links(town)[-1])
    return SimpleNamespace(reference=opened.reference, key=opened.key)


def links(town: Town, address: str = "") -> list[dict[str, Any]]:
    """Return the links to registrations that left for identity, or those to one address."""
    kind = registrations.registration_opened.full_name
    told = [json.loads(row.body) for row in town.outbox() if row.type == kind]
    return [each for each in told if not address or each["address"] == address]


def take_up(town: Town, link: Mapping[str, Any], fresh: str = "") -> Any:
    """Use a link up; return the registration's reference and its new key."""
    key = fresh or new_code(4)
    named = {"reference": link["reference"], "key": link["secret"]}
    town.ask(registrations.take_up_registration, **named, fresh=key)
    return SimpleNamespace(reference=link["reference"], key=key)


def ask(town: Town, bearer: Any, method: Method, **payload: Any) -> Any:
    """Ask something of a registration as its holder."""
    return town.ask(method, reference=bearer.reference, key=bearer.key, **payload)


def write_all(town: Town, bearer: Any, *children: dict[str, Any], **steps: Any) -> None:
    """Fill all of a registration."""
    filled = {
        "guardian": guardian(),
        "children": {"children": list(children) or [child()]},
        "home": home(),
        **steps,
    }
    for step, content in filled.items():
        ask(town, bearer, registrations.save_registration, step=step, content=content)


def add_paper(town: Town, bearer: Any, content: bytes, kind: str = "domicile") -> str:
    """Send a photograph in as many parts as it needs; return the paper's id."""
    paper_id = new_id()
    parts = count_parts(len(content), registrations.PART_BYTES)
    for part, some in split_into_parts(content, registrations.PART_BYTES):
        ask(
            town,
            bearer,
            registrations.add_paper,
            paper_id=paper_id,
            paper=kind,
            part=part,
            parts=parts,
            content=some,
        )
    return paper_id


def agent(town: Town, role: str = "counter") -> str:
    """Give an agent a right at the central desk; return who it is."""
    subject = new_id()
    right = {"role": role, "valid_from": today(), "valid_to": None}
    town.hear(
        accounts.subject_changed,
        source="identity",
        subject=subject,
        kind="agent",
        name="Nadia Roche",
        version=1,
        not_before=now(),
        active=True,
        rights=[right],
    )
    return subject


def at_desk(town: Town, agent_id: str, method: Method, **payload: Any) -> Any:
    """Ask something as an agent of the central desk."""
    return town.ask(method, caller="front_desk", subject=agent_id, of_kind="agent", **payload)


def waiting(town: Town, agent_id: str) -> list[Any]:
    return list(at_desk(town, agent_id, registration_decisions.waiting_registrations).drafts)


SEEN = {"paper": "carte d’identité", "paper_date": date(2020, 5, 4)}


def accept(town: Town, agent_id: str, *known: str | None, **more: Any) -> Any:
    """Accept the oldest waiting registration; `known` are the ids of its known children."""
    registration_id = waiting(town, agent_id)[0]["draft_id"]
    seen = at_desk(
        town, agent_id, registration_decisions.look_at_registration, draft_id=registration_id
    )
    count = len(seen.content["children"]["children"])
    told = {"paper": "livret de famille", "paper_date": None}
    children = [
        {"place": place, "child_id": known[place] if place < len(known) else None, **told}
        for place in range(count)
    ]
    asked = {"identity": SEEN, "domicile": None, "children": children, **more}
    return at_desk(
        town,
        agent_id,
        registration_decisions.accept_registration,
        draft_id=registration_id,
        version=seen.version,
        **asked,
    )


def sent_registration(town: Town, *children: dict[str, Any], **steps: Any) -> Any:
    """Begin, fill and send a registration; return its reference and key."""
    bearer = open_registration(town)
    write_all(town, bearer, *children, **steps)
    ask(town, bearer, registrations.send_registration)
    return bearer
