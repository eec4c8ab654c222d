"""
Every page that the maps of portal, desks and front desk have can be reached, and is sound.

In French on the screen that it is made for, light, and no wider than any screen; at night in
English too, on the other screen, dark. Each agent has to come to each of its pages; by day a page
is drawn for the first of them alone. It comes last, in a town in which all other journeys have
happened: what they left makes the pages.
"""

from collections import defaultdict
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from bench.grown.walk import pages_opened
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import faults
from tests.journeys.people import Agent, Parent
from tests.journeys.route_map import routes_of
from tests.journeys.town import DemoTown
from tests.journeys.walk import pages_of, walk
from tests.journeys.whose_pages import AT_FRONT_DESK, whose
from tests.night import ALL

FOR_PHONES = pytest.mark.parametrize(
    "look", [("fr", PHONE, "light"), pytest.param(("en", DESK, "dark"), marks=pytest.mark.nightly)]
)
FOR_DESKS = pytest.mark.parametrize(
    "look", [(DESK, "light"), pytest.param((PHONE, "dark"), marks=pytest.mark.nightly)]
)

Scheme = Literal["light", "dark"]
Look = tuple[str, tuple[int, int], Scheme]
"""A language, a screen and a scheme."""
AgentsLook = tuple[tuple[int, int], Scheme]
"""A screen and a scheme: the pages of agents are in French only."""
AGENTS = {
    "karim.haddad": {
        *("roll_call", "applications", "day", "bookings", "children", "conversations"),
    },
    "claire.aubry": {"administrator"},
    "odile.marchand": {"regie"},
}
"""Agents of the school service who find all of its desk's pages between them."""

AT_THE_COUNTER = {
    "mathilde.besson": {"check_dossiers", "protect", "correct", "join"},
    "helene.marais": {"check_dossiers", "accompany"},
    "solene.vidal": {"check_dossiers", "accompany"},
    "omar.delcourt": {"check_dossiers", "correct", "join", "administrator"},
    "frederique.arnaud": {"person_requests"},
}
"""Agents of the front desk, and what they may."""

SEARCHES = ("/demandes/nouvelle?q=manon", "/messages/nouveau?q=manon")

BY_NO_LINK = {
    "/adresse-refusee/<key>",  # from a letter
    "/agenda/<secret>.ics",  # by a calendar, from an address shown once
    "/compte/confirmer",  # a quarter of an hour after signing in, before a mandate or a move
    "/application.webmanifest",  # by the telephone, as the two next
    "/<any('icone-192.png', 'icone-512.png'):drawing>",
    "/travail.js",
    "/courriels/arret/<token>",  # from a letter
    "/demande/lien",  # after a form, as the next
    "/demande/reference",
    "/demande/reprendre/<reference>/<key>",  # from a letter
    "/droits/nouvelle/<uuid:person_request_id>",  # after a form
    "/demande/suite/<any('vous', 'autre-parent', 'enfants', 'adresse'):slug>",  # within a draft
    "/guichet/bilan",  # beside an agent, as the next
    "/guichet/entree",
    "/paiement/retour/<payment_id>",  # from the bank
    "/pointage/seances/<uuid:session_id>.json",  # by the tablet's script, as the next two
    "/pointage/seances/<uuid:session_id>/<kind>.pdf",
    "/pointage/seances/<uuid:session_id>/etats.json",
}

