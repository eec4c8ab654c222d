"""A parent begins a dossier on the phone, the desk checks it, and each parent has an own access."""

import io
import re
from typing import Literal

from PIL import Image
from playwright.sync_api import Page, expect

from tests.factories import sent_files
from tests.journeys.bus import held_still, until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.credentials import (
    ANOTHER,
    CHOSEN,
    activate,
    link_in_letter,
    signs_in,
)
from tests.journeys.keyboard import press, write
from tests.journeys.letters import letters_to
from tests.journeys.looks import axe_finds_nothing, is_sound
from tests.journeys.people import Agent, until_shown
from tests.journeys.town import PASSWORD, DemoTown

INES, YANIS = "ines.moreau@example.org", "yanis.moreau@example.org"
NOT_TOLD = "4 rue des Acacias"


def test_a_parent_begins_on_the_phone_and_each_parent_comes_to_an_own_access(
    town: DemoTown, new_page: NewPage
) -> None:
    phone, desk = new_page(), new_page(DESK)
    with held_still(town, "enrolment_agg"):
        begin(phone, town, INES)
        fill(phone, town, first="Inès", relation="Mère", street=NOT_TOLD)
        photograph_domicile(phone)
        phone.get_by_role("button", name="Quitter sur cet appareil").click()
        comes_back(phone, town, INES)
        expect(phone.locator("main")).to_contain_text("document 1")
        axe_finds_nothing(phone, english=True)
        phone.get_by_role("button", name="Envoyer ma demande").click()
        expect(phone.locator("main")).to_contain_text("Votre demande est envoyée")

        at_the_desk = central_desk(town, desk)
        accept(at_the_desk, "Inès Moreau", second=True)
        activate(phone, link_in_letter(town, INES, "activation"))
        signs_in(phone, town, INES)
        until_child(phone, town)
        axe_finds_nothing(phone, english=True)
        expect(phone.locator("main")).to_contain_text("Ce qui manque au dossier")

    other = new_page()
    begin(other, town, YANIS)
    fill(other, town, first="Yanis", relation="Père", street="9 rue du Puits")
    attach_pdf(other)
    other.get_by_role("button", name="Envoyer ma demande").click()
    expect(other.locator("main")).to_contain_text("Votre demande est envoyée")
    opens_request(at_the_desk, "Yanis Moreau")
    with at_the_desk.expect_download() as proof:
        at_the_desk.get_by_role("link", name="Ouvrir le PDF").click()
    assert b"JavaScript" not in sent_files.spread_out(proof.value.path().read_bytes())
    accept(at_the_desk, "Yanis Moreau", known="Yanis Moreau")
    activate(other, link_in_letter(town, YANIS, "activation"))
    signs_in(other, town, YANIS)
    until_child(other, town)
    child = other.url
    assert NOT_TOLD not in other.content()
    other.goto(f"{town.portal}/adresse")
    expect(other.locator("main")).to_contain_text("9 rue du Puits")
    assert NOT_TOLD not in other.content()
    phone.goto(child)
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Nora Moreau")
    changes_password(phone, new_page(DESK), town)


def test_an_agent_chooses_another_password_at_the_desk_and_works_on(
    town: DemoTown, new_page: NewPage
) -> None:
    malik = Agent(town, new_page(DESK), "agg", "malik.perrin")
    malik.sign_in()
    malik.page.goto(malik.desk)

    malik.change_password(PASSWORD, ANOTHER)
    axe_finds_nothing(malik.page)
    expect(malik.page.locator("main")).to_contain_text("Vous n’êtes connecté nulle part ailleurs")
    malik.page.goto(malik.desk)
    expect(malik.page.get_by_role("heading", level=1)).to_be_visible()

    malik.change_password(ANOTHER, PASSWORD)


