"""Rules' test 13 (Conseil d'État, 22 March 2021, n° 429361): why a canteen may refuse a child."""

import json
import re

import pytest
from sqlalchemy import inspect

from services.enrolment.models import Application
from services.enrolment.places.admission.rules.refusals import CAPACITY
from services.enrolment.places.applications.commands import decisions as deciding
from services.enrolment.places.applications.commands.decisions import NotPossible
from services.enrolment.store import store
from shared.contracts.enrolment.places import family_acts
from shared.contracts.enrolment.places.states import REASONS
from shared.dates.clock import now, today
from tests.factories import enrolment as make
from tests.factories import places as family
from tests.factories.enrolment import Desk, Provider
from tests.factories.places import Family

OF_THE_PARENTS = re.compile(
    r"chôm|emploi|travail|dett|impay|arriér|revenu|quotient|situation|debt|income", re.IGNORECASE
)


@pytest.fixture
def desk(ens: Provider) -> Desk:
    """Give its desk with somebody of the school desk signed in."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    return desk


def waiting_at_a_full_canteen(provider: Provider) -> tuple[Family, str]:
    """Return a family that waits for the one place of a canteen, and its application."""
    group = family.a_group(places=1)
    holder, waiting = family.arrived(provider, 2)
    family.asks(holder, group)
    return waiting, family.asks(waiting, group)["application_id"]


def test_a_canteen_refusal_states_the_capacity_reached_at_that_date_and_never_a_parents_situation_or_debt(  # noqa: E501
    ens: Provider, desk: Desk
) -> None:
    one, application_id = waiting_at_a_full_canteen(ens)
    page = f"/demandes/{application_id}"
    reached = {"places": 1, "taken": 1, "day": today().isoformat()}
    offered = re.findall(r'name="reason" value="(\w+)"', desk.client.get(page).text)
    before = desk.sees(page)

    desk.sends(f"{page}/refuser", at=page, reason=CAPACITY)

    # The page: coded reasons alone, none of them the parents', and no field to write in.
    assert offered == ["capacity", "age", "conditions", "no_file", "closed"]
    assert "<textarea" not in desk.client.get(page).text
    assert not OF_THE_PARENTS.search(before)
    assert "1 place prise sur 1, le" in desk.sees(page)
    # The database: the capacity reached at that date, and no column for anything else.
    found = family.application(application_id)
    assert (found.state, found.reason, found.reason_detail) == ("refused", "capacity", reached)
    columns = {column["name"] for column in inspect(store.engine).get_columns("application")}
    assert columns == set(Application.__table__.columns.keys())
    assert not {name for name in columns if OF_THE_PARENTS.search(name)}
    # The notice.
    notice = ens.published("notice")[-1]
    assert (notice["kind"], notice["household_id"]) == ("refused", one.household)
    assert {name: notice["detail"][name] for name in reached} == reached
    assert set(notice["detail"]) == {"activity", "group", "reason", *reached}
    # The card.
    card = [
        event for event in ens.published("family_card") if event["household_id"] == one.household
    ][-1]
    (shown,) = card["children"][0]["applications"]
    assert (shown["reason"], shown["reason_detail"]) == ("capacity", reached)
    assert not OF_THE_PARENTS.search(json.dumps([notice, card]))


def test_no_reason_that_a_contract_knows_is_of_the_parents() -> None:
    assert not [reason for reason in REASONS if OF_THE_PARENTS.search(reason)]
    answer = family_acts.apply.load_answer(
        {
            "application_id": "019ab3c0-0000-7000-8000-000000000001",
            "state": "refused",
            "reason": "capacity",
            "reason_detail": {"places": 1, "taken": 1, "day": "2026-11-24"},
        }
    )
    assert vars(answer).keys() == {
        "application_id",
        "state",
        "rank",
        "answer_until",
        "reason",
        "reason_detail",
    }


def test_a_canteen_with_room_cannot_say_that_it_is_full(ens: Provider, desk: Desk) -> None:
    (newest,) = family.arrived(ens, 1)
    free = family.a_group(places=5, allocation="draw")
    deciding_id = family.asks(newest, free)["application_id"]

    with pytest.raises(NotPossible), store.write() as write:
        deciding.refuse_application(write, deciding_id, CAPACITY, "canteen", now())

    page = f"/demandes/{deciding_id}"
    assert "Toutes les places sont prises" not in desk.sees(page)
    desk.sends(f"{page}/refuser", at=page, reason=CAPACITY)
    assert family.application(deciding_id).state == "deciding"


@pytest.mark.parametrize("reason", ["criteria", "other", "not_guardian", "", "dette"])
def test_a_canteen_refuses_for_no_other_reason(ens: Provider, desk: Desk, reason: str) -> None:
    _, application_id = waiting_at_a_full_canteen(ens)
    page = f"/demandes/{application_id}"

    desk.sends(f"{page}/refuser", at=page, reason=reason)

    assert family.application(application_id).state == "waiting"
