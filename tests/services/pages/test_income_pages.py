"""Money and funds at the desk: income by band, hours for the CAF by the families' fund."""

import csv
import io
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from shared.contracts.billing.figures import hours_by_benefit_fund, income
from tests.databases import Database
from tests.factories import figures
from tests.factories import regie as make
from tests.factories.regie import Regisseur
from tests.factories.regie_answers import billed, earned

YEAR, QUARTER, NOVEMBER = "2025-2026", "2025-T4", date(2025, 11, 3)
COUNCIL = "/chiffres/conseil"
SECTION = "Recettes par activité"


@pytest.fixture
def odile(database: Database, tmp_path: Path) -> Iterator[Regisseur]:
    """Give somebody who holds the régie and answers for the days."""
    with make.regisseur_on(database, tmp_path, "treasurer", "lead") as regisseur:
        yield regisseur


def test_the_figures_of_a_year_have_its_income_by_activity(odile: Regisseur) -> None:
    page = odile.sees(f"/chiffres?periode={YEAR}")

    assert SECTION in page and "4 691,20 €" in page and "4 991,20 €" in page
    (asked,) = odile.asked(income.income)
    assert (asked.first, asked.last) == ("2025-09", "2026-08")


def test_a_quarter_and_a_month_have_theirs_and_a_week_has_none(odile: Regisseur) -> None:
    for period in ("2025-T4", "2025-11"):
        assert SECTION in odile.sees(f"/chiffres?periode={period}")
    assert SECTION not in odile.sees("/chiffres?periode=2025-W48")

    months = [(one.first, one.last) for one in odile.asked(income.income)]
    assert months == [("2025-10", "2025-12"), ("2025-11", "2025-11")]


def test_while_billing_is_silent_the_figures_say_so_and_show_the_rest(odile: Regisseur) -> None:
    odile.silence()

    page = odile.sees(f"/chiffres?periode={YEAR}")

    assert "La facturation n’a pas répondu à temps." in page
    assert "Demandes, refus et attente" in page


def test_who_does_not_hold_the_regie_sees_no_income_and_asks_for_none(
    database: Database, tmp_path: Path
) -> None:
    with make.regisseur_on(database, tmp_path, "lead") as karim:
        assert SECTION not in karim.sees(f"/chiffres?periode={YEAR}")
        karim.sees(f"/regie/recettes?periode={YEAR}", 404)
        assert karim.asked(income.income) == []


def test_the_page_has_every_band_and_the_file_hides_the_small_one_with_another(
    odile: Regisseur,
) -> None:
    page = odile.sees(f"/regie/recettes?periode={YEAR}")
    answer = odile.desk.client.get(f"/regie/recettes?periode={QUARTER}&fichier=csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))

    for words in ("Moins de 400", "400 et plus", "123,40 €", "4 567,80 €", "Prix unique"):
        assert words in page, words
    assert [(row["Foyers"], row["Facturé"], row["Caché"]) for row in rows] == [
        ("", "", "caché"),
        ("", "", "caché"),
        ("12", "300,00", ""),
    ]


def test_all_pages_of_an_answer_are_one_table(odile: Regisseur) -> None:
    more = earned("canteen", 40_000, None, households=8, cents=4_200)
    odile.callees.answers(
        "billing",
        income.income,
        lambda request: (
            {**billed(), "rows": [more]} if request.after else {**billed(), "next": "3"}
        ),
    )

    assert "42,00 €" in odile.sees(f"/regie/recettes?periode={YEAR}")


def test_a_period_without_a_bill_says_so_and_what_is_no_period_is_this_year(
    odile: Regisseur,
) -> None:
    odile.billing(income.income, {"cents": 0, "rows": [], "next": ""})

    assert "Aucune facture sur cette période" in odile.sees("/regie/recettes?periode=2020-2021")
    assert "Recettes, année scolaire" in odile.sees("/regie/recettes?periode=hier")


def test_a_month_and_a_year_leave_no_file_that_gives_a_quarter_s_small_band_away(
    odile: Regisseur,
) -> None:
    for period in (YEAR, "2025-11"):
        page = odile.sees(f"/regie/recettes?periode={period}")
        assert "choisissez-en un" in page and "CSV" not in page
        odile.sees(f"/regie/recettes?periode={period}&fichier=csv", 404)


def publishes(regisseur: Regisseur, **form: str) -> int:
    """Publish the quarter for the town; return the answer's status."""
    sent = regisseur.desk.sends(COUNCIL, at=f"{COUNCIL}?trimestre={QUARTER}", **form)
    return int(sent.status_code)


def test_income_is_published_by_who_holds_the_regie_and_stays_as_it_was(odile: Regisseur) -> None:
    page = odile.sees(f"{COUNCIL}?trimestre={QUARTER}")
    assert "Moins de 400" in page and "300,00 €" in page and "123,40 €" not in page

    publishes(odile, trimestre=QUARTER)
    publishes(odile, trimestre=QUARTER, recettes="oui")
    credited = earned("canteen", 40_000, None, households=30, cents=1)
    odile.billing(income.income, {**billed(), "rows": [credited]})
    publishes(odile, trimestre=QUARTER, recettes="oui")

    without, published = odile.provider.published("figures_published")
    assert without["content"]["income"] == []
    rows = published["content"]["income"]
    assert [(row["households"], row["cents"]) for row in rows] == [
        (None, None),
        (None, None),
        (12, 30_000),
    ]
    assert "elles ne changent plus" in odile.sees(f"{COUNCIL}?trimestre={QUARTER}")


def income_file(regisseur: Regisseur) -> list[tuple[str, str, str]]:
    answer = regisseur.desk.client.get(f"/regie/recettes?periode={QUARTER}&fichier=csv")
    rows = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";")
    return [(row["Activité"], row["Foyers"], row["Facturé"]) for row in rows]


