"""Projections that each provider receives: rules R1, R2, R6 and R7, without a database."""

import random
import re
from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.invented.families import (
    COLUMNS,
    FILE,
    FamiliesRefused,
    families_from_text,
    read_families,
)
from services.dossier.data_protection.retention.rules import (
    EnteredSection,
    Use,
    due_sections,
    erasure_day_of_section,
    last_day_of_rulings,
)
from services.dossier.sections.rules.digests import content_digest
from services.dossier.sections.rules.projections import (
    affected_projections,
    is_projection_filled,
    needed_sections,
    next_day_content_changes,
    prepare_projection,
)
from services.dossier.sharing.rules.projection_messages import (
    MESSAGE_BYTES,
    ProjectionMessage,
    batch_messages,
)
from services.dossier.sharing.rules.projection_targets import Target
from shared.contracts import sections as of_dossier
from shared.contracts.dossier.sharing import inventory_comparison
from shared.contracts.dossier.sharing import projections as contracts
from shared.contracts.every_service.bucket_sums import (
    bucket_of,
    differing_buckets,
    digests_by_bucket,
    sum_rows,
)
from shared.contracts.message import ContractBroken
from shared.contracts.sections.care.health import CARE_TEXT_MOST
from shared.contracts.sections.care.town_diets import USUAL_DIETS
from shared.contracts.sections.papers import KINDS
from shared.dates.retention_periods import day_after, first_day_kept
from shared.register import Section
from shared.register.entitlement import FED_BY, PROJECTIONS, SECTIONS
from shared.runtime.ids import new_id

TODAY = date(2026, 11, 24)


def manon(**more: Any) -> dict[str, Any]:
    identity = {"first_name": "Manon", "last_name": "Lefèvre", "birth_date": "2019-03-02"}
    return {"identity": identity, **more}


def told(section: str, content: dict[str, Any]) -> dict[str, Any]:
    content, mistakes = of_dossier.SECTIONS[section].check(content, USUAL_DIETS.codes_offered)
    assert not mistakes
    return content


HEALTH = told(
    "health",
    {
        "allergies": [{"substance": "arachide", "severity": "severe", "reaction": "gonflement"}],
        "treatments": [{"name": "Ventoline", "dosage": "2 bouffées", "moment": "avant le sport"}],
        "care_plan": {
            "signs": "gêne pour respirer",
            "conduct": "stylo puis appeler le 15",
            "kit": "trousse rouge",
            "valid_until": "2026-07-05",
        },
        "vaccinations_checked": True,
        "remarks": "porte des lunettes",
    },
)
CONTACTS = told(
    "contacts",
    {
        "people": [
            {"name": f"Personne {number}", "relation": "proche", "phone": f"06 39 98 00 0{number}"}
            for number in range(1, 4)
        ]
    },
)
CERTIFICATE = {
    "paper": "pass_nautique",
    "obtained_on": "2026-07-03",
    "issued_by": "Club nautique",
}


def barred(name: str, start: str, end: str | None = None) -> dict[str, Any]:
    paper = {"paper_kind": "ordonnance", "paper_date": "2026-01-05"}
    return {"name": name, **paper, "valid_from": start, "valid_to": end}


def test_the_care_core_carries_two_numbers_in_order_and_what_to_do_and_nothing_more() -> None:
    core = prepare_projection("care_core", manon(health=HEALTH, contacts=CONTACTS), TODAY)

    assert core == {
        "first_name": "Manon",
        "last_name": "Lefèvre",
        "birth_date": "2019-03-02",
        "numbers": [
            {"name": "Personne 1", "phone": "06 39 98 00 01"},
            {"name": "Personne 2", "phone": "06 39 98 00 02"},
        ],
        "not_to_hand_over": [],
        "care_plan": HEALTH["care_plan"],
    }


def test_an_expired_care_plan_stays_in_the_care_core_with_its_date() -> None:
    core = prepare_projection("care_core", manon(health=HEALTH), date(2030, 1, 1))

    assert core["care_plan"]["conduct"] == "stylo puis appeler le 15"
    assert core["care_plan"]["valid_until"] == "2026-07-05"


