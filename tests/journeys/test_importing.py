"""Data of two other programs comes in: checked, brought in twice, doubted, undone, seen."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy.instance.instance import PROJECT
from deploy.processes.ops_requests import ops_client
from shared.contracts.identity import accounts
from tests.factories import pdf
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.databases import one
from tests.journeys.looks import faults
from tests.journeys.people import Agent, Parent, sends, until_shown
from tests.journeys.town import PASSWORD, DemoTown

SAMPLES = PROJECT / "deploy" / "towns" / "imports"
ELODIE = "elodie.marchal@example.org"
SEE = "Voir ce que j’écris"
NO_CODE = "Ce code n’est pas reconnu"
MARCHALS_STAY = "ardoise:1041: an adult has chosen a password"


def imports(town: DemoTown, command: str, sample: str, ok: bool = True) -> str:
    """Run `preau import` with a sample and its mapping; return what it printed."""
    mapping = str(SAMPLES / f"{sample}.yaml")
    csv, xlsx = (SAMPLES / f"{sample}{end}" for end in (".csv", ".xlsx"))
    file = str(csv if csv.exists() else xlsx)
    return town.preau("import", command, file, "--mapping", mapping, ok=ok).stdout


def undoes(town: DemoTown, batch: str) -> str:
    return town.preau("import", "undo", batch).stdout


@pytest.fixture
def taken_back(town: DemoTown) -> DemoTown:
    """Give the town without anything of the two programs."""
    for batch in ("ardoise-mandates", "ardoise-places", "lutrin", "ardoise"):
        undoes(town, batch)
    return town


def test_families_come_once_a_doubt_waits_with_its_score_and_all_is_taken_back(
    taken_back: DemoTown,
) -> None:
    town = taken_back

    checked = imports(town, "check", "ardoise-families")
    assert "cp1252" in checked
    assert "0 wrong, 1 doubtful" in checked  # a home without an address, which gets no letter
    assert "3 would change something, 1 linked, 2 new, 1 waiting" in checked

    first = imports(town, "families", "ardoise-families")
    again = imports(town, "families", "ardoise-families")
    assert first.startswith("3 changed something")
    assert again.startswith("0 changed something") and "3 same" in again

    doubts = town.preau("import", "doubts", "ardoise").stdout
    assert re.search(r"ardoise:52 .* (8\d|9\d) ", doubts)
    known = one(town, "dossier", "SELECT known FROM import_doubt WHERE child = ?", "ardoise:52")
    manon = one(town, "dossier", "SELECT id FROM child WHERE reference = ?", "E001")
    assert known == manon
    assert known in doubts, "whole: it is given to `decide`"
    other = town.preau("import", "decide", "ardoise:53", "--same-as", known, "--by", "N", ok=False)
    assert "ardoise:53 does not wait" in other.stderr

    town.preau("import", "decide", "ardoise:52", "--another", "--by", "Nadia Roussel")
    assert imports(town, "families", "ardoise-families").startswith("1 changed something")

    assert "4 families" in undoes(town, "ardoise")
    assert imports(town, "families", "ardoise-families").startswith("3 changed something")
    undoes(town, "ardoise")


def test_past_years_bills_and_payments_come_once_and_stand_among_the_family_s_own(
    taken_back: DemoTown, new_page: NewPage
) -> None:
    town = taken_back
    imports(town, "families", "ardoise-families")
    assert "1 linked, 1 new" in imports(town, "families", "lutrin-families")

    assert imports(town, "history", "ardoise-history").startswith("4 months changed, 0 lines")
    assert imports(town, "history", "ardoise-history").startswith("0 months changed, 0 lines")
    assert imports(town, "bills", "lutrin-bills").startswith("3 changed something")
    assert imports(town, "bills", "lutrin-payments").startswith("1 changed something")
    assert imports(town, "bills", "lutrin-bills").startswith("0 changed something")
    assert imports(town, "bills", "lutrin-payments").startswith("0 changed something")

    parent = Parent(town, new_page(), ELODIE)
    _account(town)
    parent.sign_in()
    page = parent.page
    page.goto(f"{town.portal}/factures")
    expect(page.locator("main")).to_contain_text("L-2023-104")
    expect(page.locator("main")).to_contain_text("historique")
    expect(page.locator("main")).to_contain_text("Rien à payer")
    found = faults(page)
    page.get_by_role("link", name="Détail, n° L-2023-104").click()
    expect(page.locator("main")).to_contain_text("Licence")
    expect(page.locator("main")).to_contain_text("ancien logiciel")
    found += faults(page)
    parent.open_page("Zoé", "parcours?annee=2023-2024")
    expect(page.locator("main")).to_contain_text("historique")
    parent.open_page("Zoé", "qui-a-lu")
    expect(page.locator("main")).to_contain_text("Dossier repris de l’ancien logiciel")
    found += faults(page)
    assert found == []

    undone = undoes(town, "lutrin")
    assert "4 bills and payments" in undone and "2 families" in undone
    kept = undoes(town, "ardoise")
    assert "4 months of past years" in kept and MARCHALS_STAY in kept
    page.goto(f"{town.portal}/factures")
    expect(page.locator("main")).not_to_contain_text("L-2023-104")


def test_this_year_comes_once_and_the_family_finds_its_places_its_price_and_its_mandate(
    taken_back: DemoTown, new_page: NewPage
) -> None:
    town = taken_back
    imports(town, "families", "ardoise-families")

    checked = imports(town, "check", "ardoise-places")
    assert "line 1 above the columns left out" in checked
    assert "no row is wrong or doubtful" in checked
    assert imports(town, "places", "ardoise-places").startswith("3 changed something, 3 new")
    assert imports(town, "places", "ardoise-places").startswith("0 changed something, 3 same")
    assert "sheet « Quotients »" in imports(town, "check", "ardoise-quotients")
    imports(town, "quotients", "ardoise-quotients")  # what was said of one home is never deleted
    assert "2 same" in imports(town, "quotients", "ardoise-quotients")
    assert imports(town, "mandates", "ardoise-mandates").startswith("1 changed something")
    assert imports(town, "mandates", "ardoise-mandates").startswith("0 changed something")

    parent = Parent(town, new_page(), ELODIE)
    _account(town)
    parent.sign_in()
    page = parent.page
    main = page.locator("main")
    page.goto(f"{town.portal}/quotient")
    expect(main).to_contain_text("412,50")
    expect(main).to_contain_text("repris de l’ancien logiciel")
    until_shown(page, "Zoé y est déjà", f"{town.portal}/activites")
    expect(main).to_contain_text("1,20 €")  # of an evening, at that quotient
    found = faults(page)
    page.goto(f"{town.portal}/prelevements")
    expect(main).to_contain_text("4557")
    found += faults(page)
    assert found == []

    undone = undoes(town, "ardoise-places")
    assert "3 places" in undone
    assert "1 mandates" in undoes(town, "ardoise-mandates")
    assert "nothing is here of a batch ardoise-places" in undoes(town, "ardoise-places")
    count = "SELECT count(*) FROM application WHERE batch = 'ardoise-places'"
    assert one(town, "enrolment_ens", count) == "0"


def test_places_of_a_child_under_another_s_number_are_not_sent(
    taken_back: DemoTown, tmp_path: Path
) -> None:
    imports(taken_back, "families", "ardoise-families")
    rows = (SAMPLES / "ardoise-places.csv").read_text("cp1252")
    (tmp_path / "wrong.csv").write_text(rows.replace("50;Zoé", "51;Zoé"), "cp1252")
    mapping = ("--mapping", str(SAMPLES / "ardoise-places.yaml"))
    file, problems = str(tmp_path / "wrong.csv"), tmp_path / "problems.csv"

    checked = taken_back.preau(
        "import", "check", file, *mapping, "--problems", str(problems), ok=False
    )
    sent = taken_back.preau("import", "places", file, *mapping, ok=False)

    assert checked.returncode == 1
    written = problems.read_text("utf-8-sig")
    assert "3;child;the number is another child's here" in written and ";N° enfant\n" in written
    assert sent.returncode == 1 and "nothing was sent" in sent.stderr


def test_an_agent_of_the_front_desk_says_that_it_is_another_child(
    taken_back: DemoTown, new_page: NewPage
) -> None:
    town = taken_back
    imports(town, "families", "ardoise-families")
    helene = Agent(town, new_page(DESK), "front_desk", "helene.marais")
    helene.sign_in()
    page = helene.page

    page.goto(f"{helene.desk}/reprises")
    expect(page.get_by_role("heading", name="Enfant n° 52")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Oui : Manon Lefèvre")
    found = faults(page)
    page.get_by_label("Non, un autre enfant").check()
    page.get_by_role("button", name="Noter").click()
    expect(page.locator("main")).to_contain_text("C’est noté.")
    found += faults(page)

    assert found == []
    assert imports(town, "families", "ardoise-families").startswith("1 changed something")
    undoes(town, "ardoise")


def test_an_imported_parent_s_letter_is_printed_at_the_desk_and_opens_the_account(
    taken_back: DemoTown, new_page: NewPage
) -> None:
    town = taken_back
    imports(town, "families", "ardoise-families")
    _account(town)  # of the mother of that family; whether another journey has opened it, or not
    helene = Agent(town, new_page(DESK), "front_desk", "helene.marais")
    helene.sign_in()
    desk = helene.page
    _opens_household(desk, helene)
    desk.get_by_role("button", name="Ne plus écrire : le foyer l’a demandé").click()
    found = faults(desk)
    assert "Ne plus écrire\n1 foyer" in _again(desk, helene)
    desk.go_back()
    sends(desk.get_by_role("button", name="Écrire de nouveau"))
    expect(desk.locator("main")).to_contain_text("attend de nouveau sa lettre")
    assert "Ne plus écrire\n" not in _again(desk, helene)
    found += faults(desk)

    with desk.expect_download() as printed:
        desk.get_by_role("button", name="Imprimer").click()
    letters = pdf.text(printed.value.path().read_bytes())
    login, code = _access_of("Rémi Marchal", letters)
    assert "Zoé" not in letters and "Keïta" not in letters  # no child, and who has no address

    _undone_after_its_letters(town, new_page(PHONE), _access_of("Inès Duriez", letters)[1])
    parent_page = new_page(PHONE)  # of whoever opened the envelope that came back
    _opens_household(desk, helene)
    desk.get_by_role("button", name="Ne plus écrire : une lettre est revenue").click()
    sends(desk.get_by_role("button", name="Écrire de nouveau"))
    until(lambda: "suivante" in _again(desk, helene))
    _chooses_password(town, parent_page, code)
    expect(parent_page.locator("main")).to_contain_text(NO_CODE)
    with desk.expect_download() as printed:
        desk.get_by_role("button", name="Imprimer").click()
    code = _access_of("Rémi Marchal", pdf.text(printed.value.path().read_bytes()))[1]

    _again(desk, helene)  # the paper was lost: the same letters once more, with other codes
    found += faults(desk)
    desk.get_by_role("link", name="Imprimer de nouveau").first.click()
    found += faults(desk)
    with desk.expect_download() as printed:
        desk.get_by_role("button", name="Refaire").click()
    lost = code
    login, code = _access_of("Rémi Marchal", pdf.text(printed.value.path().read_bytes()))
    assert code != lost

    parent = Parent(town, new_page(PHONE), login)
    _chooses_password(town, parent.page, code)
    expect(parent.page.locator("main")).to_contain_text("Votre mot de passe est enregistré")
    parent.sign_in()
    parent.open_child("Zoé")

    until(lambda: "suivante" not in _again(desk, helene))
    found += faults(desk)
    assert found == []
    assert MARCHALS_STAY in undoes(town, "ardoise")


def _undone_after_its_letters(town: DemoTown, page: Page, code: str) -> None:
    """
    Take the batch back: who never came goes, and the code with the family.

    Where one parent is here the family stays, and the other's code, as what follows shows.
    """
    query = "SELECT id FROM guardian WHERE name = ?"
    ines = one(town, "dossier", query, "Inès Duriez")
    codes = "SELECT count(*) FROM invitation WHERE subject = ?"
    assert one(town, "identity", codes, ines) == "1"

    undone = undoes(town, "ardoise")

    assert MARCHALS_STAY in undone and "ardoise:1044" not in undone
    until(lambda: one(town, "identity", codes, ines) == "0")
    _chooses_password(town, page, code)
    expect(page.locator("main")).to_contain_text(NO_CODE)


def _opens_household(desk: Page, helene: Agent) -> None:
    desk.goto(helene.desk)
    desk.get_by_label("Nom et prénom").fill("Rémi Marchal")
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name="Rémi Marchal").first.click()


def _chooses_password(town: DemoTown, page: Page, code: str) -> None:
    """Choose a password as who reads the letter with a telephone, and see what was typed."""
    page.goto(f"{town.portal}/activation#code={code}")
    expect(page.get_by_label("Code")).to_have_value(code)
    assert code not in page.url
    password, see = page.get_by_label("Nouveau mot de passe"), page.get_by_label(SEE)
    password.fill(PASSWORD)
    see.check()
    expect(password).to_have_attribute("type", "text")
    see.uncheck()
    expect(password).to_have_attribute("type", "password")
    page.get_by_role("button", name="Choisir ce mot de passe").click()


def _access_of(name: str, letters: str) -> tuple[str, str]:
    """Return login and code from the letter to somebody of this name."""
    own = letters.split(name)[1]
    said = re.search(r"Votre identifiant\s*(\S+?)\s*Votre code\s*((?:\w{5}-){4}\w{5})", own)
    assert said is not None, own[:80]
    return said[1], said[2]


def _again(desk: Page, helene: Agent) -> str:
    desk.goto(f"{helene.desk}/lettres")
    return desk.locator("main").inner_text()


def test_a_file_with_a_wrong_row_is_not_sent(taken_back: DemoTown, tmp_path: Path) -> None:
    rows = (SAMPLES / "lutrin-families.csv").read_text("utf-8")
    (tmp_path / "wrong.csv").write_text(rows.replace("2018-03-12", "2018-13-12"), "utf-8")
    mapping = str(SAMPLES / "lutrin-families.yaml")
    file = str(tmp_path / "wrong.csv")

    checked = taken_back.preau("import", "check", file, "--mapping", mapping, ok=False)
    sent = taken_back.preau("import", "families", file, "--mapping", mapping, ok=False)

    assert checked.returncode == 1 and "birth_date" in checked.stdout
    assert sent.returncode == 1 and "nothing was sent" in sent.stderr


def _account(town: DemoTown) -> None:
    """Let Élodie Marchal sign in; the account and the portal's card travel for a moment."""
    subject = one(town, "dossier", "SELECT id FROM guardian WHERE name = ?", "Élodie Marchal")
    account = {
        "subject": subject,
        "kind": "family",
        "login": ELODIE,
        "name": "Élodie Marchal",
        "password": PASSWORD,
    }
    with ops_client(town.applied) as client:
        client.ask(accounts.open_accounts, accounts.OpenAccountsRequest([account]), deadline=60.0)
    until(lambda: _knows(town, subject))


def _knows(town: DemoTown, subject: str) -> bool:
    query = "SELECT 1 FROM subject WHERE subject = ?"
    return all(one(town, each, query, subject) == "1" for each in ("dossier", "billing"))
