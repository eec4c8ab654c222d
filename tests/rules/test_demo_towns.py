"""The large town of demonstration: its people are drawn from a seed, and hold the hard cases."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from deploy.demo.invented.attendance import attendance_sheets
from deploy.demo.invented.families import Families
from deploy.demo.invented.offer import Child, Offer, children_of_families
from deploy.demo.invented.schools import schools_of_households
from deploy.demo.invented.tariffs import Tariffs, address_of_line, quotient_of_line
from deploy.demo.journal import choose_demonstration, journal_of_instance
from deploy.demo.towns import DEMO_TOWNS, LARGE, SEED, SMALL, DemoTown, People
from deploy.instance.instance import PROJECT, Instance, InstanceError
from deploy.register.town_file.town import read_town
from services.enrolment.school_year.schools.rules.uai import read_uai
from shared.contracts.enrolment import attendance, tariffs
from shared.contracts.enrolment.places import imports
from shared.contracts.enrolment.school_year.schools import LEVELS, import_schools
from shared.contracts.sections import SECTIONS
from shared.contracts.sections.care.town_diets import USUAL_DIETS

TOWN = DEMO_TOWNS[LARGE]
YEAR = 2026
CASES = {
    "couple_t3", "single_parent_t1", "custody_even", "custody_odd", "outside_commune",
    "no_quotient", "six_on_2_january", "six_on_31_december", "peanut_care_plan",
    "expired_care_plan", "three_providers", "old_debt", "debit_reject", "credit_note",
    "refused_payment", "msa", "placed_child", "homonym_north", "homonym_south", "twins",
    "no_email", "long_name", "barred_adult", "protected_household", "treatment_overnight",
}  # fmt: skip


@pytest.fixture(scope="module")
def people() -> People:
    return TOWN.make_families(SEED, YEAR)


def children_in(families: Families) -> list[Mapping[str, Any]]:
    return [child for household in families.households for child in household["children"]]


def household(people: People, reference: str) -> Mapping[str, Any]:
    return next(each for each in people.families.households if each["reference"] == reference)


def known(people: People) -> list[Child]:
    references = {child["reference"] for child in children_in(people.families)}
    return children_of_families(people.families, {reference: reference for reference in references})


def test_the_same_seed_gives_the_same_families_and_another_one_others(people: People) -> None:
    again, other = TOWN.make_families(SEED, YEAR), TOWN.make_families(SEED + 1, YEAR)

    assert people == again
    assert people.families.accounts != other.families.accounts
    assert len(other.families.households) == len(people.families.households)


def test_nine_hundred_families_have_about_fourteen_hundred_and_fifty_children(
    people: People,
) -> None:
    assert len(people.families.households) == len(people.homes) == 900
    assert 1400 <= len(known(people)) <= 1500


def test_a_smaller_slice_of_the_town_holds_the_same_cases() -> None:
    slice_of = TOWN.make_families(SEED, YEAR, slice_of=120)

    assert len(slice_of.families.households) == 120
    assert slice_of.homes.keys() >= CASES


def test_what_the_drawn_families_tell_fits_the_contracts(people: People) -> None:
    sections = [
        part for child in children_in(people.families) for part in child["sections"].items()
    ]

    assert all(
        SECTIONS[section].check(content, USUAL_DIETS.codes_offered)[1] == {}
        for section, content in sections
    )
    assert {section for section, _ in sections} == {
        "identity", "schooling", "contacts", "pickup", "custody", "diet", "health",
    }  # fmt: skip


def test_nobody_in_the_town_can_be_called_or_written_to(people: People) -> None:
    phones = set(re.findall(r"0[0-9](?: [0-9]{2}){4}", repr(people.families)))
    logins = [account.login for account in people.families.accounts]

    assert all(phone.startswith(("02 61 91 ", "06 39 98 ")) for phone in phones)
    assert all(login.endswith((".example", ".org", ".com", ".net")) for login in logins)
    assert {login.split("@")[1].split(".")[0] for login in logins} == {
        "courriel", "example", "maison", "poste",
    }  # fmt: skip
    assert len(set(logins)) == len(logins)


def test_each_hard_case_is_a_family_of_that_name(people: People) -> None:
    assert people.homes.keys() >= CASES


def test_the_cases_are_what_they_are_called(people: People) -> None:
    def told(reference: str, at: int = 0) -> Mapping[str, Any]:
        return dict(household(people, reference)["children"][at])

    def born(reference: str) -> str:
        return str(told(reference)["sections"]["identity"]["birth_date"])

    assert len(household(people, "single_parent_t1")["children"]) == 3
    assert told("custody_even")["reference"] == told("custody_odd")["reference"]
    assert (told("custody_even")["weeks"], told("custody_odd")["weeks"]) == ("even", "odd")
    assert people.homes["outside_commune"]["insee"] == ""
    assert people.homes["no_quotient"]["quotient"] == ""
    assert people.homes["msa"]["organisme"] == "msa"
    assert (born("six_on_2_january"), born("six_on_31_december")) == ("2021-01-02", "2020-12-31")
    assert (
        told("homonym_north")["sections"]["identity"]
        == told("homonym_south")["sections"]["identity"]
    )
    assert [told("twins", at)["sections"]["identity"]["first_name"][0] for at in (0, 1)] == [
        "M"
    ] * 2
    assert set(told("three_providers")["links"]) == {"ens", "agg", "dsp"}
    assert {each["email"] for each in household(people, "no_email")["guardians"]} == {""}
    plans = [told(f"{kind}_care_plan")["sections"]["health"] for kind in ("peanut", "expired")]
    assert [plan["care_plan"]["valid_until"] for plan in plans] == ["2027-07-05", "2026-07-05"]
    assert told("barred_adult")["sections"]["custody"]["barred"]


def test_a_child_is_told_whole_before_its_second_home_is_sent(people: People) -> None:
    whole, second = people.families.whole_and_second_households()
    told = {child["reference"] for household in whole for child in household["children"]}

    assert len(whole) + len(second) == 900
    assert {"custody_odd", "F007"} <= {household["reference"] for household in second}
    known_only = [
        child["reference"]
        for household in second
        for child in household["children"]
        if "identity" not in child["sections"]
    ]
    assert told.issuperset(known_only)


def test_the_page_of_the_demonstration_names_every_case_and_who_signs_in(people: People) -> None:
    page = (PROJECT / "docs" / "demo-town.md").read_text("utf-8")
    rows = [row.split("|")[1:3] for row in page.splitlines() if row.startswith("| `")]
    named = {case for cases, _ in rows for case in re.findall(r"`([a-z0-9_]{3,})`", cases)}
    written = {login for _, logins in rows for login in re.findall(r"`([a-z.@]+)`", logins)}
    known = {account.login for account in people.families.accounts}

    assert named == CASES
    assert all(login in known or f"{login}@example.org" in known for login in written)


def test_quotients_fill_every_band_and_some_families_say_none(people: People) -> None:
    limits = (40_000, 65_000, 90_000, 120_000, 160_000)
    said = [home["quotient"] for home in people.homes.values()]
    bands = Counter(sum(int(cents) >= limit for limit in limits) for cents in said if cents)

    assert min(bands[band] for band in range(6)) >= 40
    assert 40 <= said.count("") <= 120


def test_every_provider_has_an_offer_prices_and_children(people: People) -> None:
    town = read_town(TOWN.town)
    offer = Offer(town.school_year, datetime(YEAR, 9, 1, tzinfo=UTC), TOWN.offer)
    prices = Tariffs(
        [
            {
                "insee": each.insee,
                "member_from": each.member_from.isoformat(),
                "member_to": each.member_to and each.member_to.isoformat(),
            }
            for each in town.communes
        ],
        TOWN.tariffs,
    )
    children = known(people)

    for provider in (each for each in town.providers if not each.cooks):
        activities = offer.activities(provider.code)
        codes = {activity.code for activity in provider.activities}
        imports.import_offer.load_request(
            imports.import_offer.dump_request({"activities": activities})
        )
        priced = prices.tariff_request_of(provider.code)
        tariffs.import_tariffs.load_request(tariffs.import_tariffs.dump_request(priced))
        assert {each["code"] for each in activities} <= codes
        collected = {code for regie in provider.regies for code in regie.activities}
        assert {each["content"]["activity"] for each in priced.tariffs} == collected
        taken = offer.children_taken_by_group(provider.code, children)
        limits = {g["reference"]: g["places"] for a in activities for g in a["groups"]}
        assert all(0 < len(some) <= limits[group] for group, some in taken.items())


def test_children_come_on_the_days_of_their_pattern_and_never_on_a_day_off(
    people: People,
) -> None:
    offer = Offer("2026-2027", datetime(YEAR, 9, 1, tzinfo=UTC), TOWN.offer)
    children = known(people)

    for provider in offer.providers:
        months = list(
            attendance_sheets(offer, provider, children, date(YEAR, 9, 1), date(YEAR, 12, 1))
        )
        assert date(YEAR, 11, 11) not in {sheet["day"] for sheet in months}
        in_holidays = date(YEAR, 10, 17), date(YEAR, 11, 1)
        for sheet in months:
            free = in_holidays[0] <= sheet["day"] <= in_holidays[1]
            assert free == (offer.term_or_holidays_of_group(provider, sheet["group"]) == "holidays")
            assert {line["outcome"] for line in sheet["lines"]} <= set(attendance.OUTCOMES)
    patterns = Counter(
        tuple(offer.weekdays_of_child_in_group("ens", "canteen-ferry", child)) for child in children
    )
    assert len(patterns) == 4


def test_where_a_household_lives_and_its_quotient_can_be_sent(people: People) -> None:
    for home in people.homes.values():
        assert address_of_line(home)["valid_from"] <= date(YEAR, 9, 1)
        told = quotient_of_line(home, "0198f5a0-0000-7000-8000-000000000001")
        assert told is None or told["cents"] >= 0


def test_twenty_nine_agents_work_in_the_large_town_three_of_them_at_one_site(
    people: People,
) -> None:
    roles = {
        provider.code: {role.code for role in provider.roles} | {"administrator"}
        for provider in read_town(TOWN.town).providers
    }
    working = [agent for agent in TOWN.read_demo_agents() if agent.provider in roles]

    assert len({agent.login for agent in TOWN.read_demo_agents()}) == 29
    assert sum(1 for agent in TOWN.read_demo_agents() if agent.site) == 3
    assert all(set(agent.roles) <= roles[agent.provider] for agent in working)


def sites_by_provider(town: DemoTown) -> dict[str, list[str]]:
    """Return the site of each group, by provider."""
    offer = Offer("2026-2027", datetime(YEAR, 9, 1, tzinfo=UTC), town.offer)
    return {
        provider: [
            group.get("site") or activity["site"]
            for activity in offer.activities(provider)
            for group in activity["groups"]
        ]
        for provider in offer.providers
    }


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_whoever_has_a_right_at_one_site_finds_groups_there(size: str) -> None:
    sites = sites_by_provider(DEMO_TOWNS[size])
    placed = [agent for agent in DEMO_TOWNS[size].read_demo_agents() if agent.site]

    assert placed and all(agent.site in sites[agent.provider] for agent in placed)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_each_group_of_the_school_service_is_at_a_school(size: str) -> None:
    assert {site.split()[0] for site in sites_by_provider(DEMO_TOWNS[size])["ens"]} == {"École"}


# --- Which demonstration an instance holds ---


def test_an_instance_keeps_the_demonstration_that_it_began_with(tmp_path: Any) -> None:
    instance = Instance(tmp_path / "var")
    choose_demonstration(instance, LARGE, 7)

    assert choose_demonstration(instance, LARGE, None).seed == 7
    with pytest.raises(InstanceError, match="large demo of seed 7"):
        choose_demonstration(instance, SMALL, None)
    with pytest.raises(InstanceError, match="make clean"):
        choose_demonstration(instance, LARGE, 8)


def test_what_was_loaded_is_known_when_a_load_goes_on(tmp_path: Any) -> None:
    instance = Instance(tmp_path / "var")
    choose_demonstration(instance, LARGE, 7).note_step_done(
        "families 0", homes={"couple_t3": "one"}
    )
    journal_of_instance(instance).note_step_done("families 20", homes={"msa": "two"})

    found = journal_of_instance(instance)

    assert found.is_step_done("families 0") and found.is_step_done("families 20")
    assert not found.is_step_done("families 40")
    assert found.ids_by_reference("homes") == {"couple_t3": "one", "msa": "two"}


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_every_pupil_of_a_demo_town_is_in_a_class_that_its_school_has(size: str) -> None:
    households = DEMO_TOWNS[size].make_families(SEED, YEAR).families.households

    request = schools_of_households(households, "2026-2027")

    import_schools.load_request(import_schools.dump_request(request))
    known = {
        (school["name"], row["name"]) for school in request.schools for row in school["classes"]
    }
    pupils = [
        child["sections"]["schooling"]
        for household in households
        for child in household["children"]
        if child["sections"].get("schooling", {}).get("grade") in LEVELS
    ]
    assert pupils and {(each["school"], each["class_name"]) for each in pupils} == known
    assert all(read_uai(school["uai"]) for school in request.schools)
