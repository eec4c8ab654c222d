"""September: the lists follow by themselves; the family moves, and is billed at both prices."""

import re

from playwright.sync_api import expect

from tests.journeys.bus import until
from tests.journeys.school_year.year import Year, comes_to_say, loaded_again, words

MOTHER, CHILD, NAME = "claire.lefevre@example.org", "Manon", "Manon Lefèvre"
LUNCH = "Cantine de l’école Jules-Ferry"
A_MINUTE = 120
"""Time within which a day that has come holds, on a machine that is not too busy."""
NEW_STREET, NEW_COMMUNE = "14 chemin du Gué", "Villemeux-Demo"


def is_in_its_new_class(year: Year) -> None:
    """Read at the school's lists who came up, and who came by certificate."""
    karim = year.agent("ens", "karim.haddad")
    page = karim.page
    page.goto(f"{karim.desk}/ecoles")
    page.get_by_role("link", name=re.compile("École Jules-Ferry")).click()
    comes_to_say(page, "dans aucune de ces classes", A_MINUTE)
    page.get_by_role("link", name="Voir la liste").click()
    listed = words(page)
    for name in ("Lefèvre Manon", "Escoffier Ulysse"):
        assert name in listed, listed


def is_counted_by_the_kitchen(year: Year) -> None:
    """Read that the kitchen cooks for who renewed, and for nobody who did not."""
    karim = year.agent("ens", "karim.haddad")
    karim.page.goto(f"{karim.desk}/effectifs?jour={year.today.isoformat()}")
    assert f"{LUNCH} 11 h 30 Menu non choisi 1 1" in words(karim.page), words(karim.page)


def calls_the_roll(year: Year) -> None:
    """Tick who is at lunch, and close the group: what is closed can be billed."""
    karim = year.agent("ens", "karim.haddad")
    page = karim.page
    page.goto(f"{karim.desk}/pointage/")
    page.locator("#sessions").get_by_text(LUNCH).first.click()
    page.get_by_role("group", name=NAME).get_by_text("Présent", exact=True).click()
    expect(page.locator("#counts")).to_contain_text("1\u00a0présent")
    page.get_by_role("button", name="Clôturer le pointage").click()
    expect(page.locator("#closed")).to_contain_text("Pointage clôturé")


def moves(year: Year, from_day: str) -> None:
    """Let the family say its new address, in another commune."""
    page = year.parent(MOTHER).page
    page.goto(f"{year.town.portal}/adresse")
    page.get_by_label("Numéro et rue").fill(NEW_STREET)
    page.get_by_label("Code postal").fill("28800")
    page.get_by_label("Commune", exact=True).select_option(label="Autre commune")
    page.get_by_label("Nom de la commune").fill(NEW_COMMUNE)
    page.get_by_label("À partir du").fill(from_day)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("main")).to_contain_text("C’est enregistré")


def is_billed(year: Year, month: str) -> None:
    """Draft the month, look it over and issue it, as the régisseur does."""
    odile = year.agent("ens", "odile.marchand")
    page = odile.page
    page.goto(f"{odile.desk}/regie/facturer/{month}")
    why = page.get_by_label("Pourquoi facturer sans attendre ?")
    if why.count():
        why.fill("Le cahier de la cantine fait foi")
    page.get_by_role("button", name="Préparer le brouillon").click()
    comes_to_say(page, "brouillon à vérifier")
    page.get_by_role("link", name=re.compile("Émettre .* facture")).click()
    page.get_by_role("button", name=re.compile("Émettre .* facture")).click()
    until(lambda: "émise" in loaded_again(page), 60)


def is_billed_at_both_prices(year: Year) -> None:
    """Read September's bill: the lunch before the move, and the one after it, each at its price."""
    bill = bill_of(year, MOTHER, "septembre", "9,20 €")
    for day, price, where in (
        ("vendredi 10", "2,20 €", "Habitants de l’agglomération (Démonstration)"),
        ("lundi 20", "5,40 €", f"Hors agglomération ({NEW_COMMUNE})"),
    ):
        assert re.search(
            rf"Repas Nourriture 1 × {price}.{{,160}}{re.escape(where)} Jour : {day}", bill
        )


def bill_of(year: Year, login: str, month: str, cents: str) -> str:
    """Return what a parent reads on the bill of a month and sum, to which its list leads."""
    page = year.parent(login).page
    page.goto(f"{year.town.portal}/factures")
    comes_to_say(page, f"{month} · n° 2027-ENS")
    page.get_by_role("link", name=re.compile(f"Pourquoi.{cents}".replace(" ", "."))).click()
    return words(page)
