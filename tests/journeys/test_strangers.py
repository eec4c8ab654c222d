"""
Every route of the portal, and everybody who must find nothing there (goal A14).

The routes come from the application's own map: one that is added is in the matrix, and fails it
until it is said what stands for its variable parts.
"""

import time
from datetime import timedelta

import pytest

from shared.dates.clock import today
from tests.journeys.bus import until
from tests.journeys.databases import change
from tests.journeys.demo_families import Family, family
from tests.journeys.route_map import Route, routes_of
from tests.journeys.strangers import (
    Unknown,
    Visitor,
    fill,
    leaks,
    signs_in,
    state_of,
    words,
)
from tests.journeys.town import DemoTown
from tests.journeys.whose_pages import (
    OWN_DOORS,
    PUBLIC,
    is_of_both,
    is_read,
)

STORES = ("dossier", "billing", "portal", "enrolment_ens", "enrolment_agg")


@pytest.fixture(scope="module")
def routes(town: DemoTown) -> list[Route]:
    """Give every route of the portal."""
    return [
        route
        for route in routes_of(town.applied, "portal")
        if not route.endpoint.startswith(OWN_DOORS)
    ]


@pytest.fixture(scope="module")
def left(town: DemoTown) -> Family:
    """Give the home of a child whose father is its guardian no longer."""
    return family(town, "F016", "Capucine", "Capucine", "06 39 98 25 71", "Courtemanche")


@pytest.fixture(scope="module", autouse=True)
def former(town: DemoTown, routes: list[Route], left: Family) -> Visitor:
    """Give him, signed in before; it ends as these journeys begin, and is told within a minute."""
    former = signs_in(town, "hugo.renaudin@example.org")
    child = next(route for route in routes if route.rule == "/enfants/<child_id>")
    assert "Capucine" in words(former.goes(child, left.values))
    guardianship_ends(town, left, "Hugo Renaudin")
    return former


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
    read = [route for route in routes if is_read(route)]
    answers = {route: mother.goes(route, besson.values) for route in dict.fromkeys(pages + read)}

    shut = [
        f"{route.rule}: {answers[route].status_code}"
        for route in pages
        if answers[route].status_code != 200
        and not set(route.arguments) & NOT_THERE
        and route.rule not in NO_SUCH_BILL
    ]

    assert shut == []
    shown = [words(answers[route]) for route in read]
    assert all(any(secret in page for page in shown) for secret in besson.secrets)


NOT_THERE = {
    *("payment_id", "certificate_id", "order_id", "application_id", "line"),
    *("attachment_id", "mandate_id", "paper_id", "renewal_id", "reference", "key", "token"),
    *("passkey_id", "request_id", "enrolment_id", "waiver_id", "secret"),
}
"""Parts that name nothing of this household in the demonstration: they lead nowhere, for it too."""


NO_SUCH_BILL = ("/factures/reprises/<invoice_id>",)
"""Pages of bills of another software: this household has none either."""


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
    until(lambda: is_still(town, besson), 60)
    before = state_of(town, ("billing", "enrolment_ens", "dossier"), theirs)
    father = signs_in(town, "mickael.roux@example.net")
    alone = Family(besson.values, (*besson.secrets[:3], besson.secrets[-1]))

    assert list(leaks(father, [r for r in routes if not is_of_both(r)], alone)) == []
    assert state_of(town, ("billing", "enrolment_ens", "dossier"), theirs) == before


def test_a_former_guardian_finds_nothing_of_what_came_to_be_none_of_its_business(
    town: DemoTown, routes: list[Route], former: Visitor, left: Family
) -> None:
    """The guardianship ended while the person was signed in, with all that its session knew."""
    child = next(route for route in routes if route.rule == "/enfants/<child_id>")
    until(lambda: former.goes(child, left.values).status_code == 404, 150)
    first_page = next(route for route in routes if route.rule == "/")
    until(lambda: "Capucine" not in words(former.goes(first_page, left.values)), 90)

    until(lambda: is_still(town, left), 30)  # providers say how far what was told has come
    before = state_of(town, STORES, left.ids)
    assert list(leaks(former, routes, left)) == []
    assert state_of(town, STORES, left.ids) == before


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
