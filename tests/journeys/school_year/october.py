"""October: two homes from a day on, and November's lunches are each home's that had the week."""

from datetime import date

from playwright.sync_api import expect

from tests.journeys.counter import opens_home, separates
from tests.journeys.school_year.september import A_MINUTE, CHILD, MOTHER, NEW_STREET, bill_of
from tests.journeys.school_year.year import Year, comes_to_say, words

FATHER, LEAVES, STREET = "julien.lefevre@example.net", "Julien Lefèvre", "8 rue du Bac"


def separate(year: Year, from_day: date) -> None:
    """Let the front desk make two homes of one from a day to come, by the parents' writing."""
    page = opens_home(year.agent("front_desk", "mathilde.besson"), "Lefèvre", CHILD)
    address = (STREET, "28990", "Démonstration")
    separates(page, LEAVES, CHILD, address, from_day, seen_on=year.today)
    expect(page.locator("main")).to_contain_text("Vaudra à partir du")


def live_in_two_homes(year: Year) -> None:
    """Read on both parents' pages whose week it is, and at hers nothing of his street."""
    told = {}
    for login in (MOTHER, FATHER):
        parent = year.parent(login)
        parent.page.goto(year.town.portal)
        comes_to_say(parent.page, "inclus", A_MINUTE)
        parent.open_child(CHILD)
        told[login] = words(parent.page)
    assert "Dans l’autre foyer, jusqu’au vendredi 15 octobre inclus" in told[MOTHER]
    assert "Chez vous, jusqu’au vendredi 15 octobre inclus" in told[FATHER]
    assert STREET not in told[MOTHER] and NEW_STREET not in told[FATHER]


def pay_each_their_week(year: Year) -> None:
    """Read November's bills: each home pays the lunch of its week, at the price of its commune."""
    hers = bill_of(year, MOTHER, "novembre", "6,50 €")
    his = bill_of(year, FATHER, "novembre", "4,60 €")
    assert "Jour : lundi 15" in hers and "Jour : lundi 22" not in hers
    assert "Hors agglomération (Villemeux-Demo)" in hers and STREET not in hers
    assert "Jour : lundi 22" in his and "Jour : lundi 15" not in his
    assert "Habitants de l’agglomération (Démonstration)" in his and NEW_STREET not in his
