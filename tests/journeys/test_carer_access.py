"""A grandmother sees a child's week and says it absent; one tap closes it."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.journeys.bus import until
from tests.journeys.conftest import PHONE, NewPage
from tests.journeys.letters import letters_to
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Parent, as_sent, child_id, until_shown, words_as_sent
from tests.journeys.route_map import Route, routes_of
from tests.journeys.strangers import SHUT, Visitor, state_of, words
from tests.journeys.town import DemoTown

BENEDICTE = "benedicte.thebault@example.com"
MONIQUE, CHOSEN = "monique.thebault@example.org", "quatre grands hiboux"
SECRETS = ("06 39 98 02 30", "poisson", "Mme Aubin", "Ronan Thébault")
"""A number to call, an allergy, a teacher, the other parent: nowhere on a page of hers."""


def test_a_grandmother_sees_the_week_and_nothing_else_until_one_tap(
    town: DemoTown, new_page: NewPage
) -> None:
    mother = Parent(town, new_page(PHONE), BENEDICTE)
    mother.sign_in()
    mother.open_child("Éloïse")
    child = child_id(town, BENEDICTE, "Éloïse")
    mother.page.get_by_role("link", name="Donner un accès").click()
    is_sound_at_every_width(mother.page)
    mother.page.get_by_role("button", name="Proposer cet accès").click()
    expect(mother.page.locator("#error-summary")).to_contain_text("prénom et son nom")
    mother.page.get_by_label("Prénom et nom").fill("Monique Thébault")
    mother.page.get_by_label("Son adresse e-mail").fill(MONIQUE)
    mother.page.get_by_role("button", name="Proposer cet accès").click()
    expect(mother.page.locator("main")).to_contain_text("La proposition est partie")
    expect(mother.page.locator("main")).to_contain_text("sans réponse encore")
    is_sound_at_every_width(mother.page)

    grandmother = new_page(PHONE)
    activates(grandmother, town)
    until_shown(grandmother, "Éloïse", f"{town.portal}/acces-proposes")
    is_sound_at_every_width(grandmother)
    grandmother.get_by_role("button", name="Accepter").click()
    expect(grandmother.locator("main")).to_contain_text("C’est noté")
    until_shown(grandmother, "Éloïse", f"{town.portal}/enfants")
    is_sound_at_every_width(grandmother)
    expect(grandmother.locator("main")).to_contain_text("vous ont ouvert sa semaine")
    grandmother.goto(until(lambda: week_with_days(grandmother, town), 60))
    is_sound_at_every_width(grandmother)
    navigation = grandmother.get_by_role("navigation", name=re.compile("rincipal"))
    expect(navigation).not_to_contain_text("Argent")
    finds_nothing_else(grandmother, town, child)

    grandmother.goto(f"{town.portal}/absence?enfant={child}")
    is_sound_at_every_width(grandmother)
    expect(grandmother.locator("main")).to_contain_text("Éloïse")

    mother.open_child("Éloïse")
    expect(mother.page.locator("main")).to_contain_text("en vigueur")
    is_sound_at_every_width(mother.page)
    mother.page.get_by_role("button", name="Retirer l’accès de Monique Thébault").click()
    expect(mother.page.locator("main")).to_contain_text("L’accès est retiré")
    until(lambda: "Éloïse" not in words_as_sent(grandmother, f"{town.portal}/enfants"))
    until(lambda: not week_with_days(grandmother, town))


def activates(page: Page, town: DemoTown) -> None:
    """Open the letter that came to her address, and choose a password."""

    def codes() -> list[str]:
        letters = letters_to(town, MONIQUE)
        assert not any("Éloïse" in text for text in letters)
        return [code for text in letters for code in re.findall(r"activation\?code=(\S+)", text)]

    until(lambda: bool(codes()), 40)
    page.goto(f"{town.portal}/activation?code={codes()[-1]}")
    page.get_by_label("Nouveau mot de passe").fill(CHOSEN)
    page.get_by_role("button", name="Choisir ce mot de passe").click()
    expect(page.locator("main")).to_contain_text("Votre mot de passe est enregistré")
    page.goto(f"{town.portal}/connexion?identifiant={MONIQUE}")
    page.get_by_label("Mot de passe", exact=True).fill(CHOSEN)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bon")


def week_with_days(page: Page, town: DemoTown) -> str:
    """Return where days of the child stand in one of the coming weeks: there may be holidays."""
    for ahead in range(4):
        address = f"{town.portal}/semaine?du={(today() + timedelta(weeks=ahead)).isoformat()}"
        if any(each.find_class("line") for each in as_sent(page, address).find_class("child-week")):
            return address
    return ""


def finds_nothing_else(page: Page, town: DemoTown, child: str) -> None:
    """Walk every route of the child, and every page of her own: nothing else of it is there."""
    visitor = Visitor("monique", town.portal)
    for cookie in page.context.cookies():
        visitor.http.cookies.set(str(cookie["name"]), str(cookie["value"]))
    visitor.takes_token("/enfants")
    before = state_of(town, ("dossier", "billing"), {child})
    routes = routes_of(town.applied, "portal")
    values = {"child_id": child, "slug": "sante", "code": "ens", "provider": "ens"}
    walked = [route for route in routes if "child_id" in route.arguments]
    values |= {each: new_id() for route in walked for each in {*route.arguments} - {*values}}
    own = [route for route in routes if route.method == "GET" and not route.arguments]

    open_ones = [
        f"{route.method} {route.rule}: {answer.status_code}"
        for route in walked
        if (answer := visitor.goes(route, values)).status_code not in SHUT
    ]
    shown = {route.rule: words(visitor.goes(route, {})) for route in own if is_hers(route)}

    assert open_ones == []
    assert len(walked) > 12
    assert [rule for rule, text in shown.items() if any(each in text for each in SECRETS)] == []
    assert state_of(town, ("dossier", "billing"), {child}) == before


def is_hers(route: Route) -> bool:
    """Say whether a page is of who is signed in, and leaves her so."""
    return not route.endpoint.startswith(("sign_in.", "registration", "languages.", "visits."))
