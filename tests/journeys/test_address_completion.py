"""A family's new address, completed from the town's list: by thumb, by keyboard, without script."""

from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import DESK, NewPage
from tests.journeys.keyboard import reach
from tests.journeys.looks import is_sound
from tests.journeys.people import Parent
from tests.journeys.town import DemoTown

LOGIN = "helene.garnier@example.com"


def opens_address(parent: Parent) -> Page:
    parent.sign_in()
    page = parent.page
    page.goto(f"{parent.town.portal}/adresse")
    page.get_by_label("Numéro et rue").fill("")
    page.get_by_label("Code postal").fill("")
    page.get_by_label("Commune", exact=True).select_option("")
    return page


def test_a_thumb_chooses_the_street_and_the_rest_of_the_address_follows(
    town: DemoTown, new_page: NewPage
) -> None:
    page = opens_address(Parent(town, new_page(touch=True), LOGIN))

    page.get_by_label("Numéro et rue").press_sequentially("12 moul")
    expect(page.get_by_role("listbox")).to_be_visible()
    is_sound(page)
    page.get_by_role("option", name="12 rue du Moulin Aubeval").tap()

    expect(page.get_by_label("Numéro et rue")).to_have_value("12 rue du Moulin")
    expect(page.get_by_label("Code postal")).to_have_value("28990")
    expect(page.get_by_label("Commune", exact=True)).to_have_value("28902")


def test_the_keyboard_walks_the_streets_and_the_communes_of_a_postcode(
    town: DemoTown, new_page: NewPage
) -> None:
    page = opens_address(Parent(town, new_page(DESK), LOGIN))
    page.goto(f"{town.portal}/langue/en?retour=/adresse")
    page.get_by_label("Number and street").fill("")
    page.get_by_label("Postcode").fill("")
    page.get_by_label("Town", exact=True).select_option("")

    page.get_by_label("Postcode").press_sequentially("28991")
    offered = page.get_by_role("group", name="Possible towns")
    expect(offered.get_by_role("button")).to_have_count(4)
    is_sound(page)
    reach(page, offered.get_by_role("button", name="Orvilliers-sous-Bois"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Town", exact=True)).to_have_value("28909")
    expect(offered.get_by_role("button")).to_have_count(0)

    street = page.get_by_label("Number and street")
    street.focus()
    page.keyboard.type("4 bis, lavoir")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(street).to_have_value("4 bis, chemin du Lavoir")
    expect(page).to_have_url(page.url)
    page.keyboard.type(" x")
    page.keyboard.press("Escape")
    expect(street).to_have_attribute("aria-expanded", "false")


def test_without_javascript_a_wrong_postcode_is_said_beside_its_field(
    town: DemoTown, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = opens_address(Parent(town, context.new_page(), LOGIN))

    page.get_by_label("Numéro et rue").fill("1 rue Toute-Neuve")
    page.get_by_label("Code postal").fill("28000")
    page.get_by_label("Commune", exact=True).select_option(label="Démonstration")
    page.get_by_role("button", name="Enregistrer").click()

    expect(page.locator("#postcode-mistake")).to_contain_text("est 28990.")
    expect(page.get_by_label("Numéro et rue")).to_have_value("1 rue Toute-Neuve")
    context.close()