def test_of_the_allergy_the_care_core_says_nothing_but_what_to_do() -> None:
    core = prepare_projection("care_core", manon(health=HEALTH), TODAY)

    assert "arachide" not in str(core)
    assert "Ventoline" not in str(core)


def test_an_adult_is_barred_from_the_first_to_the_last_day_of_the_ruling() -> None:
    custody = {"barred": [barred("Marc Rude", "2026-11-24", "2026-12-01")]}

    def names(day: date) -> list[str]:
        return prepare_projection("care_core", manon(custody=custody), day)["not_to_hand_over"]

    assert names(date(2026, 11, 23)) == []
    assert names(date(2026, 11, 24)) == ["Marc Rude"]
    assert names(date(2026, 12, 1)) == ["Marc Rude"]
    assert names(date(2026, 12, 2)) == []


def test_of_a_ruling_its_effect_alone_leaves_the_dossier() -> None:
    core = prepare_projection(
        "care_core", manon(custody={"barred": [barred("Marc", "2026-01-06")]}), TODAY
    )

    assert core["not_to_hand_over"] == ["Marc"]
    assert "ordonnance" not in str(core)
    assert "2026-01-05" not in str(core)


def test_a_ruling_that_begins_or_ends_later_says_on_which_day_to_look_again() -> None:
    ruling = barred("Marc", "2026-12-01", "2026-12-31")

    assert next_day_content_changes("custody", {"barred": [ruling]}, TODAY) == date(2026, 12, 1)
    assert next_day_content_changes("custody", {"barred": [ruling]}, date(2026, 12, 1)) == date(
        2027, 1, 1
    )
    assert next_day_content_changes("custody", {"barred": [ruling]}, date(2027, 1, 1)) is None
    assert (
        next_day_content_changes("custody", {"barred": [barred("Marc", "2026-01-06")]}, TODAY)
        is None
    )
    assert next_day_content_changes("diet", {}, TODAY) is None


def test_each_health_projection_carries_its_own_part() -> None:
    contents = manon(health=HEALTH)

    assert prepare_projection("allergies", contents, TODAY) == {"allergies": HEALTH["allergies"]}
    assert prepare_projection("treatments", contents, TODAY) == {"treatments": HEALTH["treatments"]}
    assert prepare_projection("health_sheet", contents, TODAY) == {
        "allergies": HEALTH["allergies"],
        "treatments": HEALTH["treatments"],
        "remarks": "porte des lunettes",
        "vaccinations_checked": True,
    }


def test_diet_pickup_and_schooling_are_passed_on_as_told() -> None:
    contents = manon(
        diet=told("diet", {"menu": "no_pork", "without": ["egg"]}),
        pickup=told("pickup", {"people": [{"name": "Mamie Jeanne", "relation": "grand-mère"}]}),
        schooling=told("schooling", {"school": "Jules-Ferry", "grade": "CE1"}),
    )

    assert prepare_projection("diet", contents, TODAY) == {"menu": "no_pork", "without": ["egg"]}
    assert prepare_projection("pickup", contents, TODAY) == {
        "people": [{"name": "Mamie Jeanne", "relation": "grand-mère", "phone": ""}]
    }
    assert prepare_projection("schooling", contents, TODAY) == {
        "school": "Jules-Ferry",
        "grade": "CE1",
        "class_name": "",
    }


def test_a_swimming_certificate_is_passed_on_as_told_and_nothing_told_shows_no_line() -> None:
    certificate = told("swimming", CERTIFICATE)
    show = of_dossier.PROJECTIONS["swimming"].show
    assert show is not None

    assert prepare_projection("swimming", manon(swimming=certificate), TODAY) == CERTIFICATE
    assert len(show(CERTIFICATE)) == 3
    assert show(prepare_projection("swimming", manon(), TODAY)) == []


FAMILY = {
    "guardians": [{"subject": "claire", "household": "home"}],
    "weeks": {"even": "home", "odd": "other home", "changes_on": 5},
}


def test_a_provider_learns_by_ids_which_guardian_may_act_and_whose_week_it_is() -> None:
    assert prepare_projection("family", manon(family=FAMILY), TODAY) == FAMILY
    assert is_projection_filled("family", FAMILY)


