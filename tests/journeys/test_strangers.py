"""
Every route, and everybody who must find nothing there (goal A14).

The routes come from the applications' own maps: one that is added is in the matrix, and fails it
until this page says what stands for its variable parts, or whose page it is.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from shared.contracts.dossier import dossier
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.enrolment.messages import conversations
from shared.dates.clock import today
from shared.register.entitlement import FRONT_DESK_PERMISSIONS
from shared.runtime.ids import new_id
from tests.journeys.bus import guardian, until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import change, found, one
from tests.journeys.people import Agent
from tests.journeys.route_map import Route, routes_of
from tests.journeys.strangers import (
    SHUT,
    Unknown,
    Visitor,
    fill,
    signs_in,
    state_of,
    words,
)
from tests.journeys.town import DemoTown

PORTAL, DESKS = "services.portal_gateway.app", "services.enrolment.desk.app"
STORES = ("dossier", "billing", "portal", "enrolment_ens", "enrolment_agg")

WRITTEN = "Une question du matin"
ASKED = "Une demande que moi seule connais"

OWN_DOORS = ("sign_in.", "activation.", "own_access.end_other_sessions")
"""Signing in, out, elsewhere too, and activating are everybody's: what they do is theirs."""


@dataclass(frozen=True)
class Family:
    """A household of the demonstration, what stands for its ids, and what names it."""

    values: Mapping[str, str]
    secrets: tuple[str, ...]

    @property
    def ids(self) -> set[str]:
        return {value for value in self.values.values() if len(value) == 36}


NOT_IN_THE_DEMO = (
    *("handover_id", "attachment_id", "mandate_id", "paper_id", "renewal_id"),
    *("passkey_id", "person_request_id", "registration_id", "access_id"),
    *("request_id", "enrolment_id", "waiver_id"),
)


def family(town: DemoTown, reference: str, first_name: str, *secrets: str) -> Family:
    """Find a household of the demo and one of its children in the services' own databases."""
    home = one(town, "dossier", "SELECT id FROM household WHERE reference = ?", reference)
    child = one(
        town,
        "dossier",
        "SELECT c.id FROM child c JOIN child_household h ON h.child_id = c.id"
        " WHERE h.household_id = ? AND c.first_name = ?",
        home,
        first_name,
    )
    bill = "SELECT {} FROM invoice WHERE household_id = ? ORDER BY id LIMIT 1"
    place = "SELECT {} FROM place WHERE child_id = ?"
    values = {
        "household_id": home,
        "child_id": child,
        "child": child,
        "enfant": child,
        "invoice_id": one(town, "billing", bill.format("id"), home),
        "payment_id": one(town, "billing", "SELECT id FROM payment WHERE household_id = ?", home),
        "certificate_id": new_id(),
        "order_id": new_id(),
        "place_id": one(town, "enrolment_ens", place.format("id"), child),
        "application_id": one(town, "enrolment_ens", place.format("application_id"), child),
        "session": one(
            town, "enrolment_ens", "SELECT session_id FROM booking WHERE child_id = ?", child
        ),
        "activity_id": one(town, "enrolment_ens", "SELECT id FROM activity WHERE code = 'canteen'"),
        "provider": "ens",
        "code": "ens",
        "line": "1",
        "thread_id": one(
            town, "enrolment_ens", "SELECT thread_id FROM thread_child WHERE child_id = ?", child
        ),
        "slug": "sante",
        "language": "en",
        "reference": "2026-0000",
        "key": "no-key",
        "token": "no-token",
        "secret": "no-secret",
        "channel": "push",
        "drawing": "icone-192.png",
        "postcode": "28990",
        **{name: new_id() for name in NOT_IN_THE_DEMO},
    }
    number = one(town, "billing", bill.format("number"), home)
    return Family(values, (*secrets, f"{number[:4]}-ENS-{number[-6:]}"))  # as a page says it


