"""Rights at places: words of the office, which identity keeps apart and passes on."""

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DatabaseError

from services.identity.models import DatedRight
from services.identity.store import store
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.identity import agents, rights_awaiting_holder
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import identity as make
from tests.factories.identity import DAY, ENS, Person, Town
from tests.factories.refusals import refused

NORTH, SOUTH = "site:Jules-Ferry", "site:Pasteur"


def places(town: Town, subject: str, token: str) -> dict[str, list[str]]:
    """Return, by role, where an agent of the schools holds it, as its administrator reads."""
    listed = town.ask(agents.list_agents, caller=ENS, token=token).agents
    (row,) = (agent for agent in listed if agent["subject"] == subject)
    held: dict[str, list[str]] = {}
    for right in row["rights"]:
        held.setdefault(right["role"], []).append(right["place"])
    return {role: sorted(here) for role, here in held.items()}


def test_a_right_at_two_places_is_a_right_at_each_and_travels_with_its_place(
    town: Town, samir: Person, claire: Person
) -> None:
    token = town.signs_in(claire, ENS).token

    town.grants(token, role="lead", places=[SOUTH, NORTH, SOUTH])

    assert places(town, samir.subject, token) == {"kitchen": [""], "lead": [NORTH, SOUTH]}
    event = dict(town.published())[ENS]
    published = sorted((right["role"], right["place"]) for right in event.rights)
    assert published == [("kitchen", ""), ("lead", NORTH), ("lead", SOUTH)]


def test_the_same_role_may_run_at_two_places_at_once_and_not_twice_at_one(
    town: Town, samir: Person, claire: Person
) -> None:
    token = town.signs_in(claire, ENS).token
    town.grants(token, role="lead", places=[NORTH], valid_to=today() + 5 * DAY)

    town.grants(token, role="lead", places=[SOUTH], valid_to=today() + 9 * DAY)
    again = refused(
        lambda: town.grants(
            token, role="lead", places=[SOUTH, NORTH], valid_from=today() + 5 * DAY
        ),
        BadRequest,
    )

    assert again.detail["errors"].keys() == {"valid_from"}
    assert places(town, samir.subject, token)["lead"] == [NORTH, SOUTH]


def test_the_database_itself_refuses_the_same_role_twice_at_one_place(
    town: Town, samir: Person
) -> None:
    def stores(place: str) -> None:
        row = {"id": new_id(), "subject": samir.subject, "provider": "ens", "role": "kitchen"}
        row |= {"place": place, "valid_from": today(), "active": True, "granted_at": now()}
        with store.write() as write:
            write.execute(insert(DatedRight), [row])

    stores(NORTH)
    stores(SOUTH)

    with pytest.raises(DatabaseError):
        stores(NORTH)


def test_a_right_withdrawn_at_one_place_stays_at_the_other(
    town: Town, samir: Person, claire: Person
) -> None:
    token = town.signs_in(claire, ENS).token
    town.grants(token, role="lead", places=[NORTH, SOUTH])

    withdrawn = {"subject": samir.subject, "role": "lead", "place": NORTH}
    town.ask(agents.withdraw_right, caller=ENS, token=token, **withdrawn)

    assert places(town, samir.subject, token)["lead"] == [SOUTH]
    refused(lambda: town.withdraws(token, samir.subject, "lead"), NotFound)


def test_who_decides_for_the_whole_office_holds_that_at_no_single_place(
    town: Town, samir: Person, claire: Person
) -> None:
    token = town.signs_in(claire, ENS).token

    for role in ("administrator", "treasurer", "director"):
        refusal = refused(lambda: town.grants(token, role=role, places=[NORTH]), BadRequest)  # noqa: B023
        assert refusal.detail["errors"].keys() == {"places"}
        offered = refused(
            lambda: town.grants(token, login="new.one", role=role, places=[NORTH]),  # noqa: B023
            BadRequest,
        )
        assert offered.detail["errors"].keys() == {"places"}


def test_an_offer_says_its_places_and_begins_at_them(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token

    offered = town.grants(token, role="lead", places=[NORTH, SOUTH])

    waiting = town.ask(rights_awaiting_holder.list_right_offers, caller=ENS, token=token).offers
    assert [right["place"] for right in waiting[0]["rights"]] == [NORTH, SOUTH]
    arrived = town.arrives("samir.benali", offered.code)
    assert places(town, arrived.subject, token) == {"lead": [NORTH, SOUTH]}


def test_a_ready_account_may_begin_at_a_place(town: Town, claire: Person) -> None:
    newcomer = make.agent("lea.martin", ("ens", "kitchen"))
    account = newcomer.account()
    account["rights"] = [{"provider": "ens", "role": "kitchen", "place": NORTH}]
    town.ask(make.accounts.open_accounts, caller="ops", accounts=[account])

    token = town.signs_in(claire, ENS).token
    assert places(town, newcomer.subject, token) == {"kitchen": [NORTH]}