def changes_password(phone: Page, computer: Page, town: DemoTown) -> None:
    """Change Inès's password on her phone: her computer is signed out, and a letter says so."""
    computer.goto(f"{town.portal}/connexion?identifiant={INES}")
    signs_in(computer, town, INES)
    phone.goto(f"{town.portal}/compte/confirmer?retour=/compte")
    axe_finds_nothing(phone, english=True)
    phone.get_by_label("Mot de passe").fill(CHOSEN)
    phone.get_by_role("button", name="Continuer").click()
    phone.get_by_role("link", name="Mot de passe et appareils").click()
    expect(phone.locator("main")).to_contain_text("Un autre appareil")
    axe_finds_nothing(phone, english=True)
    phone.get_by_label("Mot de passe actuel").fill(CHOSEN)
    phone.get_by_label("Nouveau mot de passe").fill(ANOTHER)
    phone.get_by_role("button", name="Changer de mot de passe").click()
    expect(phone.locator("main")).to_contain_text("Votre mot de passe est changé")
    expect(phone.locator("main")).to_contain_text("Vous n’êtes connecté nulle part ailleurs")

    def is_signed_out() -> bool:
        computer.goto(f"{town.portal}/compte")
        return bool(computer.get_by_label("Identifiant").count())

    until(is_signed_out, 20)
    until(lambda: any("vient de changer" in text for text in letters_to(town, INES)), 30)
    computer.goto(f"{town.portal}/connexion?identifiant={INES}")
    signs_in(computer, town, INES, ANOTHER)


def test_a_stranger_who_knows_a_mothers_address_ends_with_nothing_and_she_with_her_account(
    town: DemoTown, new_page: NewPage
) -> None:
    stranger, phone, desk = new_page(), new_page(), new_page(DESK)
    starts_with_address(stranger, town, HER)
    assert_holds_nothing(stranger, town)
    her_link = link_in_letter(town, HER, "demande/reprendre")
    assert her_link not in stranger.content()

    by_phone(stranger, town)
    writes_as_guardian(stranger, HER)  # the second way in: her address in a draft of his own
    phone.goto(link_in_letter(town, HER, "demande/reprendre", besides=her_link))
    expect(phone.locator("main")).to_contain_text("Rosa Marin")
    phone.get_by_role("button", name="Ce n’est pas moi").click()
    expect(phone.locator("main")).to_contain_text("c’est noté")
    stranger.goto(f"{town.portal}/demande/suite")
    expect(stranger.locator("main")).to_contain_text("L’adresse e-mail a été retirée")

    phone.goto(her_link)
    expect(phone.locator("main")).to_contain_text("quelqu’un qui a écrit cette adresse")
    phone.get_by_role("button", name="C’est moi, continuer").click()
    fill(phone, town, first="Rosa", relation="Mère", street="12 rue des Tilleuls", child="Elio")
    changed_and_back(phone, town)
    phone.get_by_role("button", name="Envoyer ma demande").click()
    expect(phone.locator("main")).to_contain_text("Votre demande est envoyée")
    stranger.goto(her_link)
    expect(stranger.locator("main")).to_contain_text("Ce lien ne sert plus")

    at_the_desk = central_desk(town, desk)
    opens_request(at_the_desk, "Rosa Moreau")
    expect(at_the_desk.locator("main")).to_contain_text("L’adresse e-mail a changé aujourd’hui")
    expect(at_the_desk.locator("main")).to_contain_text("Avant : h…@example.org")
    accept(at_the_desk, "Rosa Moreau")
    activate(phone, link_in_letter(town, HER, "activation"))
    signs_in(phone, town, HER)
    assert [text for text in letters_to(town, HIS) if "activation" in text] == []


def starts_with_address(page: Page, town: DemoTown, email: str) -> None:
    page.goto(f"{town.portal}/demande")
    page.get_by_label("Adresse e-mail").fill(email)
    page.get_by_role("button", name="Commencer").click()
    expect(page.locator("main")).to_contain_text(f"Un lien part vers {email}")


def assert_holds_nothing(page: Page, town: DemoTown) -> None:
    page.goto(f"{town.portal}/demande/suite")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reprendre ma demande")
    page.goto(f"{town.portal}/demande")
    expect(page.locator("main")).not_to_contain_text("Une demande est commencée")


