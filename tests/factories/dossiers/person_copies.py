"""Copies that somebody asks for of what the dossier holds on it."""

import json
from typing import Any

from shared.contracts.dossier.data_protection import person_requests as contracts
from tests.factories.dossier import Town


def asks(town: Town, who: str, **more: Any) -> str:
    asked = {"kind": "access", "provider": "", "child_id": None, "text": "Une copie.", **more}
    return str(town.ask(contracts.file_person_request, subject=who, **asked).person_request_id)


def copied(town: Town, request_id: str, agent: str = "") -> list[dict[str, Any]]:
    """Return the dossier's part, page by page."""
    office = agent or town.has_desk_agent("data_protection")
    rows: list[dict[str, Any]] = []
    after, more = "", True
    while more:
        page = town.at_desk(
            contracts.copy_person_data,
            subject=office,
            person_request_id=request_id,
            principal="dossier",
            after=after,
        )
        rows += [{"table": row["table"], **json.loads(row["content"])} for row in page.rows]
        after, more = page.next, bool(page.next)
    return rows