@pytest.fixture(scope="module")
def besson(town: DemoTown) -> Family:
    """Give the mother's home of Jade, who has another one; she has written, and asked alone."""
    with guardian(town, "aurelie.besson@example.org") as ask:
        (jade,) = [c for c in ask(dossier.my_children).children if c["first_name"] == "Jade"]
        ask(
            conversations.start_thread,
            to="enrolment_ens",
            kind="question",
            title=WRITTEN,
            child_ids=[jade["id"]],
            body=WRITTEN,
            name="Aurélie Besson",
        )
        asked = ask(
            person_requests.file_person_request,
            kind=person_requests.ACCESS,
            provider=person_requests.TOWN,
            child_id=jade["id"],
            text=ASKED,
        )
    home = family(town, "F006", "Jade", WRITTEN, ASKED, "46 rue de la Rivière", "06 39 98 35 92")
    return replace(home, values={**home.values, "person_request_id": asked.person_request_id})


@pytest.fixture(scope="module")
def routes(town: DemoTown) -> list[Route]:
    """Give every route of the portal."""
    return [
        route
        for route in routes_of(town, "portal", PORTAL)
        if not route.endpoint.startswith(OWN_DOORS)
    ]


def leaks(visitor: Visitor, routes: list[Route], victim: Family) -> Iterator[str]:
    """Give every route that shows a stranger something of a family, or breaks on it."""
    for route in routes:
        answer = visitor.goes(route, victim.values)
        shown = words(answer)
        found = [secret for secret in victim.secrets if secret in shown]
        if found or answer.status_code >= 500:
            yield f"{visitor.name} {route.method} {route.rule}: {answer.status_code} {found}"


def test_every_route_of_the_portal_has_something_for_its_variable_parts(
    besson: Family, routes: list[Route]
) -> None:
    unknown = []
    for route in routes:
        try:
            fill(route, besson.values)
        except Unknown as missing:
            unknown.append(str(missing))

    assert unknown == []
    assert len(routes) > 80


def test_the_family_itself_finds_itself_there(
    town: DemoTown, besson: Family, routes: list[Route]
) -> None:
    """Without this, a matrix of addresses that lead nowhere would pass."""
    mother = signs_in(town, "aurelie.besson@example.org")
    pages = [
        route
        for route in routes
        if route.method == "GET" and route.arguments and route.blueprint not in PUBLIC
    ]

    shut = [
        f"{route.rule}: {answer.status_code}"
        for route in pages
        if (answer := mother.goes(route, besson.values)).status_code != 200
        and not set(route.arguments) & NOT_THERE
        and route.rule not in NO_SUCH_BILL
    ]

    assert shut == []
    shown = {
        route.rule: words(mother.goes(route, besson.values)) for route in routes if is_read(route)
    }
    assert all(any(secret in page for page in shown.values()) for secret in besson.secrets)


def is_read(route: Route) -> bool:
    """Say whether a route shows a family something and changes nothing."""
    return route.method == "GET" and route.blueprint not in PUBLIC


PUBLIC = (
    "",
    "installed",
    "registration_start",
    "registration",
    "forgotten",
    "languages",
    "tariffs",
)
"""Parts that are open to anybody, or to whoever holds a draft's key: they know of no family."""

NOT_THERE = {
    *("payment_id", "certificate_id", "order_id", "application_id", "line"),
    *("attachment_id", "mandate_id", "paper_id", "renewal_id", "reference", "key", "token"),
    *("passkey_id", "request_id", "enrolment_id", "waiver_id", "secret"),
}
"""What this household has none of in the demonstration: its address leads nowhere, for it too."""


NO_SUCH_BILL = ("/factures/reprises/<invoice_id>",)
"""Of bills of another software this household has none either."""


def test_nobody_and_another_family_find_nothing_of_it_and_change_nothing(
    town: DemoTown, besson: Family, routes: list[Route]
) -> None:
    until(lambda: is_still(town, besson), 60)  # the mother's message has come to all
    before = state_of(town, STORES, besson.ids)
    nobody = Visitor("nobody", town.portal)
    nobody.takes_token("/connexion")

    found = [
        leak
        for visitor in (nobody, signs_in(town, "sandra.morel@example.com"))
        for leak in leaks(visitor, routes, besson)
    ]

    assert found == []
    assert state_of(town, STORES, besson.ids) == before


