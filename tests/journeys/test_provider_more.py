"""A provider more, from the trial to its receipts, while another provider is down."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy.demo.invented.account_holders import PASSWORD, DemoAgent
from deploy.processes.ops_requests import ops_client
from shared.contracts.identity import accounts
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.journeys.bus import held_still, until, until_whole
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import change
from tests.journeys.keyboard import choose, press, write
from tests.journeys.looks import is_sound, is_sound_at_every_width
from tests.journeys.offers import offer_every_day
from tests.journeys.people import Agent, Parent, child_id, until_shown
from tests.journeys.town import DemoTown

LOGIN = "claire.lefevre@example.org"
CIRCUS = """
  - code: cir
    label: École de cirque
    short_label: Cirque
    letter: Q
    hue: 2
    kind: association
    controller: Association du Cirque
    dpo: dpo@cirque.example
    phone: "02 00 00 00 00"
    legal_basis: "RGPD art. 6-1-e : mission d’intérêt public"
    article_9_ground: "RGPD art. 9-2-g : intérêt public important"
    activities:
      - {code: trapeze, label: Trapèze, regime: sport}
    on_occasion: Savoir ce que l’enfant ne mange pas, quand une séance a un goûter
    entitlements:
      care_core: S’occuper de l’enfant et savoir quoi faire en cas d’urgence
      family: Savoir qui peut inscrire l’enfant
    roles:
      - code: lead
        label: Responsable
        projections: [care_core, diet, allergies]
        marks_seen: [care_core]
        acts: [roll_call, applications, day]
    first_administrator: {login: zoe.hardy, name: Zoé Hardy}
"""
ZOE = DemoAgent("zoe.hardy", "Zoé Hardy", "cir", ("lead",))
DIET = "sans porc"
WIDER = "      pickup: Remettre l’enfant à la sortie du chapiteau\n"


@pytest.mark.nightly
def test_a_provider_is_tried_goes_live_learns_more_only_when_approved_and_leaves_with_receipts(
    town: DemoTown, new_page: NewPage, tmp_path: Path
) -> None:
    parent, desk = Parent(town, new_page(), LOGIN), new_page(DESK)
    manon = child_id(town, LOGIN, "Manon")
    parent.sign_in()
    fragment = tmp_path / "circus.yaml"
    fragment.write_text(CIRCUS, "utf-8")
    desk_of_others = town.pid("desk_ens")

    with held_still(town, "enrolment_ens"):  # another provider is down: nobody here notices
        added = town.preau("provider", "add", str(fragment), "--trial", "--seed", "7").stdout
        assert "seed 7" in added
        code = _sees_ten_invented_children(town, desk)
        offer_every_day(town, "cir", "journey-trapeze", "Trapèze du soir", "trapeze")
        _sees_nothing_of_it(town, parent, manon)

        live = town.preau("provider", "go-live", "cir").stdout
    assert "10 invented children" in live and "1 activities" in live
    until_shown(parent.page, "Trapèze du soir", f"{town.portal}/activites", 40)
    _applies(parent)
    _signs_in(town, desk, used=code)  # the desk of the trial forgot who was there
    with held_still(town, "enrolment_agg"):
        _a_cake_opens_the_diet(town, parent, desk, manon)
    _the_day_after_has_come(town)

    _is_widened(town)
    refused = town.preau("apply", ok=False)
    assert "cir would receive pickup" in refused.stderr
    assert "the data protection office was asked" in refused.stdout.replace("\n", " ")
    _the_office_approves(town, new_page)
    assert "approved at the front desk by Frédérique Arnaud" in town.preau("apply").stdout
    _reads_of_it_before(town, parent, manon)
    until(lambda: not _reads(town, desk, manon, DIET), 90)

    town.preau("provider", "suspend", "cir")
    said = town.preau("provider", "revoke", "cir").stdout
    assert "family: 1 receipts" in said and "the care core until" in said
    assert "family: 1 receipts" in town.preau("provider", "receipts", "cir").stdout
    parent.page.goto(f"{town.portal}/enfants/{manon}/qui-sait-quoi")
    expect(parent.page.locator("main")).to_contain_text("l’essentiel pour la sécurité reste 24")

    town.preau("provider", "revoke", "cir", "--at-once")
    until_shown(parent.page, "École de cirque", parent.page.url)
    assert town.preau("register", "--json").returncode == 0
    assert town.pid("desk_ens") == desk_of_others


@pytest.mark.nightly
def test_the_delegated_operator_changes_and_a_familys_place_goes_on_at_the_successor(
    town: DemoTown, new_page: NewPage, tmp_path: Path
) -> None:
    """Rules from real towns, test 4, by the one command of the town's IT department."""
    parent = Parent(town, new_page(), LOGIN)
    manon = child_id(town, LOGIN, "Manon")
    parent.sign_in()
    for code, label, letter in (("old", "Ancien délégataire", "O"), ("new", "Successeur", "N")):
        file = tmp_path / f"{code}.yaml"
        file.write_text(
            CIRCUS.replace("code: cir", f"code: {code}")
            .replace("École de cirque", label)
            .replace("letter: Q", f"letter: {letter}")
            .replace("zoe.hardy", f"lead.{code}"),
            "utf-8",
        )
        town.preau("provider", "add", str(file))
    offer_every_day(town, "old", "journey-old", "Mât chinois", "trapeze")
    parent.apply_for("Mât chinois", "Manon")
    expect(parent.page.locator("main")).to_contain_text("Manon a une place")

    yesterday = (today() - timedelta(days=1)).isoformat()
    told = town.preau("provider", "replace", "old", "new", "--on", yesterday).stdout
    again = town.preau("provider", "replace", "old", "new", "--on", yesterday).stdout

    assert "1 children linked to new, 1 activities, 1 applications" in told
    assert "0 children linked to new, 0 activities, 0 applications" in again
    until_shown(parent.page, "Le service change d’opérateur", f"{town.portal}/nouvelles")
    assert "Ancien délégataire" in parent.text()
    parent.page.goto(f"{town.portal}/enfants/{manon}/qui-sait-quoi")
    expect(parent.page.locator("main")).to_contain_text("par un changement de délégataire")
    is_sound(parent.page)
    town.preau("provider", "revoke", "new", "--wait", "5")
    town.preau("provider", "resume", "new")
    town.preau("provider", "revoke", "new", "--at-once")
    town.preau("provider", "revoke", "old", "--at-once")
    until_whole(town, 60)


