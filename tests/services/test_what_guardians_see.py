"""docs/guardians.md, line by line, asked of the dossier and of billing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from services.billing.service import BillingService
from services.billing.store import store as billing_store
from services.dossier.households.commands.households_for_billing import publish_households
from services.dossier.models import Guardianship
from services.dossier.store import store
from shared.contracts.billing.prices import quotients
from shared.contracts.dossier import activity_history_requests
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier import registration_decisions as drafts
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.families import safeguarding as placements
from shared.contracts.errors import NotFound
from shared.contracts.message import Delivery, Person
from shared.dates.clock import today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import billing
from tests.factories import dossier as make
from tests.factories import registrations as write
from tests.factories.dossier import Town

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guardians.md"
WHO = ("same home", "other home", "no authority", "former", "carer")


def table() -> dict[str, tuple[str, ...]]:
    """Return the table of the page: what, and for each of the five yes or –."""
    lines = [line.strip().strip("|").split("|") for line in PAGE.read_text().splitlines()
             if line.startswith("|")]  # fmt: skip
    head, _, *rows = [[cell.strip() for cell in line] for line in lines]
    assert tuple(head[1:]) == WHO
    return {what: tuple(cells) for what, *cells in rows}


@dataclass
class Family:
    """Manon, her two homes, and the five who are or were something to her."""

    town: Town
    child: str = ""
    people: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)

    def home_of(self, who: str) -> str:
        return self.homes["same home" if who == "no authority" else who]

    def other_home_of(self, who: str) -> str:
        return self.homes["same home" if who == "other home" else "other home"]


@pytest.fixture
def family(database: Database, tmp_path: Path) -> Iterator[Family]:
    """Give the dossier with Manon's family, and billing as the dossier tells it."""
    ours = Database(*[f"sqlite:///{tmp_path}/billing.sqlite"] * 2, database.keys_url)
    ours.migrated("billing")
    with make.opened(database, tmp_path / "register.json") as town:
        billing_store.connect(ours.url, store.register)
        made = Family(town)
        arrive(made)
        heard = BillingService()
        for fact in town.homes():
            with billing_store.write() as change:
                heard.on_household_changed(change, fact, Delivery("dossier", new_id(), new_id()))
        yield made
        billing_store.close()


def arrive(family: Family) -> None:
    people = {who: make.guardian(f"Guardian {at}") for at, who in enumerate(WHO)}
    manon = make.child([people["same home"], people["no authority"]], sections=told())
    elsewhere = {**manon, "sections": {}}
    living = {
        "same home": (["same home", "no authority"], manon),
        "other home": (["other home"], elsewhere | {"guardians": ref(people, "other home")}),
        "former": (["former"], elsewhere | {"guardians": ref(people, "former")}),
        "carer": (["carer"], None),
    }
    for who, (guardians, child) in living.items():
        ids = family.town.arrives(
            make.household(
                *([child] if child else []),
                guardians=[people[each] for each in guardians],
                address=make.address(),
            )
        )
        family.homes[who] = ids.household_id
        family.people |= {each: ids.guardians[people[each]["reference"]] for each in guardians}
        family.child = next(iter(ids.children.values()), family.child)
    family.town.at_desk(
        placements.place_child,
        **make.paper(),
        child_id=family.child,
        carer_id=family.people["carer"],
        household_id=family.homes["carer"],
        valid_from=today(),
    )
    change_what_holds(family)


def ref(people: dict[str, Any], who: str) -> list[str]:
    return [people[who]["reference"]]


def told() -> dict[str, Any]:
    return {
        "identity": make.identity(),
        "schooling": {"school": "Ferry", "grade": "CP"},
        "contacts": make.contacts("Monique"),
        "pickup": make.contacts("Monique"),
        "diet": make.diet(),
        "health": make.health("arachide"),
        "custody": make.ruling("Somebody", today().isoformat()),
    }


def change_what_holds(family: Family) -> None:
    """Let authority be missing or over, and the homes be told again as they are then."""
    yesterday = today() - timedelta(days=1)
    changes = {
        "no authority": {"authority": False},
        "former": {"valid_from": yesterday - timedelta(days=9), "valid_to": yesterday},
    }
    with store.write() as change:
        for who, values in changes.items():
            theirs = Guardianship.guardian_id == family.people[who]
            change.execute(update(Guardianship).where(theirs).values(values))
        publish_households(change, list(family.homes.values()), Instant.now())