@pytest.mark.parametrize("projection", [one for one in PROJECTIONS if one != "care_core"])
def test_where_nothing_was_told_the_projection_is_whole_empty_and_not_filled(
    projection: str,
) -> None:
    content = prepare_projection(projection, manon(), TODAY)

    assert not any(content.values())
    assert not is_projection_filled(projection, content)


def test_a_standard_diet_was_told_and_an_empty_list_of_allergies_was_not() -> None:
    contents = manon(diet=told("diet", {"menu": "standard"}), health=told("health", {}))

    assert is_projection_filled("diet", prepare_projection("diet", contents, TODAY))
    assert not is_projection_filled("allergies", prepare_projection("allergies", contents, TODAY))
    assert is_projection_filled("care_core", prepare_projection("care_core", contents, TODAY))


def kept(kind: str, **more: Any) -> dict[str, Any]:
    """Return a paper that an agent has checked."""
    usual = {"id": kind, "kind": kind, "valid_until": None, "kept_on": "2026-09-01"}
    return {**usual, "kept_by": "claire", "state": "accepted", "decided_by": "ens"} | more


WORD = {"act": "outing", "by": "claire", "given": True, "on": "2026-09-01", "version": "2026-11"}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_affects_exactly_the_projections_that_are_computed_from_it(section: str) -> None:
    everything = manon(
        contacts=CONTACTS,
        family=FAMILY,
        custody={"barred": [barred("Marc", "2026-01-06")]},
        pickup=told("pickup", {"people": [{"name": "Mamie", "relation": "grand-mère"}]}),
        schooling=told("schooling", {"school": "Jules-Ferry", "grade": "CE1"}),
        diet=told("diet", {"menu": "vegetarian"}),
        health=HEALTH,
        swimming=told("swimming", CERTIFICATE),
        papers=told("papers", {"papers": [kept(kind) for kind in KINDS]}),
        consents=told("consents", {"words": [WORD]}),
    )
    without = {name: content for name, content in everything.items() if name != section}
    if section == "identity":
        without["identity"] = dict.fromkeys(("first_name", "last_name", "birth_date"), "")

    changed = {
        projection
        for projection in PROJECTIONS
        if prepare_projection(projection, everything, TODAY)
        != prepare_projection(projection, without, TODAY)
    }

    assert set(affected_projections(section)) == changed


def test_needed_sections_are_those_of_the_register_of_rights() -> None:
    assert needed_sections(["diet", "pickup"]) == {"diet", "pickup"}
    assert needed_sections(["care_core"]) == set(FED_BY["care_core"])


def test_the_longest_care_core_leaves_room_for_a_hundred_children_in_one_event() -> None:
    letters = [_letter(number, "é" * CARE_TEXT_MOST) for number in range(250)]

    sizes = [len(batch) for batch in batch_messages(letters)]

    assert max(sizes) <= contracts.RESYNC_BATCH
    assert sum(sizes) == 250


def test_heavy_projections_travel_in_smaller_events() -> None:
    events = list(batch_messages([_letter(number, "é" * 3_000) for number in range(100)]))

    sizes = [
        sum(len(each.item()["content"]["text"].encode()) for each in event) for event in events
    ]
    assert len(events) > 1
    assert all(size <= MESSAGE_BYTES for size in sizes)


def _letter(number: int, text: str) -> ProjectionMessage:
    return ProjectionMessage(Target(f"{number:036}", "ens", "care_core"), 1, {"text": text})


def test_a_digest_says_that_something_changed_and_not_what() -> None:
    diet = {"menu": "no_pork", "without": []}

    one = content_digest(b"key", "child", "diet", diet)

    assert one == content_digest(b"key", "child", "diet", dict(reversed(list(diet.items()))))
    assert one != content_digest(b"key", "child", "diet", {**diet, "menu": "standard"})
    assert one != content_digest(b"key", "twin", "diet", diet)
    assert one != content_digest(b"other key", "child", "diet", diet)


ENTRIES = st.lists(
    st.tuples(st.uuids().map(str), st.sampled_from(PROJECTIONS), st.integers(1, 9)),
    unique_by=lambda entry: entry[:2],
)


