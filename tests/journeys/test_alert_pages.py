"""Ways of alerting, chosen in English with the keyboard alone, in French without JavaScript."""

from playwright.sync_api import Browser, expect

from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.keyboard import press, write
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Parent
from tests.journeys.town import DemoTown

LOGIN, OTHER = "berengere.quillet@example.com", "florent.quillet@example.org"
MOBILE = "06 39 98 44 17"


def test_in_english_the_keyboard_alone_gives_and_takes_back_mobile_and_calendar(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(DESK), LOGIN)
    parent.sign_in()
    page = parent.page
    page.goto(f"{town.portal}/langue/en?retour=/compte/alertes")

    write(page, page.get_by_label("Your mobile"), MOBILE)
    press(page, page.get_by_label("I agree to receive these text messages"), "Space")
    press(page, page.get_by_role("button", name="Send me a code"))
    expect(page.locator("#confirmation")).to_contain_text("A code has left by text message.")
    is_sound_at_every_width(page)
    press(page, page.get_by_role("button", name="Change the number, or another code"))
    expect(page.get_by_label("Your mobile")).to_have_value("")

    page.goto(f"{town.portal}/compte/agenda")
    press(page, page.get_by_role("button", name="Make an address"))
    expect(page.locator("#confirmation")).to_contain_text("shown only once")
    is_sound_at_every_width(page)
    press(page, page.get_by_role("button", name="Withdraw the address"))
    expect(page.locator("#confirmation")).to_contain_text("The address is withdrawn.")

    page.goto(f"{town.portal}/nouvelles")
    expect(page.get_by_role("heading", level=1)).to_have_text("Notifications")
    is_sound_at_every_width(page)


def test_without_javascript_mobile_and_calendar_are_given_and_taken_back(
    town: DemoTown, browser: Browser
) -> None:
    size = {"width": PHONE[0], "height": PHONE[1]}
    context = browser.new_context(java_script_enabled=False, viewport=size)  # type: ignore[arg-type]
    parent = Parent(town, context.new_page(), OTHER)
    parent.sign_in()
    page = parent.page
    page.goto(f"{town.portal}/compte/alertes")

    page.get_by_label("Votre mobile").fill("12")
    page.get_by_label("J’accepte de recevoir ces SMS").check()
    page.get_by_role("button", name="M’envoyer un code").click()
    expect(page.locator("#mobile-mistake")).to_be_visible()
    page.get_by_label("Votre mobile").fill(MOBILE)
    page.get_by_role("button", name="M’envoyer un code").click()
    expect(page.locator("main")).to_contain_text("Un code est parti par SMS.")
    page.get_by_label("Code reçu par SMS").fill("12")
    page.get_by_role("button", name="Confirmer mon mobile").click()
    expect(page.locator("#code-mistake")).to_contain_text("6 chiffres")
    page.get_by_role("button", name="Changer de numéro").click()
    expect(page.get_by_label("Votre mobile")).to_have_value("")

    page.goto(f"{town.portal}/compte/agenda")
    page.get_by_role("button", name="Faire une adresse").click()
    expect(page.locator("main")).to_contain_text("Cette adresse ne s’affiche qu’une fois.")
    page.get_by_role("button", name="Retirer l’adresse").click()
    expect(page.locator("main")).to_contain_text("L’adresse est retirée.")
    page.goto(f"{town.portal}/nouvelles")
    expect(page.get_by_role("heading", level=1)).to_have_text("Notifications")
    context.close()