def by_phone(page: Page, town: DemoTown) -> None:
    page.goto(f"{town.portal}/demande")
    page.get_by_label("Par téléphone").check()
    page.get_by_label("Téléphone", exact=False).last.fill("06 39 98 00 00")
    page.get_by_role("button", name="Commencer").click()
    page.get_by_role("link", name="Continuer").click()


def writes_as_guardian(page: Page, email: str) -> None:
    page.get_by_label("Prénom").fill("Rosa")
    page.get_by_label("Nom", exact=True).fill("Marin")
    page.get_by_label("Adresse e-mail").fill(email)
    step_done(page, "L’autre parent")


def changed_and_back(page: Page, town: DemoTown) -> None:
    """Write another address, which the former one is told of, and her own again, proven anew."""
    for email in (HIS, HER):
        used = link_in_letter(town, HER, "demande/reprendre")
        page.goto(f"{town.portal}/demande/suite/vous")
        page.get_by_label("Adresse e-mail").fill(email)
        step_done(page, "L’autre parent")
        page.goto(f"{town.portal}/demande/suite")
        expect(page.locator("main")).to_contain_text(f"Ouvrez le lien reçu à {email}")
        expect(page.locator("main")).to_contain_text("L’adresse e-mail a changé aujourd’hui")
        is_sound(page)
    until(lambda: any("portait votre adresse" in text for text in letters_to(town, HER)), 15.0)
    page.goto(link_in_letter(town, HER, "demande/reprendre", besides=used))
    page.get_by_role("button", name="C’est moi, continuer").click()
    expect(page.locator("main")).to_contain_text(f"Adresse confirmée : {HER}")


def opens_request(page: Page, name: str) -> None:
    base = re.match(r"https?://[^/]+", page.url)
    assert base
    page.goto(f"{base[0]}/demandes")
    page.get_by_role("link", name=name).click()
    is_sound(page)


HER, HIS = "rosa.moreau@example.org", "h.nobody.knows@example.org"


def test_a_forgotten_password_reads_alike_for_everybody_and_a_letter_leaves_for_one(
    town: DemoTown, new_page: NewPage
) -> None:
    said = [forgets(new_page(), town, login) for login in ("claire.lefevre@example.org", NOBODY)]

    assert said[0] == said[1]
    page = new_page()
    activate(page, link_in_letter(town, "claire.lefevre@example.org", "activation"), PASSWORD)
    signs_in(page, town, "claire.lefevre@example.org", PASSWORD)
    assert letters_to(town, NOBODY) == []


NOBODY = "nobody.at.all@example.org"


def begin(page: Page, town: DemoTown, email: str) -> None:
    """Begin by the keyboard alone, from the sign-in page."""
    page.goto(f"{town.portal}/connexion")
    press_to(page, "Créer le dossier de mon enfant")
    axe_finds_nothing(page, english=True)
    write(page, page.get_by_label("Adresse e-mail"), email)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ouvrez le lien reçu par e-mail")
    axe_finds_nothing(page)
    page.goto(link_in_letter(town, email, "demande/reprendre"))
    axe_finds_nothing(page)
    press_to(page, "C’est moi, continuer", "button")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vous")


def comes_back(page: Page, town: DemoTown, email: str) -> None:
    """Have another link sent, and go on by it from wherever it is opened."""
    used = link_in_letter(town, email, "demande/reprendre")
    page.goto(used)
    expect(page.locator("main")).to_contain_text("Ce lien ne sert plus")
    axe_finds_nothing(page)
    page.get_by_label("Adresse e-mail").fill(email)
    page.get_by_role("button", name="Recevoir un lien").click()
    expect(page.locator("main")).to_contain_text("Si une demande porte l’adresse")
    page.goto(link_in_letter(town, email, "demande/reprendre", besides=used))
    expect(page.locator("main")).to_contain_text("Inès Moreau")
    page.get_by_role("button", name="C’est moi, continuer").click()


