"""Erasure at the end of the retention, and its proof."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from services.dossier.data_protection.retention import commands as retention
from services.dossier.data_protection.retention import queries as retention_queries
from services.dossier.models import (
    Child,
    Guardian,
    Household,
    HouseholdAddress,
    HouseholdGuardian,
    Registration,
    Section,
    SectionErasure,
    SectionHistory,
)
from services.dossier.registrations.commands.registration_steps import erase_registration
from services.dossier.sections.queries import sealed_place_of_section
from services.dossier.store import store, vault
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier import registrations
from shared.contracts.dossier.families import household_adults, safeguarding
from shared.contracts.dossier.sharing import projections
from shared.database import Unreadable
from shared.dates.clock import PARIS, now
from shared.dates.instant import Instant
from tests.factories import dossier as make
from tests.factories.dossier import ENS, Town


def test_nothing_of_a_child_whom_a_provider_has_is_due(town: Town, claire: str, manon: str) -> None:
    town.tells(claire, manon, "health", make.health("arachide"))

    with store.read() as read:
        assert due(read, [manon], days=9_000) == []


def test_who_answers_for_nobody_any_more_is_told_to_identity_and_who_answers_for_another_is_not(
    town: Town, claire: str, left: str
) -> None:
    karim = make.guardian("Karim Bekri")
    other = make.child([karim])
    arrived = town.arrives(make.household(other, guardians=[karim], address=make.address()))

    erase(left, later(days=2_000))

    told = forgotten(town)
    assert told[claire] is False
    assert not told.keys() & set(arrived.guardians.values())


def test_the_account_of_who_lost_a_child_closes_without_a_word(
    town: Town, claire: str, manon: str
) -> None:
    holder = town.has_desk_agent("desk_lead")
    town.at_desk(safeguarding.hold_file, subject=holder, child_id=manon, held_by=holder)

    erase(manon, later(days=2_000))

    assert forgotten(town)[claire] is True


def test_who_asked_for_another_child_keeps_account_and_home_until_the_answer_is_forgotten(
    town: Town,
) -> None:
    claire, *others = make.guardian(), make.guardian("Karim Bekri"), make.guardian("Ana Silva")
    first, *theirs = (make.child([each], links=[]) for each in (claire, *others))
    family = town.arrives(make.household(first, guardians=[claire], address=make.address()))
    beside = [
        town.arrives(make.household(child, guardians=[other]))
        for child, other in zip(theirs, others, strict=True)
    ]
    ends = [home.children[child["reference"]] for home, child in zip(beside, theirs, strict=True)]
    karim, ana = (
        home.guardians[other["reference"]] for home, other in zip(beside, others, strict=True)
    )
    asks, home = family.guardians[claire["reference"]], family.household_id
    town.ask(registrations.open_child_registration, subject=asks, household_id=home)

    erase(family.children[first["reference"]], later(days=2_000))

    assert forgotten(town) == {}
    with store.read() as read:
        assert read.scalars(select(HouseholdGuardian.guardian_id)).all().count(asks) == 1
        assert read.scalars(select(HouseholdAddress.household_id)).all() == [home]
    with store.write() as write:
        refused = {"state": "refused", "content": None, "sent_at": now()}
        write.execute(update(Registration).values(refused))
    erase(ends[0], later(days=2_000))
    assert forgotten(town) == {karim: False}, "she reads there why it was refused"

    with store.write() as write:
        erase_registration(write, write.scalars(select(Registration)).one())
    erase(ends[1], later(days=2_000))
    assert forgotten(town) == {ana: False, asks: True}


def test_a_home_kept_for_a_refused_request_goes_with_it_and_the_account_closes(
    town: Town,
) -> None:
    ana = make.guardian("Ana Silva")
    child = make.child([ana], links=[])
    family = town.arrives(make.household(child, guardians=[ana], address=make.address()))
    asks, home = family.guardians[ana["reference"]], family.household_id
    town.ask(registrations.open_child_registration, subject=asks, household_id=home)
    with store.write() as write:
        refused = {"state": "refused", "content": None, "sent_at": now()}
        write.execute(update(Registration).values(refused))
    erase(family.children[child["reference"]], later(days=2_000))
    assert forgotten(town) == {}

    with store.write() as write:
        write.execute(update(Registration).values(forget_on=now().date() - timedelta(days=2)))
    town.service.forget_registrations()
    town.service.forget_registrations()

    assert forgotten(town) == {asks: True}
    with store.read() as read:
        for table in (Registration, HouseholdAddress, HouseholdGuardian):
            assert read.scalars(select(table)).all() == []
        assert read.get(Household, home) is None


def forgotten(town: Town) -> dict[str, bool]:
    """Return the guardians whose accounts close, and whether without an e-mail."""
    told = (json.loads(each.body) for each in town.taken(household_adults.guardian_forgotten))
    return {each["guardian_id"]: each["quiet"] for each in told}


@pytest.fixture
def left(town: Town, claire: str, manon: str) -> str:
    """Give a child who has left every provider, with a diet and a health sheet told."""
    town.tells(claire, manon, "health", make.health("arachide"))
    town.tells(claire, manon, "diet", make.diet())
    for provider in ("ens", "agg"):
        town.ask(contracts.close_link, subject=claire, child_id=manon, provider=provider)
    town.sent()
    return manon


def erase(child_id: str, when: Instant) -> list[str]:
    with store.write() as write:
        erased = retention.erase_due_sections(write, store.register, [child_id], when)
    retention.shred_keys(erased)
    return [one.section for one in erased.due]


def test_health_goes_the_day_after_with_its_history_and_its_proof(
    town: Town, claire: str, left: str
) -> None:
    assert erase(left, later(days=2)) == ["health"]

    health = town.ask(contracts.read_section, subject=claire, child_id=left, section="health")
    diet = town.ask(contracts.read_section, subject=claire, child_id=left, section="diet")
    assert (health.content, health.changed_by) == ({}, "town")
    assert diet.content["menu"] == "no_pork"
    with store.read() as read:
        history = select(SectionHistory.section).order_by(SectionHistory.section)
        assert read.scalars(history).all() == ["diet", "identity"]
        assert read.scalars(select(SectionErasure.rule)).all() == ["1 day after last_session"]


def test_with_the_identity_the_names_the_adults_and_the_key_are_gone(
    town: Town, claire: str, left: str
) -> None:
    with store.read() as read:
        sealed = read.scalars(select(Section).where(Section.section == "diet")).one().content
    assert sealed is not None
    assert set(erase(left, later(days=2_000))) == {"identity", "diet", "health"}

    with store.read() as read:
        child = read.get(Child, left)
        assert child is not None
        assert (child.first_name, child.last_name, child.birth_date) == (None, None, None)
        assert read.scalar(select(func.count()).select_from(Guardian)) == 0
    with pytest.raises(Unreadable):
        vault.open(left, sealed_place_of_section("diet", 1), sealed)
    assert erase(left, later(days=4_000)) == []


def test_of_a_child_who_died_billing_is_told_that_nobody_decided_once_nothing_of_it_is_kept(
    town: Town, claire: str, manon: str
) -> None:
    holder = town.has_desk_agent("desk_lead")
    town.at_desk(safeguarding.hold_file, subject=holder, child_id=manon, held_by=holder)
    town.taken(safeguarding.file_held)

    erase(manon, later(days=2_000))

    told = {
        row.key.split(".")[1]: json.loads(row.body) for row in town.taken(safeguarding.file_held)
    }
    assert told.keys() == {"billing", "enrolment_agg", "enrolment_ens"}
    assert [(each["held"], each["households"], each["version"]) for each in told.values()] == [
        (False, [], 2)
    ] * 3
    lapsed = {principal: each["lapsed"] for principal, each in told.items()}
    assert lapsed == {"billing": True, "enrolment_agg": False, "enrolment_ens": False}
    assert erase(manon, later(days=2_000)) == []
    assert town.taken(safeguarding.file_held) == []


def test_versions_outlive_the_child_so_that_tombstones_can_be_sent_again(
    town: Town, left: str
) -> None:
    erase(left, later(days=2_000))

    _, entries = town.inventory("ens")
    town.ask(
        projections.resend, caller="enrolment_ens", wanted=[(*entry[:2], 0) for entry in entries]
    )

    sent = town.sent()
    assert len(sent) == len(ENS)
    assert all(each.content is None for each in sent)


def test_a_child_who_came_back_meanwhile_is_spared(town: Town, claire: str, left: str) -> None:
    with store.read() as read:
        assert due(read, [left], days=2)
    town.ask(contracts.open_link, subject=claire, child_id=left, provider="agg")

    assert erase(left, later(days=2)) == []


def test_history_is_not_deleted_without_a_proof_of_erasure(town: Town, left: str) -> None:
    for statement in (delete(SectionHistory), update(SectionHistory).values(changed_by="nobody")):
        with pytest.raises(DatabaseError), store.write() as write:
            write.execute(statement)


def test_by_itself_the_dossier_forgets_nothing_before_its_time(
    town: Town, claire: str, left: str
) -> None:
    town.service.erase_expired_data()

    diet = town.ask(contracts.read_section, subject=claire, child_id=left, section="diet")
    assert diet.version == 1


def due(read: Session, children: list[str], **time: Any) -> list[str]:
    """Return those of whom something is to be erased then; they are all that have a name here."""
    assert retention_queries.children_still_named(read, "", 100) == children
    return retention_queries.children_with_section_due(
        read, store.register, later(**time), children
    )


def later(**time: Any) -> Instant:
    moment = now() + timedelta(**time)
    return Instant(moment, moment.astimezone(PARIS).date())
