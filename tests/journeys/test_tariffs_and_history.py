"""A visitor looks prices up without an account; a parent reads ten years, and takes them away."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from shared.dates.clock import today
from tests.factories import pdf
from tests.journeys.bus import held_still
from tests.journeys.conftest import NewPage
from tests.journeys.keyboard import press, write
from tests.journeys.looks import faults
from tests.journeys.people import Parent
from tests.journeys.town import DemoTown

CLUB = {"code": "old_club", "label": "Ancien club nautique"}


def test_a_visitor_searches_compares_simulates_and_passes_the_address_on(
    town: DemoTown, new_page: NewPage
) -> None:
    visitor = new_page()
    visitor.goto(f"{town.portal}/connexion")
    visitor.get_by_role("link", name="Voir les tarifs sans compte").click()
    visitor.wait_for_url("**/tarifs")
    visitor.context.clear_cookies()  # those of the form that signs in

    write(visitor, visitor.locator("#q"), "natasion")
    visitor.keyboard.press("Enter")
    expect(visitor.locator("#found")).to_contain_text("trouvé")
    found = faults(visitor)
    press(visitor, visitor.get_by_role("link", name="École de natation"))
    expect(visitor.locator("main")).to_contain_text("0,6 % du quotient, de 2,50 € à 9,00 €")
    found += faults(visitor)

    with held_still(town, "enrolment_agg"):
        visitor.goto(f"{town.portal}/tarifs")
        visitor.get_by_role("checkbox", name="Comparer École de natation").check()
        visitor.get_by_role("checkbox", name="Comparer Repas").check()
        visitor.get_by_role("button", name="Comparer les prix cochés").click()
        visitor.get_by_label("Votre commune").select_option(label="Démonstration")
        visitor.get_by_label("Quotient familial").fill("742")
        visitor.get_by_label("Jours par semaine").select_option("4")
        visitor.get_by_role("button", name="Voir le prix").click()
        expect(visitor.locator("main")).to_contain_text("0,6 % de votre quotient de 742 €")
        expect(visitor.locator("main")).to_contain_text("10,80 €")
        found += faults(visitor)
        address = visitor.locator(".address a").get_attribute("href") or ""

    assert "742" not in address and visitor.context.cookies() == []
    other = new_page()
    other.goto(address)
    expect(other.locator("main")).to_contain_text("2,70 €")
    expect(other.locator("main")).to_contain_text("T3, quotient : de 650 à moins de 900")
    assert "742" not in other.locator("main").inner_text()
    assert other.context.cookies() == []
    other.get_by_role("link", name="English").click()
    expect(other.locator("main")).to_contain_text("T3, quotient: from 650 to less than 900")
    found += faults(other)
    assert found == []


def test_a_parent_reads_ten_years_an_imported_one_and_a_club_that_left_and_takes_them_away(
    town: DemoTown, new_page: NewPage, tmp_path: Path
) -> None:
    file = tmp_path / "reprise.json"
    file.write_text(json.dumps(_past_years("E004")), "utf-8")
    assert "0 of no known child" in town.preau("history", "import", str(file)).stdout
    parent = Parent(town, new_page(), "helene.garnier@example.com")
    parent.sign_in()

    parent.open_page("Lou", "parcours")
    page = parent.page
    years = page.get_by_label("Année scolaire").locator("option").all_inner_texts()
    assert len(years) >= 10
    page.get_by_label("Service").select_option(label=CLUB["label"])
    page.get_by_role("button", name="Filtrer").click()
    expect(page.locator("main")).to_contain_text("Ancien club nautique")
    expect(page.locator("main")).to_contain_text("historique")
    found = faults(page)

    page.get_by_role("link", name="Avec les factures et les paiements").click()
    found += faults(page)
    said = json.loads(_downloaded(page, "JSON", tmp_path).decode())
    paper = _downloaded(page, "PDF", tmp_path)

    lou = next(each for each in said["children"] if each["first_name"] == "Lou")
    assert len({each["school_year"] for each in lou["activities"]}) >= 10
    assert {"taken_over"} <= {each["origin"] for each in lou["activities"]}
    assert "Ancien club nautique" in pdf.text(paper)
    assert {"H1", "H2", "H3", "Table", "TH"} <= set(pdf.roles(paper))
    parent.open_page("Lou", "qui-a-lu")
    expect(page.locator("main")).to_contain_text("Historique des activités de Lou, en PDF")
    page.goto(f"{town.portal}/langue/en?retour=/historique")
    found += faults(page)
    assert found == []


def _past_years(reference: str) -> dict[str, object]:
    """Return ten school years before this one: meals each year, and sailing in the fifth."""
    last = today().year - 2
    lines = [
        _line(reference, "ens", "canteen", "Cantine", year) for year in range(last - 9, last + 1)
    ]
    lines.append(_line(reference, CLUB["code"], "sail", "Voile", last - 4))
    return {"batch": "reprise-1", "providers": [CLUB], "lines": lines}


def _line(child: str, provider: str, activity: str, label: str, year: int) -> dict[str, object]:
    return {
        "child": child,
        "provider": provider,
        "activity": activity,
        "label": label,
        "school_year": f"{year}-{year + 1}",
        "months": {f"{year}-10": 9, f"{year + 1}-03": 11},
    }


def _downloaded(page: Page, form: str, folder: Path) -> bytes:
    day = today()
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Télécharger en {form}").click()
    name = download.value.suggested_filename
    assert name in {f"historique-{each}.{form.lower()}" for each in (day, today())}
    path = folder / name
    download.value.save_as(path)
    return path.read_bytes()
