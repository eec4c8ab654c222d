"""
After a move to a hidden address the other household sees no commune, school or date (test 5, R9).

Manon lives with her mother, who moves away and is protected, and with her father, who has authority
and is to find on his screens what he found before, and no sign of what came since.
"""

import base64
from datetime import date, timedelta
from typing import Any

import pytest

from services.dossier.households.queries.guardianships import children_born_on
from services.dossier.overview.queries.guardian_view import who_read
from services.dossier.store import store
from shared.contracts.dossier import activity_history_requests, corrections, front_desk
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import departures
from shared.contracts.dossier.families import safeguarding as protection
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.enrolment import attendance
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.sections.consents import ACTS
from shared.dates.clock import midnight, now, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.dossiers.protected_home import SCHOOL, Family, family, moves_away

__all__ = ["family"]


def test_the_father_reads_the_same_before_and_after_and_the_mother_sees_it_all(
    family: Family,
) -> None:
    before = family.ask(family.father, contracts.who_knows)
    (card,) = family.town.ask(contracts.my_children, subject=family.father).children
    assert (card["school"], card["providers"]) == (SCHOOL, ["agg"])

    moves_away(family)

    after = family.ask(family.father, contracts.who_knows)
    assert after.links == before.links
    held = [(each["projection"], each["provider"], each["sent_at"]) for each in after.holdings]
    assert held == [
        (each["projection"], each["provider"], each["sent_at"]) for each in before.holdings
    ]
    (card,) = family.town.ask(contracts.my_children, subject=family.father).children
    assert (card["school"], card["providers"]) == ("", ["agg"])
    (hers,) = family.town.ask(contracts.my_children, subject=family.mother).children
    assert (hers["school"], hers["providers"]) == (SCHOOL, ["ens"])


def test_no_commune_school_service_or_date_is_in_anything_that_he_can_read(
    family: Family,
) -> None:
    moved = now()
    moves_away(family)

    seen = family.everything(family.father)

    assert [word for word in (SCHOOL, "Villecachée", "'ens'") if word in seen] == []
    assert [
        moment
        for method in (contracts.who_knows, contracts.who_read)
        for moment in moments(family.ask(family.father, method))
        if moment >= moved
    ] == []
    with pytest.raises(NotFound):
        family.town.ask(contracts.my_household, subject=family.father, household_id=family.home)


def test_a_school_to_come_is_told_to_her_and_her_service_and_nowhere_to_him(
    family: Family,
) -> None:
    moves_away(family)
    shown_before = family.everything(family.father)
    family.town.sent()

    family.town.at_desk(
        corrections.correct_schooling,
        child_id=family.child,
        base_version=1,
        school="École cachée",
        grade="CE1",
        class_name="",
        paper="school_certificate",
        paper_date=today(),
        reason=corrections.CHANGE,
        holds_from=today() + timedelta(days=20),
    )

    hers = family.ask(family.mother, contracts.read_section, section="schooling")
    assert hers.later["content"]["school"] == "École cachée"
    assert {each.provider for each in family.town.sent()} == {"ens"}
    assert family.everything(family.father) == shown_before


def test_what_she_keeps_and_allows_since_shows_nowhere_at_his(family: Family) -> None:
    act = ACTS["outing"]
    family.ask(family.father, papers.say_consent, act="outing", given=True, version=act.version)
    moves_away(family)

    def at_his() -> str:
        methods = (papers.child_papers, papers.child_consents, contracts.completeness)
        own = [family.ask(family.father, method) for method in methods]
        whole = [
            family.ask(family.father, contracts.read_section, section=section)
            for section in ("papers", "consents")
        ]
        return family.everything(family.father) + str([own, whole])

    before = at_his()
    family.ask(
        family.mother,
        papers.keep_paper,
        paper_id=new_id(),
        kind="vaccinations",
        valid_until=None,
        part=0,
        parts=1,
        content=base64.b64encode(b"%PDF-1.7").decode(),
    )
    family.ask(family.mother, papers.say_consent, act="outing", given=False, version=act.version)

    assert at_his() == before
    hers = family.ask(family.mother, papers.child_consents).consents
    assert {each["act"]: each["state"] for each in hers}["outing"] == "refused"


