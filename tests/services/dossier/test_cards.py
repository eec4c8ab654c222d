"""The guardian's card: what the portal is told of a guardian's children, whenever it changes."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select, update

from services.dossier.data_protection.retention import commands as retention
from services.dossier.models import Guardian, GuardianCard, Guardianship
from services.dossier.sharing.guardian_cards.commands import cards_as_published
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from tests.factories import dossier as make
from tests.factories.dossier import Town


@pytest.fixture
def claire(town: Town) -> str:
    """Give a guardian whose daughter Manon is at both providers, nothing told yet."""
    one = make.guardian()
    schooling = {"school": "École Jules-Ferry", "grade": "CE1"}
    manon = make.child([one], sections={"schooling": schooling})
    ids = town.arrives(make.household(manon, guardians=[one]))
    return str(ids.guardians[one["reference"]])


def shown(town: Town, subject: str) -> SimpleNamespace:
    return SimpleNamespace(**vars(town.ask(contracts.my_children, subject=subject)))


def only(town: Town) -> SimpleNamespace:
    (card,) = town.cards()
    return card


def test_a_household_that_arrives_is_told_to_the_portal_as_its_guardian_is_shown_it(
    town: Town, claire: str
) -> None:
    card, answer = only(town), shown(town, claire)

    assert (card.subject, card.version) == (claire, 1)
    assert card.children == answer.children
    assert card.households == answer.households
    (manon,) = card.children
    assert (manon["school"], manon["providers"]) == ("École Jules-Ferry", ["agg", "ens"])


def test_a_card_carries_no_health_and_no_diet(town: Town, claire: str) -> None:
    child_id = only(town).children[0]["id"]

    town.tells(claire, child_id, "health", make.health("arachide"))
    town.tells(claire, child_id, "diet", make.diet("vegetarian"))

    told = town.cards()
    assert [card.version for card in told] == [2, 3]
    assert "arachide" not in str(told) and "vegetarian" not in str(told)
    assert told[-1].children[0]["missing"] == shown(town, claire).children[0]["missing"]


def test_a_section_told_again_changes_no_card(town: Town, claire: str) -> None:
    child_id = only(town).children[0]["id"]
    town.tells(claire, child_id, "diet", make.diet("vegetarian"))
    town.cards()

    town.tells(claire, child_id, "diet", make.diet("no_pork"), base=1)

    assert town.cards() == []


@pytest.mark.both_databases
def test_whatever_is_told_how_often_ever_the_card_is_as_it_would_be_made_anew(
    town: Town, claire: str
) -> None:
    child_id = only(town).children[0]["id"]
    told = {
        "diet": [make.diet("vegetarian"), make.diet("no_pork")],
        "health": [make.health("arachide"), make.health()],
        "contacts": [make.contacts("Mamie"), make.contacts("Papi")],
        "pickup": [{"people": [{"name": "Mamie", "relation": "aïeule"}]}, {"people": []}],
    }
    for section, contents in told.items():
        for base, content in enumerate(contents):
            town.tells(claire, child_id, section, content, base=base)
            with store.read() as read:
                present = cards_as_published(read, current_policy(), [claire], Instant.now())
            assert present.keys() == {claire}, (section, base)

    assert town.cards()[-1].children[0]["missing"] == ["swimming"]


def test_a_link_that_opens_or_closes_is_on_the_card(town: Town, claire: str) -> None:
    asked = {"subject": claire, "child_id": only(town).children[0]["id"], "provider": "agg"}

    town.ask(contracts.close_link, **asked)
    assert only(town).children[0]["providers"] == ["ens"]
    town.ask(contracts.open_link, **asked)
    assert only(town).children[0]["providers"] == ["agg", "ens"]
    town.ask(contracts.open_link, **asked)
    assert town.cards() == []


def test_both_parents_are_told_and_each_of_the_own_children(town: Town) -> None:
    mother, father = make.guardian(), make.guardian("Karim Lefèvre")
    shared, hers = make.child([mother, father]), make.child([mother])

    ids = town.arrives(make.household(shared, hers, guardians=[mother, father]))

    counts = {card.subject: len(card.children) for card in town.cards()}
    assert counts == {
        ids.guardians[mother["reference"]]: 2,
        ids.guardians[father["reference"]]: 1,
    }


def test_guardians_who_came_before_cards_are_told_by_and_by(town: Town, claire: str) -> None:
    one = make.guardian("Sans Enfant")
    town.arrives(make.household(guardians=[one]))
    town.cards()
    with store.write() as write:
        write.execute(delete(GuardianCard))

    town.service.publish_missing_cards()
    told = town.cards()
    town.service.publish_missing_cards()

    assert sorted(len(card.children) for card in told) == [0, 1]
    assert town.cards() == []


@pytest.mark.both_databases
def test_what_two_write_at_once_stands_on_the_last_card(town: Town) -> None:
    one = make.guardian()
    children = [make.child([one], links=[]) for _ in range(6)]
    ids = town.arrives(make.household(*children, guardians=[one]))
    (guardian_id,) = ids.guardians.values()
    town.cards()
    start = threading.Barrier(len(children))

    def link(child_id: str) -> None:
        start.wait()
        town.ask(contracts.open_link, subject=guardian_id, child_id=child_id, provider="ens")

    threads = [threading.Thread(target=link, args=(each,)) for each in ids.children.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    told = sorted(town.cards(), key=lambda card: card.version)
    assert [card.version for card in told] == list(range(2, 8))
    for number, card in enumerate(told, start=1):
        assert sum(child["providers"] == ["ens"] for child in card.children) == number


def test_the_last_card_of_a_child_that_was_erased_is_without_it(town: Town, claire: str) -> None:
    child_id = only(town).children[0]["id"]
    for provider in ("ens", "agg"):
        town.ask(contracts.close_link, subject=claire, child_id=child_id, provider=provider)
    town.cards()

    with store.write() as write:
        much_later = Instant(now() + timedelta(days=2000), today() + timedelta(days=2000))
        retention.erase_due_sections(write, store.register, [child_id], much_later)

    card = only(town)
    assert (card.subject, card.children, card.households) == (claire, [], [])
    with store.read() as read:
        assert read.scalars(select(Guardian)).all() == []
        assert read.scalars(select(GuardianCard)).all() == []


def test_a_name_that_an_import_corrects_is_on_the_card(town: Town) -> None:
    one = make.guardian()
    payload = make.household(make.child([one]), guardians=[one])
    town.arrives(payload)
    town.cards()

    payload["children"][0]["sections"]["identity"] = make.identity("Manon-Lou")
    town.arrives(payload)

    assert only(town).children[0]["first_name"] == "Manon-Lou"


def test_who_reads_the_database_does_not_read_a_card_from_its_digest(
    town: Town, claire: str
) -> None:
    with store.read() as read:
        (row,) = read.scalars(select(GuardianCard))

    assert (row.guardian_id, row.version, len(row.digest)) == (claire, 1, 64)


def test_who_answers_for_no_child_of_a_home_any_more_has_that_home_on_no_card(town: Town) -> None:
    """By the homes on a card the portal shows bills: a former guardian reads none of them."""
    mother, father = make.guardian("Mère"), make.guardian("Père")
    child = make.child([mother, father])
    ids = town.arrives(make.household(child, guardians=[mother, father]))
    hers, his = (ids.guardians[each["reference"]] for each in (mother, father))
    ended = {"valid_from": today() - timedelta(days=9), "valid_to": today() - timedelta(days=1)}
    with store.write() as write:
        write.execute(update(Guardianship).where(Guardianship.guardian_id == his).values(**ended))

    assert shown(town, his).households == []
    assert shown(town, hers).households == [ids.household_id]