@given(ENTRIES, st.randoms())
def test_both_sides_digest_alike_in_whatever_order_they_read(
    entries: list[inventory_comparison.Entry], chance: random.Random
) -> None:
    shuffled = list(entries)
    chance.shuffle(shuffled)

    assert digests_by_bucket(sum_rows(shuffled)) == digests_by_bucket(sum_rows(entries))


@given(ENTRIES.filter(len), st.data())
def test_another_version_makes_another_digest_and_is_what_differs(
    entries: list[inventory_comparison.Entry], data: st.DataObject
) -> None:
    child, projection, version = data.draw(st.sampled_from(entries))
    held = {(one, other): number for one, other, number in entries}

    newer = [*entries, (child, projection, version + 1)]
    newer.remove((child, projection, version))

    digests = digests_by_bucket(sum_rows(newer)), digests_by_bucket(sum_rows(entries))
    assert differing_buckets(*digests) == [bucket_of(child)]
    assert inventory_comparison.differing_entries(held, newer) == {(child, projection): version}


def rule(section: str, retention: str, reference: str) -> Section:
    return Section(section, "", "", "", retention, reference)


RULES = {
    "identity": rule("identity", "3 years", "end_of_last_link"),
    "diet": rule("diet", "1 month", "end_of_school_year"),
    "health": rule("health", "1 day", "last_session"),
    "custody": rule("custody", "1 month", "end_of_measure"),
}
LEFT = Use(linked=False, ended=date(2026, 3, 10))


def test_nothing_of_a_child_whom_a_provider_has_is_ever_due() -> None:
    everything = [EnteredSection(section, date(2010, 1, 1)) for section in RULES]

    due = due_sections("child", everything, Use(linked=True, ended=None), RULES, date(2040, 1, 1))

    assert due == []


def test_retention_runs_from_the_date_that_the_register_names() -> None:
    assert erasure_day_of_section(
        EnteredSection("health", date(2025, 9, 1)), LEFT, RULES["health"]
    ) == date(2026, 3, 11)
    assert erasure_day_of_section(
        EnteredSection("diet", date(2025, 9, 1)), LEFT, RULES["diet"]
    ) == date(2026, 9, 30)
    assert erasure_day_of_section(
        EnteredSection("identity", date(2025, 9, 1)), LEFT, RULES["identity"]
    ) == date(2029, 3, 10)


def test_what_was_told_after_the_last_link_is_kept_as_long_from_then() -> None:
    late = EnteredSection("health", date(2026, 5, 1))

    assert erasure_day_of_section(late, LEFT, RULES["health"]) == date(2026, 5, 2)


def test_an_ended_ruling_is_let_go_even_while_a_provider_has_the_child() -> None:
    ended = last_day_of_rulings({"barred": [barred("Marc", "2026-01-06", "2026-02-01")]})
    open_ended = last_day_of_rulings({"barred": [barred("Marc", "2026-01-06")]})
    here = Use(linked=True, ended=None)

    assert erasure_day_of_section(
        EnteredSection("custody", TODAY, ended), here, RULES["custody"]
    ) == date(2026, 3, 1)
    assert (
        erasure_day_of_section(EnteredSection("custody", TODAY, open_ended), here, RULES["custody"])
        is None
    )


def test_who_the_child_is_goes_last() -> None:
    short = {**RULES, "identity": rule("identity", "1 day", "end_of_last_link")}
    whole = [EnteredSection("identity", date(2025, 9, 1)), EnteredSection("diet", date(2025, 9, 1))]

    early = due_sections("child", whole, LEFT, short, date(2026, 6, 1))
    late = due_sections("child", whole, LEFT, short, date(2026, 10, 1))

    assert early == []
    assert [one.section for one in late] == ["identity", "diet"]


def test_lengths_of_time_end_on_days_that_exist() -> None:
    assert day_after(date(2026, 1, 31), "1 month") == date(2026, 2, 28)
    assert day_after(date(2024, 2, 29), "1 year") == date(2025, 2, 28)
    assert day_after(date(2026, 12, 15), "36 months") == date(2029, 12, 15)
    assert day_after(date(2026, 12, 15), "30 days") == date(2027, 1, 14)


