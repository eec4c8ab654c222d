"""
A strike with two services at once: each guardian is told once of each, by the way that it chose,
and a calendar shows it; the last page is there without network, and never somebody else's.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import icalendar
import pytest
import requests
from playwright.sync_api import Page, expect

from shared.dates.clock import today
from tests.factories import push as make_push
from tests.factories.push import Browser, StandIn
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, OUTSIDE_PORT, NewPage
from tests.journeys.letters import letters_of
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, Parent, child_id
from tests.journeys.town import DemoTown

HELENE, SYLVESTRE = "helene.garnier@example.com", "sylvestre.garnier@example.org"
SITE = "Gymnase des deux services"
PROVIDERS = {
    "ens": ("karim.haddad", "Service Enseignement"),
    "agg": ("malik.perrin", "Sports de l’agglomération"),
}
SECONDS = 30.0


@pytest.fixture
def outside() -> Iterator[StandIn]:
    """Give the push service and the SMS gateway that the town's portal knows."""
    with make_push.stand_in(OUTSIDE_PORT) as server:
        yield server


def test_a_strike_at_two_services_is_told_to_each_guardian_once_by_its_own_way(
    town: DemoTown, new_page: NewPage, outside: StandIn
) -> None:
    helene, sylvestre = Parent(town, new_page(), HELENE), Parent(town, new_page(), SYLVESTRE)
    for parent in (helene, sylvestre):
        parent.sign_in()
    child = child_id(town, HELENE, "Lou")
    for provider in PROVIDERS:
        label = f"Gym {provider}"
        group = f"strike-{provider}"
        hours = ("20:00", "20:30") if provider == "ens" else ("21:00", "21:30")
        offer_every_day(town, provider, group, label, "canteen" if provider == "ens" else "judo",
                        hours, site=SITE)  # fmt: skip
        give_place(town, provider, group, child)
    browser = _allows(helene.page, town, outside)
    _gives_mobile(sylvestre.page, town, outside)
    address = _subscribes_calendar(helene.page, town)
    letters = len(letters_of(town))

    for provider, (login, _) in PROVIDERS.items():
        _closes(town, new_page(DESK), provider, login)

    services = {service for _, service in PROVIDERS.values()}
    until(lambda: len(outside.told(browser)) == 2, SECONDS)
    until(lambda: len(_sms(outside)) == 2, SECONDS)
    until(lambda: len(_to_both(letters_of(town)[letters:])) == 4, SECONDS)
    assert {told["title"] for told in outside.told(browser)} == services
    assert {sms["to"] for sms in _sms(outside)} == {"+33612345678"}
    assert {sms["text"].partition(" : ")[0] for sms in _sms(outside)} == {
        service.replace("’", "'") for service in services
    }
    mailed = _to_both(letters_of(town)[letters:])
    assert sorted(str(letter["To"]) for letter in mailed) == [HELENE, HELENE, SYLVESTRE, SYLVESTRE]
    assert {str(letter["Subject"]).partition(" : ")[0] for letter in mailed} == services
    said = [str(outside.told(browser)), str(_sms(outside))]
    said += [f"{letter['Subject']} {letter.get_content()}" for letter in mailed]
    assert not [words for words in said for name in ("Lou", "Garnier", "Gym") if name in words]
    assert until(lambda: _cancelled(address) >= 2, SECONDS)
    _withdraws_all(helene.page, town, address)
    _forgets_mobile(sylvestre.page, town)


def test_the_last_page_is_there_without_network_and_never_after_signing_out(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(), SYLVESTRE)
    parent.sign_in()
    page = parent.page
    page.goto(f"{town.portal}/compte/alertes")
    page.get_by_role("button", name="Garder la dernière page").click()
    expect(page.get_by_text("La dernière page est gardée")).to_be_visible()
    page.goto(f"{town.portal}/semaine")
    page.goto(f"{town.portal}/compte")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon compte")

    page.context.set_offline(True)
    page.goto(f"{town.portal}/")
    expect(page.locator("main")).to_contain_text("Pas de réseau")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Semaine")
    page.context.set_offline(False)

    page.goto(f"{town.portal}/compte")
    page.locator("main").get_by_role("button", name="Se déconnecter").click()
    expect(page).to_have_url(re.compile("/connexion"))
    page.context.set_offline(True)
    with pytest.raises(Exception, match="net::ERR_"):
        page.goto(f"{town.portal}/")