def of_child(method: Any, **more: Any) -> Callable[[Family, str], Any]:
    return lambda family, who: family.town.ask(
        method, subject=family.people[who], child_id=family.child, **more
    )


def section(name: str) -> Callable[[Family, str], Any]:
    def asked(family: Family, who: str) -> Any:
        answer = of_child(contracts.read_section, section=name)(family, who)
        if not answer.content:
            raise NotFound
        return answer

    return asked


def named(family: Family, who: str) -> Any:
    children = family.town.ask(contracts.my_children, subject=family.people[who]).children
    if not children:
        raise NotFound
    return children


def schooled(family: Family, who: str) -> Any:
    (child,) = named(family, who)
    if not child["school"]:
        raise NotFound
    return child


def address(other: bool) -> Callable[[Family, str], Any]:
    def asked(family: Family, who: str) -> Any:
        home = family.other_home_of(who) if other else family.home_of(who)
        return family.town.ask(
            contracts.my_household, subject=family.people[who], household_id=home
        )

    return asked


def money(other: bool) -> Callable[[Family, str], Any]:
    def asked(family: Family, who: str) -> Any:
        home = family.other_home_of(who) if other else family.home_of(who)
        person = Person(family.people[who], "portal", "family")
        return billing.ask(person, quotients.my_quotients, household_id=home)

    return asked


def tells(family: Family, who: str) -> Any:
    read = of_child(contracts.read_section, section="diet")(family, who)
    return family.town.tells(
        family.people[who], family.child, "diet", make.diet("vegetarian"), base=read.version
    )


def asks_in_writing(family: Family, who: str) -> Any:
    return of_child(
        person_requests.file_person_request,
        kind=person_requests.ACCESS,
        provider=person_requests.TOWN,
        text="Une copie, s’il vous plaît.",
    )(family, who)


def reads_what_another_asked(family: Family, who: str) -> Any:
    another = "other home" if who == "same home" else "same home"
    asked = asks_in_writing(family, another).person_request_id
    method, subject = person_requests.read_my_request, family.people[who]
    return family.town.ask(method, subject=subject, person_request_id=asked)


def looks_at_drafts(family: Family, who: str) -> Any:
    return family.town.ask(
        drafts.waiting_registrations, caller="front_desk", subject=family.people[who]
    )


ASKED: dict[str, Callable[[Family, str], Any]] = {
    "the child's name": named,
    "the child's school": schooled,
    "whom to call": section("contacts"),
    "who may collect the child": section("pickup"),
    "the diet": section("diet"),
    "the health sheet": section("health"),
    "a ruling on hand-over": section("custody"),
    "what each service holds": of_child(contracts.who_knows),
    "who read what": of_child(contracts.who_read),
    "the child's course": of_child(activity_history_requests.history),
    "what the dossier lacks": of_child(contracts.completeness),
    "may tell a change": tells,
    "may attach a service": of_child(contracts.open_link, provider="agg"),
    "may ask in writing about the child's data": asks_in_writing,
    "what another guardian asked in writing": reads_what_another_asked,
    "own home's address": address(other=False),
    "the address of the child's other home": address(other=True),
    "own home's quotient and bills": money(other=False),
    "quotient and bills of the child's other home": money(other=True),
    "the central desk's drafts": looks_at_drafts,
}


@pytest.mark.parametrize("who", WHO)
def test_each_guardian_sees_what_the_table_says_and_nothing_else(family: Family, who: str) -> None:
    assert table().keys() == ASKED.keys()
    write.sent_registration(family.town)

    seen = {}
    for what, asked in ASKED.items():
        try:
            asked(family, who)
            seen[what] = "yes"
        except (NotFound, PermissionError):
            seen[what] = "–"

    assert seen == {what: cells[WHO.index(who)] for what, cells in table().items()}


def test_a_stranger_sees_nothing_of_all_that(family: Family) -> None:
    family.people["stranger"] = new_id()
    family.homes["stranger"] = family.homes["same home"]

    for what, asked in ASKED.items():
        with pytest.raises((NotFound, PermissionError)):
            asked(family, "stranger")
            raise AssertionError(what)
