"""
Every route of a desk and of the front desk, and everybody who must find nothing there (goal A14).

The routes come from the applications' own maps: one that is added is in the matrix, and fails it
until it is said whose page it is (whose_pages.py).
"""

from dataclasses import replace

import pytest

from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.journeys.databases import found, one
from tests.journeys.demo_families import Family, family
from tests.journeys.route_map import Route, routes_of
from tests.journeys.strangers import SHUT, Visitor, leaks, signed_in_at, state_of, words
from tests.journeys.town import DemoTown
from tests.journeys.whose_pages import (
    ANYBODY,
    AT_FRONT_DESK,
    OWN_DOORS,
    WHOSE,
    whose,
)

AGENTS = {
    "sophie.bernard": {"roll_call", "children"},
    "karim.haddad": {
        *("roll_call", "applications", "day", "bookings", "children", "conversations"),
    },
    "claire.aubry": {"administrator"},
    "odile.marchand": {"regie"},
}
"""Agents of the school service, and what each of them may do there."""


@pytest.fixture(scope="module")
def desk_routes(town: DemoTown) -> list[Route]:
    """Give every route of a desk that is not everybody's."""
    return [
        route
        for route in routes_of(town.applied, "enrolment_ens")
        if route.blueprint and not route.endpoint.startswith(OWN_DOORS)
    ]


@pytest.fixture(scope="module")
def at_the_desk(town: DemoTown) -> dict[str, str]:
    """Give what stands for the variable parts of a desk's addresses."""
    home = family(town, "F006", "Jade")

    def of(query: str, *more: str) -> str:
        return one(town, "enrolment_ens", query, *more)

    child = home.values["child_id"]
    values = {
        "child_id": child,
        "household_id": home.values["household_id"],
        "invoice_id": home.values["invoice_id"],
        "payment_id": home.values["payment_id"],
        "run_id": one(town, "billing", "SELECT id FROM billing_run WHERE provider = 'ens'"),
        "activity_id": of("SELECT id FROM activity WHERE code = 'canteen'"),
        "group_id": of("SELECT group_id FROM place WHERE child_id = ?", child),
        "application_id": home.values["application_id"],
        "place_id": of("SELECT id FROM place WHERE child_id = ? AND weekdays <> ''", child),
        "session_id": of("SELECT session_id FROM booking WHERE child_id = ?", child),
        "target_id": of("SELECT session_id FROM booking WHERE child_id = ?", child),
        "subject": of("SELECT subject FROM subject_right LIMIT 1"),
        "month": "2026-09",
        "year": "2026-2027",
        "first": "2026-10-17",
        "last": "2026-11-01",
        "kind": "closed",
        "projection": "care_core",
        "code": "canteen",
        "language": "en",
        "school_id": of("SELECT id FROM school WHERE name = ?", "École Jules-Ferry"),
        "class_id": of("SELECT id FROM school_class LIMIT 1"),
        "line": "2",
        "number": "1",
    }
    missing = (
        *("director_id", "moves_id", "request_id", "enrolment_id", "waiver_id", "change_id"),
        *("dispute_id", "slip_id", "tablet_id", "unknown_id", "away_id", "thread_id"),
        *("attachment_id", "relay_id", "campaign_id", "lot_id", "return_id", "row_id", "offer"),
        *("closure_id", "paper_id", "certificate_id", "refund_id", "plan_id"),
    )
    return values | {name: new_id() for name in missing}


def test_every_part_of_a_desk_says_whose_it_is(desk_routes: list[Route]) -> None:
    unsaid = {r.blueprint for r in desk_routes if not r.blueprint.startswith("regie_")} - set(WHOSE)

    assert unsaid == set()
    assert len(desk_routes) > 90


