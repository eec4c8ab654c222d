"""Erasure that a person asked for, before its period ends: what goes, what stays and why."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.dossier.activity_history.commands import history
from services.dossier.models import ReadLog, SectionErasure, SectionHistory
from services.dossier.store import store
from shared.contracts.dossier import activity_history_requests, guardians
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.enrolment.sharing import food_on_occasion
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.sections.consents import ACTS
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.request_erasures import (
    asks,
    erases,
    is_known,
    leaves,
    letter,
    office,
    parts,
    sees,
    told,
)

__all__ = ["office", "told"]


def test_what_services_must_have_stays_and_the_office_reads_why(
    town: Town, claire: str, told: str, office: str
) -> None:
    request_id = asks(town, claire, told)

    [child] = sees(town, office, request_id)

    found = {part["part"]: (part["kept"], part["providers"]) for part in child["parts"]}
    assert found["identity"] == ("accounts", [])
    assert found["diet"] == ("needed", ["ens"])
    with pytest.raises(BadRequest) as refused:
        erases(town, office, request_id, told, "health", "diet")
    assert refused.value.detail["errors"]["diet"] == ["needed"]
    with store.read() as read:
        assert read.scalars(select(SectionErasure.section)).all() == []


def test_of_a_child_who_left_the_versions_go_with_a_proof_and_the_name_stays(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    request_id = asks(town, claire, told)
    assert parts(town, office, request_id) == {"identity": "accounts", "diet": "", "health": ""}

    assert erases(town, office, request_id, told, "diet") == ["diet"]

    diet = town.ask(guardians.read_section, subject=claire, child_id=told, section="diet")
    assert (diet.content, diet.changed_by) == ({}, "town")
    with store.read() as read:
        kept = select(SectionHistory.section).distinct().order_by(SectionHistory.section)
        assert read.scalars(kept).all() == ["health", "identity"]
        [proof] = read.scalars(select(SectionErasure)).all()
        assert (proof.section, proof.rule) == ("diet", "asked by a person")
        lines = select(ReadLog.subject).where(ReadLog.projection == "person_request")
        assert set(read.scalars(lines)) == {office}
    assert parts(town, office, request_id) == {"identity": "accounts", "health": ""}


def test_erased_twice_is_erased_once(town: Town, claire: str, told: str, office: str) -> None:
    leaves(town, claire, told, "ens", "agg")
    request_id = asks(town, claire, told)

    assert erases(town, office, request_id, told, "diet", "health") == ["diet", "health"]
    assert erases(town, office, request_id, told, "diet", "health") == []

    found = town.ask(person_requests.read_my_request, subject=claire, person_request_id=request_id)
    acts = [(act["act"], act["text"]) for act in found.acts]
    assert acts == [("filed", ""), ("erased", "diet health\nManon Lefèvre")]


def test_a_past_version_goes_too_where_the_family_emptied_the_section_itself(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    town.tells(claire, told, "health", make.health(), base=1)
    request_id = asks(town, claire, told)

    assert erases(town, office, request_id, told, "health") == ["health"]

    with store.read() as read:
        kept = select(SectionHistory.version).where(SectionHistory.section == "health")
        assert read.scalars(kept).all() == []


def test_a_service_loses_by_an_event_what_it_had_beyond_its_need(
    town: Town, claire: str, manon: str, office: str, register_file: Path
) -> None:
    """« agg » has who may collect because it may, and must not (rule R2)."""
    make.register(register_file, more=[("agg", "pickup")])
    town.tells(claire, manon, "pickup", {"people": [{"name": "Mamie", "relation": "aïeule"}]})
    leaves(town, claire, manon, "ens")
    request_id = asks(town, claire, manon)
    [child] = sees(town, office, request_id)
    assert [
        (part["kept"], part["providers"]) for part in child["parts"] if part["part"] == "pickup"
    ] == [("", ["agg"])]

    erases(town, office, request_id, manon, "pickup")

    [sent] = town.sent()
    assert (sent.provider, sent.projection) == ("agg", "pickup")


def test_what_parents_allowed_stays_as_a_proof_until_the_service_has_the_child_no_more(
    town: Town, claire: str, manon: str, office: str
) -> None:
    """Withdrawn too: who took the child on the outing has to prove it (art. 7(1), 17(3)(e))."""
    said = {"act": "outing", "version": ACTS["outing"].version}
    town.ask(papers.say_consent, subject=claire, child_id=manon, given=True, **said)
    town.ask(papers.say_consent, subject=claire, child_id=manon, given=False, **said)
    leaves(town, claire, manon, "ens")
    request_id = asks(town, claire, manon)
    assert parts(town, office, request_id)["consents"] == "needed"
    with pytest.raises(BadRequest):
        erases(town, office, request_id, manon, "consents")

    leaves(town, claire, manon, "agg")

    assert erases(town, office, request_id, manon, "consents") == ["consents"]


@pytest.mark.parametrize("days", [1, 10], ids=["it_has_it", "it_will_have_it"])
def test_an_allergy_stays_while_the_child_is_booked_at_a_session_with_food(
    town: Town, claire: str, told: str, office: str, register_file: Path, days: int
) -> None:
    """The service has it from three days before: erased sooner, it would be told of none (R3)."""
    make.register(register_file, on_occasion=[("agg", "diet"), ("agg", "allergies")])
    leaves(town, claire, told, "ens")
    booked = {"session_id": new_id(), "version": 1, "child_ids": [told]}
    town.hear(
        food_on_occasion.food_announced,
        source="enrolment_agg",
        day=today() + timedelta(days=days),
        **booked,
    )
    request_id = asks(town, claire, told)

    [child] = sees(town, office, request_id)

    found = {part["part"]: (part["kept"], part["providers"]) for part in child["parts"]}
    assert found["health"] == found["diet"] == ("needed", ["agg"])


def test_the_counts_of_a_course_go_at_the_office_too(
    town: Town, claire: str, told: str, office: str
) -> None:
    line = {"provider": "ens", "activity": "cantine", "school_year": "2025-2026"}
    lines = [{**line, "label": "Cantine", "months": {"2026-01": 4}}]
    with store.write() as write:
        history.store_imported_months(write, told, lines)
    request_id = asks(town, claire, told)

    assert erases(town, office, request_id, told, "course") == ["course"]

    answer = town.ask(activity_history_requests.history, subject=claire, child_id=told)
    assert answer.lines == []


def test_a_child_of_others_and_a_request_of_another_kind_are_about_nothing(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    other = asks(town, claire, told, kind="access")
    assert sees(town, office, other) == []
    with pytest.raises(NotFound):
        erases(town, office, other, told, "diet")
    with pytest.raises(NotFound):
        erases(town, office, asks(town, claire, told), new_id(), "diet")


def test_who_asks_for_itself_is_shown_with_every_child_that_it_answers_for(
    town: Town, claire: str, told: str, office: str
) -> None:
    assert [each["child_id"] for each in sees(town, office, asks(town, claire, None))] == [told]


def test_a_letter_erases_once_it_is_known_who_wrote_it(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    request_id = letter(town, office)
    assert sees(town, office, request_id) == []

    is_known(town, office, request_id, "Claire Lefèvre")

    assert erases(town, office, request_id, told, "diet") == ["diet"]