def test_the_other_household_of_the_child_finds_neither_address_nor_bill_of_this_one(
    town: DemoTown, besson: Family, routes: list[Route]
) -> None:
    theirs = {besson.values[name] for name in ("household_id", "invoice_id", "thread_id")}
    before = state_of(town, ("billing", "enrolment_ens", "dossier"), theirs)
    father = signs_in(town, "mickael.roux@example.net")
    alone = Family(besson.values, (*besson.secrets[:3], besson.secrets[-1]))

    assert list(leaks(father, [r for r in routes if not is_of_both(r)], alone)) == []
    assert state_of(town, ("billing", "enrolment_ens", "dossier"), theirs) == before


def is_of_both(route: Route) -> bool:
    """Say whether a route changes what both parents answer for: sections, services, course."""
    return route.method != "GET" and route.blueprint in ("sections", "services", "activity_history")


def test_a_former_guardian_finds_nothing_of_what_came_to_be_none_of_its_business(
    town: DemoTown, routes: list[Route]
) -> None:
    """The guardianship ends while the person is signed in, with all that its session knew."""
    home = family(town, "F016", "Capucine", "Capucine", "06 39 98 25 71", "Courtemanche")
    former = signs_in(town, "hugo.renaudin@example.org")
    child = next(route for route in routes if route.rule == "/enfants/<child_id>")
    assert "Capucine" in words(former.goes(child, home.values))

    guardianship_ends(town, home, "Hugo Renaudin")
    until(lambda: former.goes(child, home.values).status_code == 404, 150)
    first_page = next(route for route in routes if route.rule == "/")
    until(lambda: "Capucine" not in words(former.goes(first_page, home.values)), 90)

    until(lambda: is_still(town, home), 30)  # providers say how far what was told has come
    before = state_of(town, STORES, home.ids)
    assert list(leaks(former, routes, home)) == []
    assert state_of(town, STORES, home.ids) == before


def is_still(town: DemoTown, home: Family) -> bool:
    """Say whether nothing of a family has changed for three seconds: relays and jobs run each."""
    before = state_of(town, STORES, home.ids)
    time.sleep(3)
    return state_of(town, STORES, home.ids) == before


def guardianship_ends(town: DemoTown, home: Family, name: str) -> None:
    """Let a guardianship have ended yesterday: no page of the town ends one yet."""
    ended = (today() - timedelta(days=1)).isoformat()
    changed = change(
        town,
        "dossier",
        "UPDATE guardianship SET valid_from = :ended, valid_to = :ended, turns_on = :today"
        " WHERE child_id = :child AND guardian_id = (SELECT id FROM guardian WHERE name = :name)",
        ended=ended,
        today=today().isoformat(),
        child=home.values["child_id"],
        name=name,
    )
    assert changed == 1


# Desks