def test_an_agent_without_the_right_finds_no_such_page_and_one_with_it_does(
    town: DemoTown, desk_routes: list[Route], at_the_desk: dict[str, str]
) -> None:
    before = state_of(town, ("enrolment_ens", "billing"), set(at_the_desk.values()))
    wrong, opened = [], set()
    for login, acts in AGENTS.items():
        agent = signed_in_at(town, "ens", login)
        for route in desk_routes:
            wanted = whose(route)
            if wanted == ANYBODY or (wanted & acts and route.method != "GET"):
                continue
            answer = agent.goes(route, at_the_desk)
            if wanted & acts:
                opened |= {route.rule} if answer.status_code == 200 else set()
            elif answer.status_code not in (401, 403, 404):
                wrong.append(f"{login} {route.method} {route.rule}: {answer.status_code}")

    assert wrong == []
    assert len(opened) > 30, sorted(opened)
    assert state_of(town, ("enrolment_ens", "billing"), set(at_the_desk.values())) == before


def test_nobody_and_the_agents_of_another_provider_find_nothing_at_this_desk(
    town: DemoTown, desk_routes: list[Route], at_the_desk: dict[str, str]
) -> None:
    before = state_of(town, ("enrolment_ens", "billing"), set(at_the_desk.values()))
    nobody = Visitor("nobody", town.desk("ens"))
    nobody.takes_token("/connexion")
    other = Visitor("malik.perrin", town.desk("ens"), nobody.http, nobody.token)
    cookies = signed_in_at(town, "agg", "malik.perrin").http.cookies
    for name, value in cookies.items():
        other.http.cookies.set(name, value)
        other.http.cookies.set(name.replace("enrolment_agg", "enrolment_ens"), value)

    wrong = [
        f"{visitor.name} {route.method} {route.rule}: {answer.status_code}"
        for visitor in (nobody, other)
        for route in desk_routes
        if (answer := visitor.goes(route, at_the_desk)).status_code not in SHUT
        and whose(route) != ANYBODY
    ]

    assert wrong == []
    assert state_of(town, ("enrolment_ens", "billing"), set(at_the_desk.values())) == before


def test_at_its_own_desk_another_provider_finds_nothing_of_this_ones_families(
    town: DemoTown, desk_routes: list[Route], at_the_desk: dict[str, str]
) -> None:
    """Nolan Besson-Roux is at both; his sister Jade is at the school service alone."""
    malik = signed_in_at(town, "agg", "malik.perrin")

    wrong = [
        f"{route.method} {route.rule}: {answer.status_code}"
        for route in desk_routes
        if route.method == "GET"
        and whose(route) != {"regie"}
        and "Jade" in words(answer := malik.goes(route, at_the_desk))
    ]

    assert wrong == []


OTHER_SITE = {"roll_call", "applications", "day", "bookings", "children", "conversations"}
"""Acts that Yasmine Chérif has at the pool, whose site is not the dojo's."""


@pytest.fixture(scope="module")
def at_the_dojo(town: DemoTown) -> Family:
    """Give a child who does judo, of a family without a swimmer, and what stands for its ids."""
    swims = (
        "SELECT c.last_name FROM child_card c JOIN {} p ON p.child_id = c.child_id"
        " JOIN activity_group g ON g.id = p.group_id JOIN activity a ON a.id = g.activity_id"
        " WHERE a.code = 'swimming_school'"
    )
    ((child, first_name, last_name, place, group, activity),) = found(
        town,
        "enrolment_agg",
        "SELECT c.child_id, c.first_name, c.last_name, p.id, g.id, a.id"
        " FROM child_card c JOIN place p ON p.child_id = c.child_id"
        " JOIN activity_group g ON g.id = p.group_id JOIN activity a ON a.id = g.activity_id"
        f" WHERE a.code = 'judo' AND c.last_name NOT IN ({swims.format('place')})"
        f" AND c.last_name NOT IN ({swims.format('application')}) ORDER BY c.child_id LIMIT 1",
    )

    def of(query: str, *more: str) -> str:
        return one(town, "enrolment_agg", query, *more)

    session = "SELECT id FROM session WHERE group_id = ? AND day <= ? ORDER BY day DESC LIMIT 1"
    values = {
        "child_id": child,
        "place_id": place,
        "group_id": group,
        "activity_id": activity,
        "session_id": of(session, group, today().isoformat()),
        "target_id": of(session, group, today().isoformat()),
        "application_id": of("SELECT id FROM application WHERE child_id = ?", child),
        "thread_id": of("SELECT thread_id FROM thread_child WHERE child_id = ?", child),
        "projection": "care_core",
        "kind": "soins",
        "language": "en",
        "year": "2026-2027",
        "line": "2",
        "number": "1",
    }
    named = (f"{first_name} {last_name}", f"{last_name} {first_name}")
    return Family(values, (*named, "Judo 6-8 ans", "Judo 9-12 ans"))