def press_to(page: Page, name: str, role: Literal["link", "button"] = "link") -> None:
    with page.expect_navigation():
        press(page, page.get_by_role(role, name=name))


def fill(
    page: Page, town: DemoTown, *, first: str, relation: str, street: str, child: str = "Nora"
) -> None:
    page.get_by_label("Prénom").fill(first)
    page.get_by_label("Nom", exact=True).fill("Moreau")
    page.get_by_label(relation, exact=True).check()
    step_done(page, "L’autre parent")
    if first == "Inès":
        page.get_by_label("Oui", exact=True).first.check()
        page.get_by_label("Prénom et nom").fill("Yanis Moreau")
        page.get_by_label("tous les deux").check()
    step_done(page, "Vos enfants")
    page.get_by_label("Prénom").fill(child)
    page.get_by_label("Nom", exact=True).fill("Moreau")
    page.get_by_label("Date de naissance").fill("2021-04-12")
    page.get_by_label("École souhaitée").select_option("École Jules-Ferry")
    step_done(page, "Votre adresse")
    page.get_by_label("Numéro et rue").fill(street)
    page.get_by_label("Code postal").fill("28990")
    page.get_by_label("Commune", exact=True).select_option("28901")
    step_done(page, "Ma demande")


def step_done(page: Page, following: str) -> None:
    axe_finds_nothing(page)
    page.get_by_role("button", name="Enregistrer").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(following)


def photograph_domicile(page: Page) -> None:
    """Photograph a paper as a telephone does: some 700 kB, more than one message holds."""
    file = io.BytesIO()
    Image.effect_noise((900, 700), 60).convert("RGB").save(file, "JPEG", quality=95)
    picture = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    page.locator("#domicile-paper").set_input_files(picture)
    page.get_by_role("button", name="Joindre : Un document qui montre").click()
    expect(page.locator("#papers")).to_contain_text("document 1")


def attach_pdf(page: Page) -> None:
    """Attach a bill as a supplier sends it."""
    bill = {"name": "facture.pdf", "mimeType": "application/pdf", "buffer": sent_files.scripted()}
    page.locator("#domicile-paper").set_input_files(bill)  # type: ignore[arg-type]
    page.get_by_role("button", name="Joindre : Un document qui montre").click()
    expect(page.locator("#papers")).to_contain_text("document 1")


def central_desk(town: DemoTown, page: Page) -> Page:
    agent = Agent(town, page, "ens", "helene.marais")
    agent.desk = town.instance.pages_url("front_desk")
    agent.sign_in()
    page.goto(agent.desk)
    return page


def accept(page: Page, name: str, *, second: bool = False, known: str = "") -> None:
    opens_request(page, name)
    page.locator("#paper-0").select_option("livret de famille")
    page.locator("#identity_paper").select_option("passeport")
    if second:
        expect(page.get_by_role("img")).to_have_js_property("complete", True)
        assert page.get_by_role("img").evaluate("each => each.naturalWidth") == 900
        page.get_by_label("Le reprendre dans le dossier").check()
        page.get_by_label("Service Enseignement").check()
    if known:
        page.get_by_label("Oui : Nora Moreau").check()
        page.get_by_label(f"Oui : {known}").check()
    page.get_by_role("button", name="Accepter").click()
    expect(page.locator("main")).to_contain_text("Un lien d’activation part par e-mail")


def until_child(page: Page, town: DemoTown) -> None:
    """Open Nora's page: her guardian's card travels for a moment."""
    until_shown(page, "Nora", f"{town.portal}/enfants", 10.0)
    page.get_by_role("link", name="Nora").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nora Moreau")


def forgets(page: Page, town: DemoTown, login: str) -> str:
    page.goto(f"{town.portal}/mot-de-passe-oublie")
    axe_finds_nothing(page, english=True)
    page.get_by_label("Identifiant").fill(login)
    page.get_by_role("button", name="Recevoir un lien").click()
    expect(page.locator("main")).to_contain_text("C’est noté")
    return page.locator("main").inner_text()