def test_the_file_of_a_published_quarter_says_what_is_published(odile: Regisseur) -> None:
    before = income_file(odile)
    publishes(odile, trimestre=QUARTER, recettes="oui")
    credited = earned("canteen", 40_000, None, households=30, cents=1)
    odile.billing(income.income, {**billed(), "rows": [credited]})

    assert income_file(odile) == before
    page = odile.sees(f"/regie/recettes?periode={QUARTER}")
    assert "le fichier dit ce qui est publié" in page and "0,01 €" in page


def test_while_billing_is_silent_nothing_is_published_and_the_page_says_so(
    odile: Regisseur,
) -> None:
    odile.silence()

    publishes(odile, trimestre=QUARTER, recettes="oui")

    assert odile.provider.published("figures_published") == []
    assert "rien n’est publié" in odile.sees(f"{COUNCIL}?trimestre={QUARTER}")


def test_who_does_not_hold_the_regie_publishes_no_income(
    database: Database, tmp_path: Path
) -> None:
    with make.regisseur_on(database, tmp_path, "lead") as karim:
        assert "Recettes" not in karim.sees(f"{COUNCIL}?trimestre={QUARTER}")
        assert publishes(karim, trimestre=QUARTER, recettes="oui") == 404
        assert karim.asked(income.income) == []


def caf_rows(regisseur: Regisseur) -> list[dict[str, str]]:
    answer = regisseur.desk.client.get("/chiffres/caf?periode=2025-T4&fichier=csv")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def part_of(asked: hours_by_benefit_fund.FundHoursRequest) -> dict[str, object]:
    """Answer as if one child of six and more, of the agricultural fund, had come to each day."""
    return {
        "rows": [
            {
                **{"line": each["line"], "fund": "msa", "under_6": 0, "from_12": 0},
                **{"from_6": each["minutes"] * len(each["days"]), "age_unknown": 0},
            }
            for each in asked.sittings
        ]
    }


def test_billing_parts_the_quarter_s_hours_by_fund_for_who_holds_the_regie(
    odile: Regisseur,
) -> None:
    children = figures.children_of(odile.provider, 8)
    figures.an_autumn(children, random.Random(1), days=5, first_day=NOVEMBER, weekdays="14")
    figures.an_autumn(children, random.Random(2), days=4, first_day=NOVEMBER, weekdays="14")
    (whole,) = _without_fund(odile)
    odile.callees.answers("billing", hours_by_benefit_fund.fund_hours, part_of)

    rows = caf_rows(odile)

    assert [row["Régime"] for row in rows] == ["agricole (MSA)", "non connu"]
    for name in ("Moins de 6 ans", "6 à 11 ans", "12 ans et plus", "Heures"):
        assert sum(hours(row[name]) for row in rows) == hours(whole[name]), name
    (asked,) = odile.asked(hours_by_benefit_fund.fund_hours)[-1:]
    assert {each["line"] for each in asked.sittings} == {0}, "two groups, one line of the statement"
    assert sum(len(each["days"]) for each in asked.sittings) == 9
    assert "la facturation l’ajoute en sommes" in odile.sees("/chiffres/caf?periode=2025-T4")


def _without_fund(odile: Regisseur) -> list[dict[str, str]]:
    """Return the rows while billing is silent: whole, and the page says what they lack."""
    odile.billing(hours_by_benefit_fund.fund_hours, None)
    assert "le régime manque" in odile.sees("/chiffres/caf?periode=2025-T4")
    rows = caf_rows(odile)
    assert {row["Régime"] for row in rows} == {"non connu ici"}
    return rows


def hours(cell: str) -> float:
    return float(cell.replace(",", "."))


def test_what_billing_counts_beyond_the_roll_calls_is_said(odile: Regisseur) -> None:
    children = figures.children_of(odile.provider, 2)
    figures.an_autumn(children, random.Random(1), days=2, first_day=NOVEMBER, weekdays="14")
    more = {"under_6": 60_000, "from_6": 0, "from_12": 0, "age_unknown": 0}
    odile.billing(hours_by_benefit_fund.fund_hours, {"rows": [{"line": 0, "fund": "caf", **more}]})

    assert "h de plus que les pointages" in odile.sees("/chiffres/caf?periode=2025-T4")


def test_who_does_not_hold_the_regie_reads_hours_without_a_fund(
    database: Database, tmp_path: Path
) -> None:
    with make.regisseur_on(database, tmp_path, "lead") as karim:
        figures.an_autumn(
            figures.children_of(karim.provider, 2), random.Random(1), days=2, first_day=NOVEMBER
        )

        assert {row["Régime"] for row in caf_rows(karim)} == {"non connu ici"}
        assert karim.asked(hours_by_benefit_fund.fund_hours) == []