def test_an_agent_of_the_same_provider_at_another_site_finds_nothing_of_this_one(
    town: DemoTown, desk_routes: list[Route], at_the_dojo: Family
) -> None:
    before = state_of(town, ("enrolment_agg",), at_the_dojo.ids)
    yasmine = signed_in_at(town, "agg", "yasmine.cherif")
    malik = signed_in_at(town, "agg", "malik.perrin")  # leads the whole provider
    values = {part: new_id() for route in desk_routes for part in route.arguments}
    victim = replace(at_the_dojo, values=values | at_the_dojo.values)
    theirs = [
        route
        for route in desk_routes
        if whose(route) & OTHER_SITE or (whose(route) == ANYBODY and route.method == "GET")
    ]

    assert list(leaks(yasmine, theirs, victim)) == []
    assert state_of(town, ("enrolment_agg",), at_the_dojo.ids) == before
    pages = [route for route in theirs if route.method == "GET"]
    seen = {leak.split()[2].rstrip(":") for leak in leaks(malik, pages, victim)}
    assert len(seen) > 8, sorted(seen)


@pytest.fixture(scope="module")
def counter_routes(town: DemoTown) -> list[Route]:
    """Give every route of the front desk but those by which one signs in."""
    return [
        route
        for route in routes_of(town.applied, "front_desk")
        if route.blueprint and not route.endpoint.startswith((*OWN_DOORS, "languages."))
    ]


def test_every_part_of_the_front_desk_says_whose_it_is(counter_routes: list[Route]) -> None:
    assert {route.blueprint for route in counter_routes} - AT_FRONT_DESK.keys() == set()
    assert len(counter_routes) > 15


def test_nobody_and_no_agent_of_a_provider_or_without_the_right_finds_a_dossier_at_the_counter(
    town: DemoTown, counter_routes: list[Route], besson: Family
) -> None:
    named = (
        "registration_id", "subject", "guardian_id", "carer_id", "correction_id", "lot", "offer",
        "separation_id", "kept_id", "other_id", "join_id", "barrier_id", "question_id",
        "breach_id", "request_id",
    )  # fmt: skip
    unknown = {name: new_id() for name in named}
    values = {**besson.values, **unknown, "number": "0", "line": "1", "slug": "ecole"}
    before = state_of(town, ("dossier", "identity"), besson.ids)
    nobody = Visitor("nobody", town.desk("front_desk"))
    nobody.takes_token("/connexion")
    karim = Visitor("karim.haddad", town.desk("front_desk"), nobody.http, nobody.token)
    for name, value in signed_in_at(town, "ens", "karim.haddad").http.cookies.items():
        karim.http.cookies.set(name.replace("enrolment_ens", "front_desk"), value)
    omar = signed_in_at(town, "front_desk", "omar.delcourt")
    may = {"check_dossiers", "correct", "join", "administrator"}

    wrong = [
        f"{visitor.name} {route.method} {route.rule}: {answer.status_code}"
        for visitor, acts in ((nobody, set()), (karim, set()), (omar, may))
        for route in counter_routes
        if (wanted := AT_FRONT_DESK[route.blueprint]) != ANYBODY and not wanted & acts
        if (answer := visitor.goes(route, values)).status_code not in SHUT
        or any(secret in words(answer) for secret in besson.secrets)
    ]

    assert wrong == []
    assert state_of(town, ("dossier", "identity"), besson.ids) == before
