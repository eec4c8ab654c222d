"""One person's request as the front desk's pages read it of the dossier."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.contracts.dossier.data_protection import person_requests, request_erasures
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories.front_desk.counter import Counter

REQUEST, CHILD = new_id(), new_id()
LIST, PAGE, NEW = "/droits", f"/droits/{REQUEST}", "/droits/nouvelle"


def row(**more: Any) -> dict[str, Any]:
    return {
        "person_request_id": REQUEST,
        "kind": "rectification",
        "provider": "agg",
        "received_on": today() - timedelta(days=40),
        "due_on": today() - timedelta(days=9),
        "state": "received",
        "closed_on": None,
        "name": "Claire Lefèvre",
        "about": "Manon Lefèvre",
        "proof": "account",
        "prolonged": False,
        "late": True,
        **more,
    }


def whole(**more: Any) -> dict[str, Any]:
    filed = {"act": "filed", "at": now(), "by": None, "text": "", "until": None}
    return row() | {
        "way": "account",
        "contact": "",
        "text": "Un accent manque.",
        "first_due_on": today() + timedelta(days=20),
        "prolongable": [date(2027, 1, 27), date(2027, 3, 1)],
        "careful": False,
        "acts": [filed],
        **more,
    }


@pytest.fixture
def desk(counter: Counter) -> Counter:
    """Give a front desk whose dossier knows one late request, and takes what is done."""
    listed = {"open": [row()], "closed": [row(late=False, closed_on=today())], "left_out": 0}
    counter.callees.answers("dossier", person_requests.person_requests, lambda _: listed)
    opens(counter)
    prolonged = {"due_on": date(2027, 1, 27)}
    counter.callees.answers("dossier", person_requests.prolong_person_request, lambda _: prolonged)
    erases(counter)
    for method in (
        person_requests.take_person_request,
        person_requests.note_withdrawal,
        person_requests.note_proof,
        person_requests.close_person_request,
    ):
        counter.callees.answers("dossier", method, lambda _: {})
    noted = {"person_request_id": REQUEST, "due_on": date(2026, 12, 21)}
    counter.callees.answers("dossier", person_requests.record_person_request, lambda _: noted)
    return counter


def opens(desk: Counter, **more: Any) -> None:
    desk.callees.answers("dossier", person_requests.open_person_request, lambda _: whole(**more))


def part(code: str, kept: str = "", *providers: str, until: date | None = None) -> dict[str, Any]:
    return {"part": code, "kept": kept, "providers": list(providers), "until": until}


def erases(desk: Counter, *parts: dict[str, Any], waits: bool = False, times: int = 1) -> None:
    """Let the dossier know these parts of children's files, and erase what is asked for."""
    child = {"child_id": CHILD, "name": "Manon Lefèvre", "parts": list(parts)}
    children = [child | {"awaits_other_home": waits}] * times
    known = {"children": children if parts else [], "left_out": times - 1}
    desk.callees.answers("dossier", request_erasures.erasable_parts, lambda _: known)
    desk.callees.answers("dossier", request_erasures.erase_parts, lambda _: {"erased": []})
