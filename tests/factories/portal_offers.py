"""Offers as the portal receives them, and what the dossier says of the children who may join."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import published_offer
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import AGG, Child, Portal

CLAIRE, HOUSEHOLD, ACTIVITY, GROUP = (new_id() for _ in range(4))
MANON = Child(providers=("ens",))
TEEN = Child("Louis", date(2012, 4, 1), providers=())
PAGE = f"/activites/agg/{ACTIVITY}"


def publishes(
    portal: Portal, content: Any, *, source: str = AGG, activity_id: str = "", version: int = 1
) -> str:
    """Let a provider publish an activity; return its id."""
    activity_id = activity_id or new_id()
    told = {"activity_id": activity_id, "version": version, "content": content}
    portal.receives(published_offer.activity_published, source, **told)
    return activity_id


def group(**more: Any) -> dict[str, Any]:
    """Return the one group of judo, with what is said otherwise."""
    (judo,) = make.offer()["groups"]
    return {**judo, "group_id": new_id(), **more}


def with_conditions(*groups: dict[str, list[str]], **more: Any) -> dict[str, Any]:
    """Return an offer with a group for each of these conditions."""
    rows = [
        group(label=f"Groupe {at}", conditions=conditions)
        for at, conditions in enumerate(groups, 1)
    ]
    return make.offer(groups=rows, **more)


def goes_to(
    portal: Portal,
    child: Child,
    school: str,
    grade: str = "CE1",
    insee: str = "28901",
    then: tuple[date, str] | None = None,
) -> None:
    """
    Let the dossier say where a child goes to school, and where its guardian lives.

    `then` is another school, with the day from which it goes there.
    """
    told = {"school": school, "grade": grade, "class_name": ""}
    section: dict[str, Any] = {"section": "schooling", "version": 1, "changed_by": "town"}
    if then is not None:
        section["later"] = {"day": then[0], "content": told | {"school": then[1]}}
    home = {"street": "3 impasse des Lilas", "postcode": "28990", "commune": "x", "insee": insee}
    portal.callees.answers(
        "dossier",
        guardians.read_section,
        lambda request: section | {"content": told if request.child_id == child.id else {}},
    )
    portal.callees.answers(
        "dossier",
        guardians.my_household,
        lambda _request: {
            "version": 1,
            "guardians": [],
            "addresses": [home | {"valid_from": date(2020, 1, 1)}],
        },
    )


@pytest.fixture
def family(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows Claire's family and that judo is on offer."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], MANON, TEEN)
        publishes(portal, make.offer(group_id=GROUP), activity_id=ACTIVITY)
        portal.callees.answers("dossier", guardians.open_link, lambda _request: {"version": 7})
        yield portal


@pytest.fixture
def browser(family: Portal) -> FlaskClient:
    """Give Claire's browser."""
    browser = family.site.test_client()
    make.sign_in(browser, CLAIRE)
    return browser