ANYBODY = frozenset({"signed_in"})
WHOSE = {
    "activation": ANYBODY,
    "agents": {"administrator"},
    "allocation": {"applications"},
    "away": {"conversations"},
    "bulletins": {"conversations"},
    "applications": {"applications"},
    "calendar": {"administrator"},
    "catchment": {"administrator", "applications"},
    "catchment_setup": {"administrator"},
    "child_days": {"bookings"},
    "children": {"children"},
    "class_setup": {"administrator"},
    "closures": {"day"},
    "attendance_mode": {"applications"},
    "entering": {"applications"},
    "entering_school_request": {"applications"},
    "expected": {"roll_call", "day"},
    "figures": {"day"},
    "council": {"day"},
    "groups": {"applications"},
    "kitchen": {"roll_call", "day"},
    "languages": ANYBODY,
    "menus": {"roll_call", "day"},
    "message_opening": {"conversations"},
    "messages": {"conversations"},
    "offer": {"administrator"},
    "offer_copies": {"administrator"},
    "offer_groups": {"administrator"},
    "offer_sites": {"administrator"},
    "newcomers": {"bookings"},
    "occasions": {"day"},
    "onde_files": {"applications"},
    "one_pupil": {"applications"},
    "outings": {"day"},
    "own_access": ANYBODY,
    "own_email": ANYBODY,
    "papers": {"children"},
    "passing": ANYBODY,
    "planning": {"bookings"},
    "pupil_moves": {"applications"},
    "pupils": {"applications"},
    "relays": {"roll_call"},
    "renewals": {"administrator", "applications"},
    "residences": {"administrator"},
    "right_offers": ANYBODY,
    "roll_call": ANYBODY,
    "roll_lists": {"roll_call"},
    "roll_marks": {"roll_call"},
    "school_certificates": {"applications"},
    "school_motives": {"administrator"},
    "school_requests": {"applications"},
    "school_setup": {"administrator"},
    "school_signature": {"administrator"},
    "school_waivers": {"applications"},
    "schools": {"administrator", "applications"},
    "sign_in": ANYBODY,
    "staff": {"day"},
    "staff_terms": {"day"},
    "tablets": {"roll_call", "day"},
    "tariff_changes": {"administrator"},
    "tariff_grids": {"administrator"},
    "tariffs": {"administrator"},
    "today": ANYBODY,
    "waiting": {"children"},
    "week_days": {"applications"},
    "received": {"day"},
    "regie": {"regie"},
    "waste": {"roll_call", "day"},
    "adults": {"roll_call", "day"},
}
"""Who finds the pages of a desk, by the part of it that they belong to; a new part says it here."""

AGENTS = {
    "sophie.bernard": {"roll_call", "children"},
    "karim.haddad": {
        *("roll_call", "applications", "day", "bookings", "children", "conversations"),
    },
    "claire.aubry": {"administrator"},
    "odile.marchand": {"regie"},
}
"""Agents of the school service, and what each of them may do there."""


def whose(route: Route) -> frozenset[str]:
    """Return the acts that open a page; raises KeyError for a part that says nothing."""
    part = route.blueprint
    return frozenset(WHOSE["regie" if part.startswith("regie_") else part])


@pytest.fixture(scope="module")
def desk_routes(town: DemoTown) -> list[Route]:
    """Give every route of a desk that is not everybody's."""
    return [
        route
        for route in routes_of(town, "enrolment_ens", DESKS)
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
        *("director_id", "moves_id", "request_id", "enrolment_id", "waiver_id"),
        *("dispute_id", "slip_id", "tablet_id", "unknown_id", "away_id", "thread_id"),
        *("attachment_id", "relay_id", "campaign_id", "lot_id", "return_id", "row_id", "offer"),
        *("closure_id", "paper_id"),
    )
    return values | {name: new_id() for name in missing}


def signed_in_at(town: DemoTown, new_page: NewPage, provider: str, login: str) -> Visitor:
    """Let an agent sign in with a second factor, and go on over http with the same cookies."""
    agent = Agent(town, new_page(DESK), provider, login)
    agent.sign_in()
    visitor = Visitor(login, agent.desk)
    for cookie in agent.page.context.cookies():
        visitor.http.cookies.set(cookie["name"], cookie["value"])
    visitor.takes_token("/changer-de-service")
    return visitor


def test_every_part_of_a_desk_says_whose_it_is(desk_routes: list[Route]) -> None:
    unsaid = {r.blueprint for r in desk_routes if not r.blueprint.startswith("regie_")} - set(WHOSE)

    assert unsaid == set()
    assert len(desk_routes) > 90