def _allows(page: Page, town: DemoTown, outside: StandIn) -> Browser:
    """Let this browser be told: the headless one has no push service, so the form is filled."""
    page.goto(f"{town.portal}/compte/alertes")
    is_sound_at_every_width(page)
    browser = outside.browser()
    page.evaluate(
        """given => {
          const form = document.querySelector("form[data-push]");
          for (const [name, value] of Object.entries(given)) form.elements[name].value = value;
          HTMLFormElement.prototype.submit.call(form);
        }""",
        browser.form,
    )
    expect(page.locator("#confirmation")).to_contain_text("Cet appareil sera prévenu")
    is_sound_at_every_width(page)
    return browser


def _codes(outside: StandIn) -> list[str]:
    sent = (sms["text"] for sms in outside.messages_at("/sms"))
    return [found[0] for text in sent if (found := re.search(r"\b\d{6}\b", text))]


def _gives_mobile(page: Page, town: DemoTown, outside: StandIn) -> None:
    page.goto(f"{town.portal}/compte/alertes")
    page.get_by_label("Votre mobile").fill("06 12 34 56 78")
    page.get_by_role("button", name="M’envoyer un code").click()
    expect(page.get_by_role("alert")).to_contain_text("Cochez cette case")
    page.get_by_label("J’accepte de recevoir").check()
    page.get_by_role("button", name="M’envoyer un code").click()
    expect(page.locator("#confirmation")).to_contain_text("Un code est parti par SMS")
    is_sound_at_every_width(page)
    until(lambda: _codes(outside), SECONDS)
    page.get_by_label("Code reçu par SMS").fill(_codes(outside)[-1])
    page.get_by_role("button", name="Confirmer mon mobile").click()
    expect(page.locator("#confirmation")).to_contain_text("Votre mobile est enregistré")
    is_sound_at_every_width(page)


def _subscribes_calendar(page: Page, town: DemoTown) -> str:
    page.goto(f"{town.portal}/compte/agenda")
    is_sound_at_every_width(page)
    page.get_by_role("button", name="Faire une adresse").click()
    address = page.locator("#address").input_value()
    is_sound_at_every_width(page)
    assert _cancelled(address) == 0
    return address


def _cancelled(address: str) -> int:
    answer = requests.get(address, timeout=10)
    assert answer.status_code == 200
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    return sum(each["status"] == "CANCELLED" and "Gym" in each["summary"] for each in events)


def _closes(town: DemoTown, page: Page, provider: str, login: str) -> None:
    agent = Agent(town, page, provider, login)
    agent.sign_in()
    day = today() + timedelta(days=1)
    page.goto(f"{agent.desk}/fermetures?jour={day.isoformat()}&site={SITE}")
    page.get_by_label("Grève").check()
    page.get_by_role("button", name="Annuler et prévenir les familles").click()
    expect(page.locator("main")).to_contain_text("1 famille est prévenue")


def _sms(outside: StandIn) -> list[dict[str, str]]:
    return [sms for sms in outside.messages_at("/sms") if "annul" in sms["text"].lower()]


def _to_both(letters: list[EmailMessage]) -> list[EmailMessage]:
    urgent = [letter for letter in letters if "annulé" in str(letter["Subject"])]
    return [letter for letter in urgent if letter["To"] in (HELENE, SYLVESTRE)]


def _withdraws_all(page: Page, town: DemoTown, address: str) -> None:
    page.goto(f"{town.portal}/compte/agenda")
    page.get_by_role("button", name="Retirer l’adresse").click()
    expect(page.locator("#confirmation")).to_contain_text("L’adresse est retirée")
    assert requests.get(address, timeout=10).status_code == 404
    page.goto(f"{town.portal}/compte/alertes")
    page.get_by_role("button", name="Ne plus prévenir cet appareil").click()
    expect(page.locator("#confirmation")).to_contain_text("plus rien ne s’affiche là")


def _forgets_mobile(page: Page, town: DemoTown) -> None:
    page.goto(f"{town.portal}/compte/alertes")
    page.get_by_role("button", name="Effacer mon mobile").click()
    expect(page.locator("#confirmation")).to_contain_text("Votre mobile est effacé")
