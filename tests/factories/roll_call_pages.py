"""Roll calls of today at the desk, with the children booked there, for tests of their pages."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from services.enrolment.models import Session, StoredProjection
from services.enrolment.store import store
from shared.dates.clock import now
from tests.factories import enrolment as make
from tests.factories.attendance import a_session, booked
from tests.factories.enrolment import Child, Desk, Provider

PEOPLE = {"people": [{"name": "Paul Morel", "relation": "voisin", "phone": ""}]}
CLASS = {"school": "Jules-Ferry", "grade": "CE1", "class_name": "CE1 B"}
PLAIN = {"diet": make.diet("vegetarian"), "pickup": PEOPLE, "schooling": CLASS}


def session_of(ens: Provider, *children: Child, **contents: Any) -> Session:
    """Book these children into today's session, their files complete."""
    for child in children:
        ens.receives_child(child, **{**PLAIN, "allergies": make.allergies(), **contents})
    with store.write() as write:
        session = a_session(write)
        for child in children:
            booked(write, session, child.id)
    return session


def the_list(desk: Desk, session: Session) -> dict[str, Any]:
    answer = desk.client.get(f"/pointage/seances/{session.id}.json")
    assert answer.status_code == 200
    return answer.json


def what_came_is_known_since_yesterday() -> None:
    with store.write() as write:
        write.execute(update(StoredProjection).values(received_at=now() - timedelta(days=1)))


def post(desk: Desk, path: str, **body: Any) -> Any:
    token = desk.client.get("/pointage/etat.json").json["csrf"]
    return desk.client.post(path, json=body, headers={"x-csrftoken": token})
