"""A provider with two sites, each with a child whom everything may tell of, for tests of places."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.attendance.roll_call.commands.marks import (
    NewUnknown,
    record_unknown_children,
)
from services.enrolment.children.rules.place_codes_of_rights import place_code_of_site
from services.enrolment.models import Group
from services.enrolment.store import store, vault
from shared.contracts.dossier.sharing import handovers_between_services
from shared.contracts.enrolment.places.published_offer import ALLOCATIONS
from shared.dates.clock import midnight, now, today
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories import offer, places
from tests.factories.bookings import Home, a_place, arrives
from tests.factories.conversations import writes
from tests.factories.enrolment import Child, Desk, Provider, item

EACH_SCHOOL = "Dans chaque école"
"""Place at which the activities of both are said to be: each group has a site of its own."""

NORTH, SOUTH = "École Jules-Ferry", "École Pasteur"


@dataclass(frozen=True)
class Site:
    """One site: a child who comes today, one who asks for a place, one who is not recognised."""

    name: str
    home: Home
    applicant: places.Family
    group: Group
    values: Mapping[str, str]
    """Values for the variable parts of the desk's addresses."""
    secrets: tuple[str, ...]
    """Words that an agent of another site reads nowhere."""

    @property
    def place(self) -> str:
        """Return the place of a right here."""
        return place_code_of_site(self.name)


def a_site(provider: Provider, name: str, word: str) -> Site:
    """Make a site; `word` is in all that tells of it."""
    first, asking, unknown = f"{word}a", f"{word}o", f"{word}i"
    home = Home(Child(first, f"{word}ard", "2018-03-12"))
    arrives(provider, home)
    told = {"diet": make.diet("no_pork", "egg"), "allergies": make.allergies("arachide")}
    schooling = {"school": name, "grade": "CE1", "class_name": f"CE1 {word}"}
    for projection, content in {**told, "schooling": schooling}.items():
        provider.receives(projection, item(home.child.id, 1, content))
    with store.write() as write:
        activity = offer.an_activity(
            write, site=EACH_SCHOOL, label=f"Repas {word}", allocation=ALLOCATIONS[-1]
        )
        group = offer.a_group(write, activity, label=f"Groupe {word}", site=name)
        session = offer.session_on(write, group, today())
    place = a_place(home, group, "1234567", given_at=midnight(today()))
    applicant = places.Family(Child(asking, f"{word}ard", "2018-03-12"))
    places.arrives(provider, applicant)
    application = places.asks(applicant, group.id)["application_id"]
    thread = writes(home.claire, home.child.id, title=f"Le goûter de {word}")
    came = NewUnknown(new_id(), session.id, unknown, now(), new_id())
    vault.prepare_keys([came.id])
    with store.write() as write:
        record_unknown_children(write, vault, [came])
    handover = _handed_over(provider, home.child)
    values = {
        "child_id": home.child.id,
        "group_id": group.id,
        "session_id": session.id,
        "activity_id": activity.id,
        "application_id": application,
        "place_id": place.id,
        "thread_id": thread,
        "unknown_id": came.id,
        "handover_id": handover,
        "projection": "allergies",
        "kind": "soins",
    }
    return Site(name, home, applicant, group, values, (word,))


def _handed_over(provider: Provider, child: Child) -> str:
    declared: dict[str, Any] = {
        "relay_id": new_id(),
        "version": 1,
        "child_id": child.id,
        "side": handovers_between_services.HANDS,
        "other": "agg",
        "weekdays": [today().isoweekday()],
        "at": "23:40",
        "valid_from": today(),
        "valid_to": None,
        "ended": False,
    }
    provider.receives_event(handovers_between_services.handover_declared, **declared)
    return str(declared["relay_id"])


def rows(model: Any) -> list[dict[str, Any]]:
    with store.read() as read:
        found = [
            {column.key: getattr(row, column.key) for column in model.__table__.columns}
            for row in read.scalars(select(model))
        ]
    return sorted(found, key=str)


def holds(ens: Provider, **role_at: Site) -> Desk:
    """Give the desk to who holds each of these roles at one site."""
    days = {"valid_from": today(), "valid_to": None}
    rights = [{"role": role, "place": site.place, **days} for role, site in role_at.items()]
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent(rights=rights))
    return desk


@pytest.fixture
def lead(ens: Provider, north: Site, south: Site) -> Desk:
    """Give the desk to somebody who leads the northern site alone."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead", places=[north.place]))
    return desk