WHERE_THERE_IS_ONE = {
    "/acces-proposes",
    "/actes/<order_id>",
    "/adresse/<household_id>",
    "/attestations/<certificate_id>/document",
    "/compte/acces/cle/<uuid:passkey_id>/retirer",
    "/compte/acces/ailleurs",  # where the town file names a provider, as the next
    "/connexion/ailleurs/retour",
    "/compte/acces/codes/arreter",
    "/compte/acces/secours",
    "/demandes/<provider>/<application_id>",
    "/depart/<household_id>",
    "/dossiers/<uuid:household_id>/corriger/<uuid:child_id>/semaines",
    "/doublons/<uuid:kept_id>/<uuid:other_id>",
    "/doublons/reunis/<uuid:join_id>/separer",
    "/demandes/<uuid:registration_id>",
    "/demandes/<uuid:registration_id>/papiers/<uuid:paper_id>",
    "/demandes/activite/<uuid:activity_id>/attribuer",
    "/demandes/activite/<uuid:activity_id>/tirage",
    "/dossiers/<uuid:household_id>/situation/<uuid:child_id>/remise/<int:number>/lever",
    "/factures/reprises/<invoice_id>",
    "/commandes",  # of a caterer
    "/donnees/violation/<uuid:breach_id>",
    "/donnees/violation/<uuid:breach_id>/foyers",
    "/donnees/violation/<uuid:breach_id>/lettres",
    "/ecoles/<uuid:school_id>/sans-classe",
    "/ecoles/eleves/<uuid:child_id>",
    "/enfants/<child_id>/ecole/<provider>/<enrolment_id>/certificat",
    "/enfants/<child_id>/ecole/<provider>/<request_id>/derogation",
    "/enfants/<child_id>/ecole/<provider>/derogations/<waiver_id>/lettre",
    "/enfants/<child_id>/papiers/<paper_id>",
    "/foyer/<household_id>/papiers",
    "/foyer/<household_id>/papiers/<paper_id>",
    "/papiers/<uuid:household_id>/<uuid:paper_id>",
    "/enfants/<uuid:child_id>/papiers/<projection>/<uuid:paper_id>",
    "/ecoles/certificats/<uuid:enrolment_id>",
    "/ecoles/certificats/<uuid:enrolment_id>.pdf",
    "/ecoles/demandes/<uuid:request_id>",
    "/ecoles/derogations/<uuid:waiver_id>",
    "/ecoles/derogations/<uuid:waiver_id>/lettre.pdf",
    "/ecoles/derogations/demande/<uuid:request_id>",
    "/ecoles/passages/<uuid:moves_id>",
    "/ecoles/passages/<uuid:moves_id>/eleves",
    "/gouters",
    "/lettres/lots/<uuid:lot>",
    "/messages/<provider>/<uuid:thread_id>",
    "/messages/<provider>/<uuid:thread_id>/<uuid:attachment_id>",
    "/messages/<provider>/informations",
    "/messages/<uuid:thread_id>",
    "/messages/<uuid:thread_id>/<uuid:attachment_id>",
    "/paiements/<payment_id>/recu",
    "/planning/seances/<uuid:session_id>/enfant-venu",  # of a session that has begun
    "/quotient/caisse",  # where the town file names API Particulier
    "/regie/attente/<uuid:payment_id>",
    "/regie/attente/<uuid:payment_id>/annuler",
    "/regie/attente/<uuid:payment_id>/retablir",
    "/regie/attestations/<uuid:certificate_id>.pdf",
    "/regie/caisse/bordereaux/<uuid:slip_id>.pdf",
    "/regie/courriers/<uuid:run_id>",
    "/regie/courriers/<uuid:run_id>/<int:number>.pdf",
    "/regie/facturation/<uuid:run_id>/<uuid:household_id>",
    "/regie/facturation/<uuid:run_id>/emettre",
    "/regie/factures/recus/<uuid:payment_id>.pdf",
    "/regie/paiements/<uuid:household_id>/<uuid:payment_id>/annuler",
    "/regie/paiements/<uuid:household_id>/<uuid:payment_id>/retablir",
    "/regie/paiements/<uuid:household_id>/rembourser",
    "/regie/paiements/<uuid:household_id>/remboursements/<uuid:refund_id>/annuler",
    "/regie/prelevements/<uuid:run_id>",
    "/regie/prelevements/<uuid:run_id>/fichier.xml",
    "/regie/tresor/lots/<uuid:lot_id>",
    "/regie/tresor/lots/<uuid:lot_id>/fichier.<kind>",
    "/regie/tresor/retours/<uuid:return_id>",
    "/rentree/<provider>/<renewal_id>",
    "/rentree/<uuid:campaign_id>",
    "/rentree/<uuid:campaign_id>/modifier",
    "/rentree/nouvelle",
}
"""Pages of what the demonstration has none of: other journeys make most of it."""


