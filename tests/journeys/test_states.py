"""
Every state that a family can find its pages in, looked at: sound on a small phone, a phone and a
desk; with PREAU_SCREENS each is kept as pictures.

The portal runs as in a town, in one process, on a database of its own; whom it would ask answers
through the contracts, or not at all. A town of demonstration would take months to show them all.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from services.portal_gateway.session import provider_health, sessions
from shared.contracts.billing import bills
from shared.contracts.enrolment.places import states
from shared.contracts.errors import NoAnswer
from shared.contracts.identity import sign_ins
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import sqlite_in
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import ENS, NAME_OF_SIXTY, Child, Portal, day, part
from tests.factories.portal_bills import bill, payment
from tests.factories.portal_offers import group, publishes, with_conditions
from tests.factories.register import NINE, nine_providers
from tests.journeys.conftest import DESK, PATIENCE
from tests.journeys.looks import is_sound_at_every_width

CLAIRE, HOME = new_id(), new_id()

Told = Callable[[Portal], None]


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """Give a portal of its own that serves browsers at `address`."""
    with make.portal_on(sqlite_in(tmp_path), tmp_path, rows=nine_providers()) as portal:
        yield portal


@pytest.fixture
def address(portal: Portal) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, portal.site, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def one_page(browser: Browser) -> Iterator[Page]:
    """Give a page for all states: each stands at an address of its own."""
    with browser.new_context(
        viewport={"width": DESK[0], "height": DESK[1]}, locale="fr-FR", reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        yield page


@pytest.fixture
def page(portal: Portal, address: str, one_page: Page) -> Page:
    """Give the page of a mother who is signed in to this portal alone."""
    secret = make.sign_in(portal.site.test_client(), CLAIRE)
    one_page.context.clear_cookies()
    one_page.context.add_cookies([{"name": "portal_session", "value": secret, "url": address}])
    return one_page


def _family(portal: Portal, *children: Child, **cards: list[dict[str, object]]) -> None:
    portal.receives_guardian_card(CLAIRE, [HOME], *children)
    for source, parts in cards.items():
        portal.receives_family_card(f"enrolment_{source}", HOME, *parts)


def nothing_to_do(portal: Portal) -> None:
    _family(portal, Child())


def first_day(portal: Portal) -> None:
    portal.receives_guardian_card(CLAIRE, [HOME])


def five_children_and_a_name_of_sixty_characters(portal: Portal) -> None:
    names = ["Manon", "Louis", NAME_OF_SIXTY, "Zoé", "Tom"]
    children = [Child(name, date(2015 + at, 3, 2)) for at, name in enumerate(names)]
    _family(portal, *children, ens=[part(child, days=[day()]) for child in children])


def nine_providers_whose_letters_ran_out(portal: Portal) -> None:
    manon = Child(providers=tuple(NINE))
    _family(portal, manon)
    for code in NINE:
        portal.receives_family_card(
            f"enrolment_{code}", HOME, part(manon, days=[day(activity=f"Club {code}")])
        )
        told = bill(2_000, number=f"2026-{code.upper()}-000001")
        billed.receives_bills(portal, HOME, told, provider=code)


def a_day_of_the_other_household(portal: Portal) -> None:
    manon = Child()
    _family(portal, manon, ens=[part(manon, days=[day(states.OTHER)])])


def a_provider_that_is_down(portal: Portal) -> None:
    manon = Child()
    _family(
        portal,
        manon,
        ens=[part(manon, days=[day()])],
        agg=[part(manon, days=[day(activity="Judo")])],
    )
    provider_health.note_which_providers_answered([("agg", NoAnswer())], now())


def a_closed_day(portal: Portal) -> None:
    manon = Child()
    closed = day(states.CLOSED)
    _family(portal, manon, ens=[part(manon, days=[closed])])
    told = {
        "days": [f"{closed['day']}"],
        "activities": ["Restauration scolaire"],
        "reason": "strike",
    }
    portal.receives_notice(ENS, HOME, "closure-1", child_ids=[manon.id], detail=told)


def a_rank_on_a_waiting_list_and_a_place_to_accept(portal: Portal) -> None:
    louis = Child("Louis", missing=("pickup",))
    waiting = make.application(states.WAITING, "École de natation", rank=3)
    offered = make.application(states.OFFERED, answer_until=now() + timedelta(days=2))
    _family(portal, louis, agg=[part(louis, applications=[offered, waiting])])


def a_payment_that_is_being_checked(portal: Portal) -> None:
    _family(portal, Child())
    billed.receives_bills(portal, HOME, bill(checking=True))


def a_payment_that_was_refused(portal: Portal) -> None:
    _family(portal, Child())
    owed = bill()
    billed.receives_bills(portal, HOME, owed, payments=(payment(owed, bills.REFUSED),))


def a_debit_that_is_coming(portal: Portal) -> None:
    _family(portal, Child())
    billed.receives_bills(portal, HOME, bill(checking=True, debit_on=today() + timedelta(days=9)))


def a_bill_that_went_to_the_treasury(portal: Portal) -> None:
    _family(portal, Child())
    billed.receives_bills(portal, HOME, bill(state=bills.TRANSFERRED))


def a_credit(portal: Portal) -> None:
    _family(portal, Child())
    billed.receives_bills(portal, HOME, bill(state=bills.CREDITED), credit_cents=1_240)


def offers_of_every_kind(portal: Portal) -> None:
    """Let one be open, one clash, one be full, one open later, and one be for others."""
    manon, long = Child(), Child(NAME_OF_SIXTY, date(2018, 5, 3))
    centre = make.place("Mercredis", weekdays=[3], starts="08:30", ends="17:30")
    _family(portal, manon, long, ens=[part(manon, places=[centre])])
    publishes(portal, make.offer())
    publishes(portal, make.offer(label="Danse", groups=[group(weekdays=[2], availability="few")]))
    publishes(portal, make.offer(label="Échecs", groups=[group(weekdays=[1], availability="full")]))
    publishes(portal, make.offer(label="Séjour", opens_at=now() + timedelta(days=9)))
    publishes(portal, with_conditions({"school": ["École des Tilleuls"]}, label="Garderie"))


STATES: list[tuple[Told, str, str]] = [
    (nothing_to_do, "/", "Rien à faire"),
    (first_day, "/", "Aucun enfant n’est lié"),
    (five_children_and_a_name_of_sixty_characters, "/", NAME_OF_SIXTY),
    (nine_providers_whose_letters_ran_out, "/", "180,00 €"),
    (nine_providers_whose_letters_ran_out, "/factures", "180,00 €"),
    (nine_providers_whose_letters_ran_out, "/semaine", "Club n9"),
    (a_day_of_the_other_household, "/", "réservé par l’autre foyer"),
    (a_provider_that_is_down, "/", "état de"),
    (a_provider_that_is_down, "/semaine", "Restauration scolaire"),
    (a_closed_day, "/", "annulé par le service"),
    (a_closed_day, "/nouvelles", "Grève"),
    (a_rank_on_a_waiting_list_and_a_place_to_accept, "/", "rang 3"),
    (a_payment_that_is_being_checked, "/", "paiement en cours de vérification"),
    (a_payment_that_is_being_checked, "/factures", "paiement en cours de vérification"),
    (a_payment_that_was_refused, "/", "rien n’a été débité"),
    (a_payment_that_was_refused, "/factures", "La banque a refusé le paiement"),
    (a_debit_that_is_coming, "/", "seront prélevés le"),
    (a_debit_that_is_coming, "/factures", "Prélevé bientôt"),
    (a_bill_that_went_to_the_treasury, "/factures", "Trésor public"),
    (a_credit, "/factures", "12,40 €"),
    (offers_of_every_kind, "/activites", "Si la place est donnée"),
    (offers_of_every_kind, "/activites?jour=3&tri=nom", "Voir tout ce qui est ouvert"),
    (offers_of_every_kind, "/activites?q=attestation", "Attestations de paiement"),
    (first_day, "/activites", "Aucun enfant n’est lié"),
]


@pytest.mark.parametrize(
    ("told", "path", "words"),
    STATES,
    ids=[f"{told.__name__}-{path[1:] or 'accueil'}" for told, path, _ in STATES],
)
def test_a_state_is_said_and_sound_at_every_width(
    portal: Portal, address: str, page: Page, told: Told, path: str, words: str
) -> None:
    told(portal)

    page.goto(f"{address}{path}")

    said = page.locator("main").inner_text().replace("\u00a0", " ").replace("\u202f", " ")
    assert words in said, said
    is_sound_at_every_width(page)


def test_what_was_typed_is_still_there_after_a_session_that_expired(
    portal: Portal, address: str, page: Page
) -> None:
    """The same person signs in again, and goes on with what the page had kept."""
    portal.callees.answers("identity", sign_ins.sign_in, _lets_claire_in)
    _family(portal, Child())
    page.goto(f"{address}/quotient")
    page.get_by_label("Quotient familial, en euros par mois").fill("742,50")
    [cookie] = [each for each in page.context.cookies() if each["name"] == "portal_session"]
    sessions.close_withdrawn_session(cookie["value"], now())

    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_label("Identifiant").wait_for()
    is_sound_at_every_width(page)
    page.get_by_label("Identifiant").fill("claire@example.org")
    page.get_by_label("Mot de passe", exact=True).fill("quatre-mots-sans-rapport")
    page.get_by_role("button", name="Se connecter").click()

    expect(page.get_by_label("Quotient familial, en euros par mois")).to_have_value("742,50")
    is_sound_at_every_width(page)


def _lets_claire_in(_request: object) -> dict[str, object]:
    names = {"subject": CLAIRE, "kind": "family", "name": "Claire Lefèvre"}
    return {
        **names,
        "session": "identity-session",
        "token": "person-token",
        "expires_at": now() + timedelta(minutes=5),
    }