def test_what_a_service_of_hers_finds_on_his_paper_is_not_told_to_him(family: Family) -> None:
    """The school of the other town looks at an insurance that he kept before."""
    paper = new_id()
    kept = {"paper_id": paper, "kind": "insurance", "valid_until": today() + timedelta(days=99)}
    content = base64.b64encode(b"%PDF-1.7").decode()
    family.ask(family.father, papers.keep_paper, **kept, part=0, parts=1, content=content)
    before = family.ask(family.father, papers.child_papers)
    moves_away(family)

    family.town.ask(
        papers.decide_paper,
        caller="enrolment_ens",
        child_id=family.child,
        paper_id=paper,
        projection="insurance",
        role="school_desk",
        reader=new_id(),
        accepted=False,
        reason="unreadable",
    )

    assert family.ask(family.father, papers.child_papers) == before
    (hers,) = family.ask(family.mother, papers.child_papers).papers
    assert (hers["state"], hers["decided_by"]) == ("refused", "ens")


def test_that_a_service_reads_of_a_paper_that_she_kept_is_in_none_of_his_lines(
    family: Family,
) -> None:
    family.town.at_desk(protection.protect_household, household_id=family.home, **make.paper())
    before = family.ask(family.father, contracts.who_read)
    kept = {"paper_id": new_id(), "kind": "insurance", "valid_until": today() + timedelta(days=99)}
    content = base64.b64encode(b"%PDF-1.7").decode()
    family.ask(family.mother, papers.keep_paper, **kept, part=0, parts=1, content=content)

    family.town.read(family.child, provider="agg", projection="insurance_date", role="lead")

    assert family.ask(family.father, contracts.who_read) == before
    (line,) = family.ask(family.mother, contracts.who_read).reads
    assert line["projection"] == "insurance_date"


def moments(answer: Any) -> list[Any]:
    """Return every moment that an answer holds."""
    rows = [row for several in vars(answer).values() for row in several]
    return [value for row in rows for value in row.values() if hasattr(value, "hour")]


def test_what_another_guardian_changed_has_no_date_for_him(family: Family) -> None:
    moves_away(family)
    family.town.tells(family.mother, family.child, "diet", make.diet())

    section = family.ask(family.father, contracts.read_section, section="diet")
    assert (section.version, section.changed_at, section.changed_by) == (1, None, "guardian")
    mine = family.ask(family.mother, contracts.read_section, section="diet")
    assert mine.changed_at is not None


def test_a_protected_child_is_in_no_proposal_of_a_child_that_could_be_the_same(
    family: Family,
) -> None:
    with store.read() as read:
        assert [child for child, _ in children_born_on(read, birth_date())] == [family.child]

    moves_away(family)

    with store.read() as read:
        assert children_born_on(read, birth_date()) == []


def birth_date() -> date:
    """Return the child's birth date."""
    return date.fromisoformat(make.identity()["birth_date"])


def test_providers_are_told_whose_days_hide_and_families_not_that_something_left(
    family: Family,
) -> None:
    family.town.sent()
    family.town.at_desk(protection.protect_household, household_id=family.home, **make.paper())

    (sent,) = family.town.sent()
    assert (sent.projection, sent.content["protected"]) == ("family", [family.home])


def test_when_the_protection_ends_everything_is_shown_again(family: Family) -> None:
    moves_away(family)
    family.town.at_desk(protection.lift_protection, household_id=family.home)

    (card,) = family.town.ask(contracts.my_children, subject=family.father).children
    assert (card["school"], card["providers"]) == (SCHOOL, ["ens"])
    with pytest.raises(NotFound):
        family.town.at_desk(protection.lift_protection, household_id=family.home)


def test_he_reads_no_month_and_no_activity_of_a_known_service_since(family: Family) -> None:
    """The same service runs the canteen of the new school, and says how often the child ate."""
    before = today().replace(day=1) - timedelta(days=1)
    counts(family, before, "Judo")
    moves_away(family)
    counts(family, today(), "Judo")
    counts(family, today(), "Judo de l’École cachée", activity="judo_elsewhere")

    def read(who: str) -> list[tuple[str, list[str]]]:
        lines = family.ask(who, activity_history_requests.history).lines
        return sorted((line["label"], sorted(line["months"])) for line in lines)

    months = sorted([f"{before:%Y-%m}", f"{today():%Y-%m}"])
    hers = {label: each for label, each in read(family.mother)}
    assert read(family.father) == [("Judo", months[:1])]
    assert "Judo de l’École cachée" in hers and months[1] in str(hers)


def counts(family: Family, day: date, label: str, activity: str = "judo") -> None:
    """Let the sports club say how often the child came in a month of one school year."""
    family.town.hear(
        attendance.activity_counted,
        source="enrolment_agg",
        child_id=family.child,
        activity=activity,
        label=label,
        school_year="2026-2027",
        month=f"{day:%Y-%m}",
        times=4,
        version=1,
    )


def leaves_by(family: Family, who: str, home: str) -> dict[str, Any]:
    """Return what a guardian's page of departures says of the child."""
    asked = {"subject": who, "household_id": home}
    (row,) = family.town.ask(departures.departure_of, **asked).children
    return dict(row)


