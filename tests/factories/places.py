"""Families who ask a provider for a place, for tests of applications."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from services.enrolment.children.commands.search_index import make_card_row
from services.enrolment.jobs import due_offers
from services.enrolment.models import (
    Application,
    ChildCard,
    ChildGuardian,
    Place,
    StoredProjection,
)
from services.enrolment.places.admission.queries.child_file import FILE
from services.enrolment.places.applications.commands import applications
from services.enrolment.places.applications.commands.new_application_refusals import NewApplication
from services.enrolment.places.applications.queries.applications import application_state_for_answer
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store
from shared.contracts.enrolment.places import family_acts
from shared.contracts.message import Caller, Person
from shared.database import Write
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import offer
from tests.factories.enrolment import Child, Provider, item
from tests.factories.travelling import answered


@dataclass
class Family:
    """A child with one guardian in one household."""

    child: Child = field(default_factory=Child)
    guardian: str = field(default_factory=new_id)
    household: str = field(default_factory=new_id)

    @property
    def file(self) -> dict[str, Any]:
        """Return the projection `family` of the child."""
        return {
            "guardians": [{"subject": self.guardian, "household": self.household}],
            "weeks": None,
        }


def arrives(provider: Provider, family: Family, version: int = 1) -> None:
    """Let the child's file arrive from the dossier."""
    child = family.child
    provider.receives("care_core", item(child.id, version, child.care_core()))
    provider.receives("family", item(child.id, version, family.file))


def arrived(provider: Provider, count: int, **child: Any) -> list[Family]:
    """Let the files of so many children arrive."""
    families = [Family(Child(first_name=f"Enfant {number}", **child)) for number in range(count)]
    cores = [item(family.child.id, 1, family.child.care_core()) for family in families]
    provider.receives("care_core", *cores)
    provider.receives("family", *(item(family.child.id, 1, family.file) for family in families))
    return families


def a_group(places: int | None = 1, group: dict[str, Any] | None = None, **activity: Any) -> str:
    """Add an activity with one group; return the group's id."""
    with store.write() as write:
        made = offer.an_activity(write, **activity)
        return offer.a_group(write, made, places=places, **(group or {})).id


def asks(family: Family, group_id: str, **more: Any) -> dict[str, Any]:
    """Ask for a place as the portal does, through the service and both sides of its contract."""
    wanted = {"child_id": family.child.id, "group_id": group_id, "link_version": 1}
    return _through(family_acts.apply, family, {**wanted, **more})


def asks_at_counter(family: Family, group_id: str, **more: Any) -> dict[str, Any]:
    """Ask for a place at the front desk, an agent beside the family."""
    wanted = {"child_id": family.child.id, "group_id": group_id, "link_version": 1}
    return _through(family_acts.apply, family, {**wanted, **more}, actor=new_id())


def withdraws(family: Family, application_id: str) -> str:
    wanted = {"child_id": family.child.id, "application_id": application_id}
    return str(_through(family_acts.withdraw_application, family, wanted)["state"])


def answers(family: Family, application_id: str, accept: bool = True) -> str:
    wanted = {"child_id": family.child.id, "application_id": application_id, "accept": accept}
    return str(_through(family_acts.answer_offer, family, wanted)["state"])


def applies_at(family: Family, group_id: str, moment: datetime, **more: Any) -> str:
    """Ask at a given moment; return the application's id."""
    asked = NewApplication(family.child.id, group_id, family.guardian, moment, **more)
    with store.write() as write:
        return applications.apply_for_place(write, asked, moment).id


def application(application_id: str) -> Application:
    with store.read() as read:
        found = read.get(Application, application_id)
    assert found is not None
    return found


def states(group_id: str) -> dict[str, str]:
    """Return the state of each application to a group, by child."""
    with store.read() as read:
        rows = read.execute(
            select(Application.child_id, Application.state)
            .where(Application.group_id == group_id)
            .order_by(Application.id)
        )
        return {child_id: state for child_id, state in rows}


def places_in(group_id: str) -> list[Place]:
    with store.read() as read:
        query = select(Place).where(Place.group_id == group_id).order_by(Place.valid_from)
        return list(read.scalars(query))


def pass_time(moment: datetime) -> None:
    """Let the service's timer run as at this moment."""
    with store.read() as read:
        due = due_offers.groups_with_due_offers(read, moment)
    for group_id in due:
        with store.write() as write:
            due_offers.expire_offers_of_group(write, group_id, moment)


def notices(provider: Provider) -> list[tuple[str, str]]:
    """Return what households were told: kind and household."""
    return [(event["kind"], event["household_id"]) for event in provider.published("notice")]


def full_group(provider: Provider, waiting: int, **activity: object) -> tuple[str, list[Family]]:
    """Return a group of one place, taken by the first family; the others wait."""
    group = a_group(places=1, **activity)
    families = arrived(provider, waiting + 1)
    for family in families:
        asks(family, group)
    return group, families


def application_of(group_id: str, household: Family) -> str:
    with store.read() as read:
        query = read.query(Application).filter_by(group_id=group_id, child_id=household.child.id)
        return query.order_by(Application.id.desc()).first().id


def rank(application_id: str) -> int | None:
    with store.read() as read:
        found = read.get(Application, application_id)
        assert found is not None
        return application_state_for_answer(read, found).rank


def _through(
    method: Any, family: Family, payload: dict[str, Any], actor: str = ""
) -> dict[str, Any]:
    person = Person(family.guardian, "portal", "family", actor)
    asking = Caller("portal", person, new_id())
    return vars(answered(EnrolmentService(), method, asking, **payload))


def file_of(write: Write, family: Family) -> None:
    """Put the file of a child here, as it stands once both parts have come."""
    moment, child = now(), family.child
    for projection in FILE:
        held = {"version": 1, "content": b"-", "received_at": moment, "to_see": False}
        write.merge(StoredProjection(child_id=child.id, projection=projection, **held))
    born = date.fromisoformat(child.birth_date)
    card = make_card_row(child.id, child.first_name, child.last_name, born)
    write.merge(ChildCard(**card | {"search": ""}))
    guardian = {"subject": family.guardian, "household_id": family.household}
    write.merge(ChildGuardian(child_id=child.id, **guardian))
    write.flush()