def _sees_ten_invented_children(town: DemoTown, page: Page) -> str:
    """Look at them with an account of its own; return the one-time code, which serves once."""
    account = {
        "subject": new_id(),
        "kind": "agent",
        "login": ZOE.login,
        "name": ZOE.name,
        "password": PASSWORD,
        "totp_secret": ZOE.totp_secret,
        "rights": [{"provider": "cir", "role": "lead"}],
    }
    with ops_client(town.applied) as client:
        client.ask(accounts.open_accounts, accounts.OpenAccountsRequest([account]), deadline=30.0)
    until(lambda: town.status()["pages"].get("desk_cir", {}).get("ok"), 40)
    code = _signs_in(town, page)

    def ten() -> bool:
        page.goto(f"{town.desk('cir')}/enfants?q=essai")
        return len(set(re.findall(r"Essai-\w+", page.locator("main").inner_text()))) == 9

    until(ten)
    assert page.locator("main a[href*='/enfants/']").count() == 10
    is_sound(page)
    return code


def _signs_in(town: DemoTown, page: Page, used: str = "") -> str:
    code: str = until(lambda: ZOE.code_of_now != used and ZOE.code_of_now, 40)
    page.goto(town.desk("cir"))
    page.get_by_label("Identifiant").fill(ZOE.login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Code à 6 chiffres").fill(code)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("code")
    return code


def _sees_nothing_of_it(town: DemoTown, parent: Parent, child: str) -> None:
    for way in ("", "/activites", "/nouvelles", "/factures", f"/enfants/{child}/services"):
        parent.page.goto(f"{town.portal}{way}")
        shown = parent.text()
        for name in ("École de cirque", "Trapèze", "Essai"):
            assert name not in shown, way


def _applies(parent: Parent) -> None:
    """Ask for a place with the keyboard alone."""
    page = parent.page
    page.goto(f"{parent.town.portal}/activites")
    press(page, page.get_by_role("link", name="Trapèze du soir", exact=True))
    choose(page, page.get_by_label("Manon", exact=True))
    choose(page, page.get_by_label("Groupe Trapèze du soir"))
    write(page, page.get_by_label("À partir du"), f"{today():%m%d%Y}")  # as the browser has it
    press(page, page.get_by_role("button", name="Envoyer la demande"))
    answered = re.compile("Manon a une place|rien n’est encore envoyé")
    expect(page.locator("main")).to_contain_text(answered)
    anyway = page.get_by_label("Envoyer la demande quand même")
    if anyway.count():  # another journey gave the child a place at these hours
        choose(page, anyway)
        press(page, page.get_by_role("button", name="Envoyer la demande"))
    expect(page.locator("main")).to_contain_text("Manon a une place")


def _a_cake_opens_the_diet(town: DemoTown, parent: Parent, desk: Page, child: str) -> None:
    """Rule R3: who is booked there is opened for some days, and its family reads of it."""
    parent.tell_diet("Manon", "Sans porc")
    assert not _reads(town, desk, child, DIET)
    desk.goto(f"{town.desk('cir')}/fermetures")
    desk.get_by_role("link", name="On mange à une séance").click()
    is_sound_at_every_width(desk)
    desk.get_by_role("button", name=re.compile("Déclarer : Trapèze du soir")).first.click()
    expect(desk.locator("main")).to_contain_text("les familles sont prévenues")
    is_sound(desk)
    until(lambda: _reads(town, desk, child, DIET))
    is_sound(desk)
    until_shown(parent.page, "On mange à une séance", f"{town.portal}/nouvelles")
    expect(parent.page.locator("main")).to_contain_text("ensuite le service l’efface")
    is_sound_at_every_width(parent.page)


def _the_day_after_has_come(town: DemoTown) -> None:
    """Let the cake have been eaten three days ago; the dossier looks once a minute."""
    changed = change(
        town,
        "dossier",
        "UPDATE food_occasion SET last_day = :ended, turns_on = :today WHERE provider = 'cir'",
        ended=(today() - timedelta(days=2)).isoformat(),
        today=today().isoformat(),
    )
    assert changed == 1


def _reads(town: DemoTown, page: Page, child: str, words: str) -> bool:
    page.goto(f"{town.desk('cir')}/enfants/{child}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Manon")
    return words in page.locator("main").inner_text().lower()


def _is_widened(town: DemoTown) -> None:
    file = town.applied.town_file
    before, circus = file.read_text("utf-8").split("  - code: cir\n")
    circus = circus.replace("    roles:\n", f"{WIDER}    roles:\n", 1)
    circus = circus.replace("projections: [care_core", "projections: [care_core, pickup", 1)
    file.write_text(f"{before}  - code: cir\n{circus}", "utf-8")


def _the_office_approves(town: DemoTown, new_page: NewPage) -> None:
    """Approve on the page what `apply` asked for: where it stands, nothing is in force yet."""
    office = Agent(town, new_page(DESK), "front_desk", "frederique.arnaud")
    office.sign_in()
    office.page.goto(office.desk)
    office.page.get_by_role("link", name="Élargissements", exact=True).click()
    main = office.page.locator("main")
    expect(main).to_contain_text("Remettre l’enfant à la sortie du chapiteau")
    expect(main).to_contain_text("Rien n’est décidé : ce n’est pas en vigueur")
    is_sound_at_every_width(office.page)
    office.page.get_by_label("Pourquoi").fill("Sortie du chapiteau")
    office.page.get_by_role("button", name="Approuver exactement cela").click()
    expect(main).to_contain_text("Approuvé, pas encore signé")
    is_sound_at_every_width(office.page)


def _reads_of_it_before(town: DemoTown, parent: Parent, child: str) -> None:
    page, address = parent.page, f"{town.portal}/enfants/{child}/qui-sait-quoi"
    until_shown(page, "Ce qui va changer", address)
    expect(page.locator("main")).to_contain_text("recevra aussi")
    expect(page.locator("main")).to_contain_text("Remettre l’enfant à la sortie du chapiteau")
    is_sound(page)
    rows = town.applied.register_in_force() or {}
    assert "pickup" not in {r["projection"] for r in rows["entitlements"] if r["provider"] == "cir"}
    until_shown(page, "Un service en saura plus", f"{town.portal}/nouvelles")
    is_sound(page)