@FOR_PHONES
def test_every_page_of_the_portal_is_sound(town: DemoTown, new_page: NewPage, look: Look) -> None:
    language, screen, scheme = look
    parent = Parent(town, new_page(screen), "claire.lefevre@example.org")
    entrance = _look_at_entrance(parent.page, town.portal, scheme)
    entrance += _look_at_entrance(parent.page, f"{town.portal}/connexion", scheme)
    parent.sign_in()
    parent.page.goto(f"{town.portal}/langue/{language}?retour=/")
    pages = pages_of(routes_of(town.applied, "portal"))

    found = walk(parent.page, town.portal, pages)

    assert entrance + found.faults == []
    assert found.missed(pages) <= BY_NO_LINK | WHERE_THERE_IS_ONE
    assert found.languages == {language}


@FOR_DESKS
@pytest.mark.parametrize("login", AGENTS)
def test_every_page_of_a_desk_is_sound(
    town: DemoTown, new_page: NewPage, login: str, look: AgentsLook
) -> None:
    screen, scheme = look
    agent = Agent(town, new_page(screen), "ens", login)
    entrance = _look_at_entrance(agent.page, agent.desk, scheme)
    agent.sign_in()
    agent.page.goto(agent.desk)
    pages = [
        route
        for route in pages_of(routes_of(town.applied, "enrolment_ens"))
        if route.blueprint and whose(route) & AGENTS[login]
    ]

    found = walk(agent.page, agent.desk, pages, *SEARCHES, drawn=_drawn("ens", look))

    assert entrance + found.faults == []
    assert found.missed(pages) <= BY_NO_LINK | WHERE_THERE_IS_ONE
    assert found.languages == {"fr"}


@FOR_DESKS
@pytest.mark.parametrize("login", AT_THE_COUNTER)
def test_every_page_of_the_front_desk_is_sound(
    town: DemoTown, new_page: NewPage, login: str, look: AgentsLook
) -> None:
    screen, scheme = look
    agent = Agent(town, new_page(screen), "front_desk", login)
    entrance = _look_at_entrance(agent.page, agent.desk, scheme)
    agent.sign_in()
    agent.page.goto(agent.desk)
    found_there = []
    if AT_THE_COUNTER[login] & AT_FRONT_DESK["dossiers"]:
        agent.page.locator("input[name=name]").first.fill("Besson Jade")
        agent.page.keyboard.press("Enter")
        expect(agent.page.locator("#found")).to_be_visible()
        link = agent.page.locator("a[href*='/dossiers/']").first
        found_there.append(link.get_attribute("href") or "")
    pages = [
        route
        for route in pages_of(routes_of(town.applied, "front_desk"))
        if AT_FRONT_DESK.get(route.blueprint, set()) & AT_THE_COUNTER[login]
    ]

    found = walk(agent.page, agent.desk, pages, *found_there, drawn=_drawn("front_desk", look))

    assert entrance + found.faults == []
    assert found.missed(pages) <= BY_NO_LINK | WHERE_THERE_IS_ONE
    assert found.languages == {"fr"}


def test_who_measures_a_grown_town_finds_the_pages_of_a_desk(town: DemoTown) -> None:
    seen = pages_opened(town.applied, "front_desk", "omar.delcourt")

    assert {"/demandes", "/agents"} <= {each.rule for each in seen}


_DRAWN: dict[tuple[str, AgentsLook], set[str]] = defaultdict(set)
"""Rules of pages that an agent has been shown, by desk and look."""


def _drawn(desk: str, look: AgentsLook) -> set[str]:
    """Return what is not drawn again; at night each agent's pages are."""
    return set() if ALL else _DRAWN[desk, look]


def _look_at_entrance(page: Page, base: str, scheme: Scheme) -> list[str]:
    """See everything in a scheme from now on; return what is wrong where one signs in."""
    page.emulate_media(color_scheme=scheme)
    page.goto(base)
    return faults(page)