@pytest.mark.parametrize(
    ("today", "length", "first"),
    [
        (date(2026, 12, 3), "4 years", date(2022, 9, 1)),
        (date(2027, 8, 30), "4 years", date(2022, 9, 1)),
        (date(2027, 8, 31), "4 years", date(2023, 9, 1)),
        (date(2026, 9, 1), "1 year", date(2025, 9, 1)),
        (date(2026, 12, 3), "18 months", date(2024, 9, 1)),
        (date(2026, 12, 3), "30 days", date(2026, 9, 1)),
    ],
)
def test_a_school_year_is_kept_whole_until_so_long_after_its_end(
    today: date, length: str, first: date
) -> None:
    assert first_day_kept(today, length) == first


# --- The families of the demonstration ---


def test_the_invented_families_fit_the_contracts_and_hold_the_hard_cases() -> None:
    told = read_families()
    children = [child for household in told.households for child in household["children"]]
    sections = [part for child in children for part in child["sections"].items()]
    named = [child["sections"]["identity"] for child in children if child["sections"]]
    born = Counter((one["first_name"], one["last_name"], one["birth_date"]) for one in named)
    initials = Counter((one["first_name"][0], one["last_name"], one["birth_date"]) for one in named)
    adults = [guardian for household in told.households for guardian in household["guardians"]]

    assert len(told.households) == 60
    assert all(
        of_dossier.SECTIONS[section].check(content, USUAL_DIETS.codes_offered)[1] == {}
        for section, content in sections
    )
    assert {len(child["links"]) for child in children if child["sections"]} == {0, 1, 2}
    assert len(children) > len({child["reference"] for child in children})
    assert max(born.values()) == 2
    assert max(initials.values()) == 2
    assert max(len(one["name"]) for one in adults) == 60
    assert max(len(one["first_name"]) for one in named) == 60
    assert any("’" in one["last_name"] and "-" not in one["last_name"] for one in named)


def test_the_invented_families_cannot_be_called_or_written_to() -> None:
    text = FILE.read_text(encoding="utf-8")
    phones = re.findall(r"0[0-9](?: [0-9]{2}){4}", text)

    assert len(phones) > 100
    assert all(phone.startswith(("02 61 91 ", "06 39 98 ")) for phone in phones)
    assert set(re.findall(r"@([a-z.]+)", text)) == {"example.com", "example.net", "example.org"}


def test_of_two_guardians_one_may_have_no_account() -> None:
    told = read_families()
    emails = [one["email"] for household in told.households for one in household["guardians"]]

    assert "" in emails
    assert len({account.login for account in told.accounts}) == len(told.accounts)
    assert len(told.accounts) == len([email for email in emails if email])


def test_an_expired_care_plan_is_among_the_invented_families() -> None:
    plans = [
        child["sections"]["health"]["care_plan"]
        for household in read_families().households
        for child in household["children"]
        if "health" in child["sections"]
    ]
    ends = [date.fromisoformat(plan["valid_until"]) for plan in plans if plan]

    assert min(ends) < TODAY < max(ends)


@pytest.mark.parametrize(
    ("mistake", "reason"),
    [
        ("foyer;enfant\n", "line 1: the columns are"),
        (";".join(COLUMNS) + "\nF1;Une Mère\n", "line 2: 2 columns, not 25"),
    ],
)
def test_a_file_of_families_with_a_mistake_is_refused_with_its_line(
    mistake: str, reason: str
) -> None:
    with pytest.raises(FamiliesRefused, match=reason):
        families_from_text(mistake)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param("diet 0198f5a3-0000-7000-8000-000000000001", id="no version"),
        pytest.param("meals 0198f5a3-0000-7000-8000-000000000001 1", id="no projection"),
        pytest.param("diet 0198F5A3-0000-7000-8000-000000000001 1", id="no id of ours"),
        pytest.param("diet 0198f5a3-0000-7000-8000-000000000001 1\n\n", id="an empty line"),
        pytest.param("\n".join([f"diet {new_id()} 1"] * 2_001), id="more than a page"),
    ],
)
def test_lines_of_an_inventory_are_those_of_entries(lines: str) -> None:
    with pytest.raises(ContractBroken):
        contracts.inventory.load_answer({"lines": lines, "next": ""})

    sent = {"lines": f"diet {new_id()} 7\nfamily {new_id()} 12", "next": ""}
    assert contracts.inventory.load_answer(sent).lines == sent["lines"]
