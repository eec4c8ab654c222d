"""An adult to whom a child is not handed over, entered at the front desk from a paper (rule R7)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.dossier.models import ReadLog
from services.dossier.store import store
from shared.contracts.dossier import activity_history_requests
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import safeguarding as rulings
from shared.contracts.errors import BadRequest, NotFound, Outdated
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town, of
from tests.factories.travelling import pages

MARC = "Marc Rude"


@pytest.fixture
def marc(town: Town) -> str:
    """Give a father who answers for his child alone."""
    one = make.guardian(MARC)
    ids = town.arrives(make.household(make.child([one]), guardians=[one]))
    for each in town.sent():
        town.held(each.provider, each, seen_by="lead")
    town.cards()
    return str(ids.guardians[one["reference"]])


@pytest.fixture
def child_id(town: Town, marc: str) -> str:
    return str(town.ask(contracts.my_children, subject=marc).children[0]["id"])


@pytest.fixture
def lead(town: Town) -> str:
    """Give an agent who may protect."""
    return town.has_desk_agent("desk_lead")


def enters(town: Town, agent: str, child_id: str, **more: Any) -> int:
    usual = {"base_version": 0, "name": MARC, "valid_from": today(), "valid_to": None}
    asked = {**usual, **make.paper(), **more}
    return int(town.at_desk(rulings.bar_adult, subject=agent, child_id=child_id, **asked).version)


def lifts(town: Town, agent: str, child_id: str, last_day: date, version: int) -> None:
    asked = {"child_id": child_id, "base_version": version, "number": 0, "last_day": last_day}
    town.at_desk(rulings.lift_ruling, subject=agent, **asked, **make.paper())


def opened(town: Town, agent: str, child_id: str) -> Any:
    return town.at_desk(rulings.rulings_of, subject=agent, child_id=child_id)


def not_to_hand_over(town: Town) -> dict[str, list[str]]:
    """Return by provider whom the care core names, of what was sent since."""
    return {
        each.provider: each.content["not_to_hand_over"]
        for each in town.sent()
        if each.projection == "care_core"
    }


def test_every_provider_learns_the_name_at_once_and_of_its_end_too(
    town: Town, child_id: str, lead: str
) -> None:
    version = enters(town, lead, child_id)
    assert not_to_hand_over(town) == {"ens": [MARC], "agg": [MARC]}

    lifts(town, lead, child_id, today() - timedelta(days=1), version)
    assert not_to_hand_over(town) == {"ens": [], "agg": []}


def test_only_the_effect_leaves(town: Town, child_id: str, lead: str) -> None:
    enters(town, lead, child_id)

    core = of(town.sent(), "ens")["care_core"].content

    assert "jugement" not in str(core)
    assert lead not in str(core)


def test_the_barred_parents_answers_are_the_same_before_during_and_after(
    town: Town, marc: str, child_id: str, lead: str
) -> None:
    def all_that_he_reads() -> list[Any]:
        asked = {"subject": marc, "child_id": child_id}
        return [
            town.ask(contracts.my_children, subject=marc),
            town.ask(contracts.who_knows, **asked),
            town.ask(contracts.who_read, **asked),
            town.ask(contracts.read_section, **asked, section="custody"),
            town.ask(activity_history_requests.history, **asked),
        ]

    before = all_that_he_reads()
    version = enters(town, lead, child_id)
    for each in town.sent():
        town.held(each.provider, each, seen_by="coach")
    opened(town, lead, child_id)
    during = all_that_he_reads()
    lifts(town, lead, child_id, today(), version)
    after = all_that_he_reads()

    assert before == during == after
    assert town.cards() == []


def test_a_look_at_it_stands_in_the_log_for_the_data_protection_officer_alone(
    town: Town, child_id: str, lead: str
) -> None:
    opened(town, lead, child_id)

    with store.read() as read:
        (line,) = read.query(ReadLog).filter(ReadLog.child_id == child_id)

    assert (line.projection, line.subject, line.role) == ("rulings", lead, "desk_lead")


def test_a_second_agent_sees_the_paper_and_never_the_one_who_entered_it(
    town: Town, child_id: str, lead: str
) -> None:
    colleague = town.has_desk_agent("desk_lead")
    asked = {"child_id": child_id, "base_version": enters(town, lead, child_id), "number": 0}

    with pytest.raises(BadRequest):
        town.at_desk(rulings.second_ruling, subject=lead, **asked)
    town.at_desk(rulings.second_ruling, subject=colleague, **asked)

    (ruling,) = opened(town, lead, child_id).rulings
    assert (ruling["recorded_by"], ruling["seconded_by"]) == (lead, colleague)


def test_what_one_agent_alone_has_seen_is_listed_until_a_second_has_or_it_is_over(
    town: Town, child_id: str, lead: str
) -> None:
    def waiting() -> list[tuple[str, str, str]]:
        found = town.at_desk(rulings.rulings_to_second, subject=lead).found
        return [(each["child_id"], each["first_name"], each["recorded_by"]) for each in found]

    assert waiting() == []
    version = enters(town, lead, child_id)
    enters(town, lead, child_id, base_version=version, name="Une autre personne")
    assert [(child, agent) for child, _, agent in waiting()] == [(child_id, lead)] * 2

    asked = {"child_id": child_id, "base_version": version + 1, "number": 1}
    town.at_desk(rulings.second_ruling, subject=town.has_desk_agent("desk_lead"), **asked)
    assert len(waiting()) == 1
    lifts(town, lead, child_id, today() - timedelta(days=1), version + 2)
    assert waiting() == []


def test_what_waits_for_a_second_agent_is_found_to_its_end_page_by_page(
    town: Town, marc: str, child_id: str, lead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "services.dossier.safeguarding.queries.rulings.LOOKED_AT", 2
    )  # the figure, not the code
    children = [child_id]
    for _ in range(4):
        one = make.guardian()
        ids = town.arrives(make.household(make.child([one]), guardians=[one]))
        children += ids.children.values()
    for each in children:
        enters(town, lead, each)

    found = pages(lambda **asked: town.at_desk(rulings.rulings_to_second, subject=lead, **asked))

    assert len(found) == 3
    waiting = [each["child_id"] for page in found for each in page.found]
    assert sorted(waiting) == sorted(children)


def test_the_list_of_what_waits_is_read_in_no_familys_log(
    town: Town, marc: str, child_id: str, lead: str
) -> None:
    enters(town, lead, child_id)
    town.at_desk(rulings.rulings_to_second, subject=lead)

    with store.read() as read:
        lines = read.query(ReadLog).filter(ReadLog.child_id == child_id).all()
    assert [line.projection for line in lines] == ["rulings"]
    with pytest.raises(PermissionError):
        town.at_desk(rulings.rulings_to_second, subject=town.has_desk_agent("counter"))


def test_what_was_done_stays_readable_when_the_ruling_is_taken_out(
    town: Town, child_id: str, lead: str
) -> None:
    first = today() + timedelta(days=9)
    version = enters(town, lead, child_id, valid_from=first)
    lifts(town, lead, child_id, today(), version)

    page = opened(town, lead, child_id)

    assert page.rulings == []
    assert [(act["act"], act["name"], act["by"]) for act in page.history] == [
        (rulings.TAKEN_OUT, MARC, lead),
        (rulings.ENTERED, MARC, lead),
    ]


def test_an_ending_keeps_its_own_paper(town: Town, child_id: str, lead: str) -> None:
    lifts(town, lead, child_id, today(), enters(town, lead, child_id))

    (ruling,) = opened(town, lead, child_id).rulings

    assert (ruling["valid_to"], ruling["lift_paper"]) == (today(), "jugement")


def test_of_two_agents_at_once_the_second_reads_again(town: Town, child_id: str, lead: str) -> None:
    enters(town, lead, child_id)

    with pytest.raises(Outdated):
        enters(town, lead, child_id, name="Jeanne Rude")


def test_days_in_the_wrong_order_and_a_seventh_adult_are_refused(
    town: Town, child_id: str, lead: str
) -> None:
    with pytest.raises(BadRequest):
        enters(town, lead, child_id, valid_to=today() - timedelta(days=1))
    version = 0
    for number in range(6):
        version = enters(town, lead, child_id, name=f"Adulte {number}", base_version=version)

    with pytest.raises(BadRequest):
        enters(town, lead, child_id, base_version=version)


def test_whoever_may_not_protect_reads_and_enters_none(
    town: Town, marc: str, child_id: str
) -> None:
    for agent in (town.has_desk_agent("counter"), new_id()):
        with pytest.raises(PermissionError):
            opened(town, agent, child_id)
        with pytest.raises(PermissionError):
            enters(town, agent, child_id)
    with pytest.raises(PermissionError):
        town.ask(rulings.rulings_of, caller="front_desk", subject=marc, child_id=child_id)


def test_of_a_child_whom_nobody_knows_there_is_nothing(town: Town, lead: str) -> None:
    with pytest.raises(NotFound):
        opened(town, lead, new_id())