def test_an_agent_without_the_right_finds_no_such_page_and_one_with_it_does(
    town: DemoTown, new_page: NewPage, desk_routes: list[Route], at_the_desk: dict[str, str]
) -> None:
    before = state_of(town, ("enrolment_ens", "billing"), set(at_the_desk.values()))
    wrong, opened = [], set()
    for login, acts in AGENTS.items():
        agent = signed_in_at(town, new_page, "ens", login)
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
    town: DemoTown, new_page: NewPage, desk_routes: list[Route], at_the_desk: dict[str, str]
) -> None:
    before = state_of(town, ("enrolment_ens", "billing"), set(at_the_desk.values()))
    nobody = Visitor("nobody", town.desk("ens"))
    nobody.takes_token("/connexion")
    other = Visitor("malik.perrin", town.desk("ens"), nobody.http, nobody.token)
    cookies = signed_in_at(town, new_page, "agg", "malik.perrin").http.cookies
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
    town: DemoTown, new_page: NewPage, desk_routes: list[Route], at_the_desk: dict[str, str]
) -> None:
    """Nolan Besson-Roux is at both; his sister Jade is at the school service alone."""
    malik = signed_in_at(town, new_page, "agg", "malik.perrin")

    wrong = [
        f"{route.method} {route.rule}: {answer.status_code}"
        for route in desk_routes
        if route.method == "GET"
        and whose(route) != {"regie"}
        and "Jade" in words(answer := malik.goes(route, at_the_desk))
    ]

    assert wrong == []


OTHER_SITE = {"roll_call", "applications", "day", "bookings", "children", "conversations"}
"""What Yasmine Chérif may do at the pool, whose site is not the dojo's."""


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
    town: DemoTown, new_page: NewPage, desk_routes: list[Route], at_the_dojo: Family
) -> None:
    before = state_of(town, ("enrolment_agg",), at_the_dojo.ids)
    yasmine = signed_in_at(town, new_page, "agg", "yasmine.cherif")
    malik = signed_in_at(town, new_page, "agg", "malik.perrin")  # leads the whole provider
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


# The front desk

FRONT_DESK = "services.portal_gateway.front_desk.app"
AT_FRONT_DESK = {
    "accompany": {"accompany"},
    "adults": {"correct"},
    "agents": {"administrator"},
    "barriers": {"check_dossiers"},
    "family_imports": {"check_dossiers"},
    "corrections": {"correct"},
    "separations": {"correct"},
    "doubles": {"join"},
    "dossiers": {"accompany", "check_dossiers"},
    "registrations": {"check_dossiers"},
    "guarded": {"protect"},
    "letters": {"check_dossiers"},
    "lost_factors": {"check_dossiers"},
    "household_papers": {"check_dossiers", "protect"},
    "person_requests": {"person_requests"},
    "requests_noted": {"check_dossiers", "person_requests"},
    "treatments": {"person_requests"},
    "agent_reads": {"person_requests"},
    "erasures": {"person_requests"},
    "breaches": {"person_requests"},
    "kept_breaches": {"person_requests"},
    "approvals": {"person_requests"},
    "breach_letters": {"person_requests"},
    "person_copies": {"person_requests"},
    "person_identities": {"person_requests"},
    "rulings": {"protect"},
    "household_days": {"accompany", "check_dossiers"},
    "home": ANYBODY,
    "own_access": ANYBODY,
    "own_email": ANYBODY,
    "passing": ANYBODY,
    "right_offers": ANYBODY,
    "town_figures": frozenset(FRONT_DESK_PERMISSIONS),
}
"""Who finds the pages of the front desk, by the part that they belong to."""


@pytest.fixture(scope="module")
def counter_routes(town: DemoTown) -> list[Route]:
    """Give every route of the front desk but those by which one signs in."""
    return [
        route
        for route in routes_of(town, "front_desk", FRONT_DESK)
        if route.blueprint and not route.endpoint.startswith((*OWN_DOORS, "languages."))
    ]


def test_every_part_of_the_front_desk_says_whose_it_is(counter_routes: list[Route]) -> None:
    assert {route.blueprint for route in counter_routes} - AT_FRONT_DESK.keys() == set()
    assert len(counter_routes) > 15


def test_nobody_and_no_agent_of_a_provider_or_without_the_right_finds_a_dossier_at_the_counter(
    town: DemoTown, new_page: NewPage, counter_routes: list[Route], besson: Family
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
    for name, value in signed_in_at(town, new_page, "ens", "karim.haddad").http.cookies.items():
        karim.http.cookies.set(name.replace("enrolment_ens", "front_desk"), value)
    omar = signed_in_at(town, new_page, "front_desk", "omar.delcourt")
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