def says_to_leave(family: Family, who: str, home: str) -> None:
    family.town.ask(
        departures.announce_departure,
        subject=who,
        household_id=home,
        children=[family.child],
        last_day=today() + timedelta(days=7),
    )


def test_a_departure_of_the_fathers_home_tells_him_of_no_other_and_takes_no_day_from_hers(
    family: Family,
) -> None:
    (his,) = family.town.ask(contracts.my_children, subject=family.father).households
    moves_away(family)
    family.town.sent()

    says_to_leave(family, family.father, his)

    day = today() + timedelta(days=7)
    noted = {"child_id": family.child, "stays": False, "leaves_after": day}
    assert leaves_by(family, family.father, his) == noted
    assert family.town.sent() == []
    assert leaves_by(family, family.mother, family.home)["leaves_after"] is None
    with pytest.raises(BadRequest):
        says_to_leave(family, family.mother, family.home)  # to her the other home is known
    children = family.town.ask(contracts.my_children, subject=family.mother).children
    assert [child.get("leaves_after") for child in children] == [None]


def services_of_mother(family: Family) -> list[str]:
    (child,) = family.town.ask(contracts.my_children, subject=family.mother).children
    return list(child["providers"])


def test_the_father_ends_no_service_that_came_since_and_learns_of_none(family: Family) -> None:
    moves_away(family)

    with pytest.raises(NotFound):
        family.ask(family.father, contracts.close_link, provider="ens")

    assert services_of_mother(family) == ["ens"]


def test_a_service_that_began_anew_since_is_ended_by_the_mother_alone(family: Family) -> None:
    moves_away(family)
    family.ask(family.mother, contracts.open_link, provider="agg")

    answer = family.ask(family.father, contracts.close_link, provider="agg")

    assert not answer.waits
    assert services_of_mother(family) == ["agg", "ens"]


def read_on(family: Family, guardian: str, day: date) -> list[Any]:
    """Return what a guardian reads on a day of who read the child's file."""
    with store.read() as read:
        return list(who_read(read, family.child, guardian, Instant(midnight(day), day)))


def test_that_the_desk_opened_her_home_on_the_day_of_its_protection_is_in_none_of_his_lines(
    family: Family,
) -> None:
    tomorrow = today() + timedelta(days=1)
    family.town.at_desk(front_desk.open_dossier, household_id=family.home)
    family.town.at_desk(protection.open_guarded, household_id=family.home)
    assert family.ask(family.father, contracts.who_read).reads == []

    family.town.at_desk(protection.protect_household, household_id=family.home, **make.paper())
    family.town.at_desk(protection.open_guarded, household_id=family.home)

    assert family.ask(family.father, contracts.who_read).reads == []
    assert read_on(family, family.father, tomorrow) == []
    hers = family.ask(family.mother, contracts.who_read).reads
    assert {(line["purpose"], line["times"]) for line in hers} == {
        ("guarding", 2),
        ("at_front_desk", 1),
    }


def test_what_the_desk_read_is_shown_on_the_next_day_and_never_that_a_guarded_page_was_opened(
    family: Family,
) -> None:
    family.town.at_desk(front_desk.open_dossier, household_id=family.home)
    family.town.at_desk(protection.open_guarded, household_id=family.home)

    for guardian in (family.mother, family.father):
        assert read_on(family, guardian, today()) == []
        (line,) = read_on(family, guardian, today() + timedelta(days=1))
        assert (line["purpose"], line["times"]) == ("at_front_desk", 1)


def test_of_the_day_of_a_protection_he_reads_nothing_even_once_it_is_lifted(
    family: Family,
) -> None:
    family.town.at_desk(front_desk.open_dossier, household_id=family.home)
    family.town.at_desk(protection.protect_household, household_id=family.home, **make.paper())
    family.town.at_desk(protection.lift_protection, household_id=family.home)
    tomorrow = today() + timedelta(days=1)

    assert read_on(family, family.father, tomorrow) == []
    (hers,) = read_on(family, family.mother, tomorrow)
    assert hers["purpose"] == "at_front_desk"


def test_two_of_one_home_read_at_once_what_the_desk_read(
    town: Town, claire: str, manon: str
) -> None:
    home = town.ask(contracts.my_children, subject=claire).households[0]
    town.at_desk(front_desk.open_dossier, household_id=home)
    town.at_desk(protection.open_guarded, household_id=home)

    (line,) = town.ask(contracts.who_read, subject=claire, child_id=manon).reads

    assert line["purpose"] == "at_front_desk"
