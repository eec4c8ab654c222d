"""« Dépenses » and « Factures passées »: a year's sums, which are those of its bills."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from shared.contracts.billing import bills
from shared.contracts.billing.figures import spending
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, Child, Portal, main_of
from tests.factories.portal_bills import BILLING, bill, payment

HOUSEHOLD, OTHER_HOME = new_id(), new_id()
MANON, LUCAS = new_id(), new_id()
YEAR = "/depenses?annee=2025"
PAST = "/factures/passees?annee=2025"


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows Claire's two children."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child("Manon"), Child("Lucas"))
        yield portal


def spent(label: str, cents: int, month: str = "2026-05", **more: Any) -> dict[str, Any]:
    """Return what one month's bills charge for Manon at the agglomeration."""
    usual = {"provider": "agg", "child_id": MANON, "child": "Manon", "activity": "sport"}
    return {**usual, "month": month, "label": label, "cents": cents, **more}


def at_school(cents: int, month: str = "2025-10", **more: Any) -> dict[str, Any]:
    return spent("Repas", cents, month, provider="ens", activity="canteen", **more)


def answers(
    portal: Portal,
    *rows: dict[str, Any],
    told: list[dict[str, Any]] | None = None,
    paid: tuple[dict[str, Any], ...] = (),
) -> None:
    """Let billing answer these rows, and for each a paid bill of the same amount unless told."""
    known = (
        told
        if told is not None
        else [
            {
                **bill(row["cents"], month=row["month"], state=bills.PAID),
                "provider": row["provider"],
            }
            for row in rows
        ]
    )
    total = sum(row["cents"] for row in rows)
    portal.callees.answers(
        BILLING,
        spending.spending,
        lambda request: {
            "years": [
                {"year": 2026, "cents": 1200},
                {"year": 2025, "cents": total},
                {"year": 2024, "cents": 900},
                {"year": 2023, "cents": 800},
            ],
            "spent": list(rows) if request.household_id == HOUSEHOLD else [],
            "bills": known if request.household_id == HOUSEHOLD else [],
            "payments": list(paid),
            "refunds": [{"provider": "agg", "on": today(), "cents": 1240}],
        },
    )


def asked(portal: Portal) -> list[SimpleNamespace]:
    name = spending.spending.name
    return [request for _, method, _, request in portal.callees.asked if method == name]


def test_last_spring_s_sport_is_read_on_the_page_of_its_year(
    portal: Portal, browser: FlaskClient
) -> None:
    answers(portal, spent("Atelier sport", 4_500), spent("Atelier sport", 900, "2025-11"))

    page = main_of(browser.get(YEAR).text)

    assert "Dépenses 2025-2026" in page
    assert "Printemps (avril à juin) 45,00 €" in page
    assert "Automne (septembre à décembre) 9,00 €" in page
    assert "Total de l’année 54,00 €" in page and "54,00 € réglés" in page


def test_an_advance_that_was_paid_back_is_said_with_its_day_and_service(
    portal: Portal, browser: FlaskClient
) -> None:
    answers(portal, at_school(2_000), spent("Judo", 900))

    whole = main_of(browser.get(YEAR).text)
    school = main_of(browser.get(f"{YEAR}&service=ens").text)

    assert "12,40 € remboursés par virement le" in whole
    assert "remboursés" not in school


def test_one_child_s_or_one_service_s_part_is_filtered_and_adds_up(
    portal: Portal, browser: FlaskClient
) -> None:
    of_lucas = {"child_id": LUCAS, "child": "Lucas"}
    answers(portal, spent("Judo", 3_000), at_school(2_000), at_school(1_000, **of_lucas))

    whole = main_of(browser.get(YEAR).text)
    manon = main_of(browser.get(f"{YEAR}&enfant={MANON}").text)
    school = main_of(browser.get(f"{YEAR}&service=ens").text)

    assert "Total de l’année 60,00 €" in whole
    assert "Manon 50,00 €" in whole and "Lucas 10,00 €" in whole
    assert "Total de ce choix 50,00 €" in manon
    assert "Total de ce choix 30,00 €" in school and "Judo" not in school


def test_what_a_year_s_bills_became_is_said_true(portal: Portal, browser: FlaskClient) -> None:
    told = [
        bill(1_000, state=bills.PAID),
        bill(2_000),
        bill(3_000, checking=True),
        bill(4_000, checking=True, debit_on=today()),
        bill(5_000, state=bills.TRANSFERRED),
        bill(-500, kind=bills.CREDIT_NOTE, state=bills.CREDITED),
    ]
    answers(portal, at_school(14_500), told=[{**each, "provider": "ens"} for each in told])

    page = main_of(browser.get(YEAR).text)

    assert (
        "5,00 € réglés, 20,00 € à régler, 30,00 € en cours de vérification, 40,00 € à prélever, "
        "50,00 € au Trésor public"
    ) in page


def test_a_bill_of_which_a_payment_may_have_come_is_not_said_to_be_paid_again(
    portal: Portal, browser: FlaskClient
) -> None:
    owed = bill(2_000)
    unclear = {**payment(owed, bills.DISCREPANT), "provider": "ens"}
    answers(portal, at_school(2_000), told=[{**owed, "provider": "ens"}], paid=(unclear,))

    page = main_of(browser.get(YEAR).text)

    assert "20,00 € en cours de vérification" in page and "à régler" not in page


def test_another_software_s_lines_are_counted_with_the_child_of_that_name(
    portal: Portal, browser: FlaskClient
) -> None:
    past = {"child_id": None, "activity": ""}
    answers(
        portal,
        spent("Judo", 3_000),
        spent("Judo", 700, "2025-09", **past),
        spent(
            "",
            50,
            **past,
        ),
    )

    page = main_of(browser.get(f"{YEAR}&enfant={MANON}").text)

    assert "Total de ce choix 37,50 €" in page and "sans détail" in page


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_figures_leave_as_a_file_with_a_name_that_survives(
    portal: Portal, browser: FlaskClient, form: str
) -> None:
    answers(portal, spent("=Judo", 3_000), at_school(2_050))

    answer = browser.get(f"/depenses.{form}?annee=2025")

    named = answer.headers["Content-Disposition"]
    assert f'filename="Depenses-2025-2026.{form}"' in named
    rows = _rows(answer.data, form)
    assert rows[0] == ["Mois", "Enfant", "Activité", "Service", "Montant"]
    assert sum(float(str(row[-1]).replace(",", ".")) for row in rows[1:]) == 50.5


def test_a_silent_billing_is_named_and_the_cards_still_show_past_bills(
    portal: Portal, browser: FlaskClient
) -> None:
    paid = bill(state=bills.PAID, month="2026-05")
    billed.receives_bills(portal, HOUSEHOLD, paid, payments=(payment(paid),))
    portal.callees.answers(BILLING, spending.spending, None)

    spending_page, past = (main_of(browser.get(each).text) for each in (YEAR, PAST))

    assert "La facturation ne répond pas en ce moment." in spending_page
    assert "2026-ENS-000123" in past and "Voici d’après ce qu’elle disait" in past
    assert browser.get("/depenses.csv?annee=2025").status_code == 503


def test_past_bills_come_ten_at_a_time_with_the_total_of_all(
    portal: Portal, browser: FlaskClient
) -> None:
    told = [
        {
            **bill(1_000, state=bills.PAID, number=f"2026-ENS-{at:06}", month="2026-05"),
            "provider": "ens",
        }
        for at in range(12)
    ]
    answers(portal, at_school(12_000), told=told)

    first, second = (browser.get(f"{PAST}&page={page}").text for page in (0, 1))

    assert first.count('class="bill over"') == 10 and second.count('class="bill over"') == 2
    assert "12 factures et avoirs 120,00 €" in main_of(first)
    assert "page 2 sur 2" in main_of(second)
    assert main_of(browser.get(f"{PAST}&page=99").text) == main_of(second)


def test_past_bills_are_narrowed_to_a_service_and_never_hold_what_is_owed(
    portal: Portal, browser: FlaskClient
) -> None:
    told = [
        {**bill(1_000, state=bills.PAID), "provider": "ens"},
        {**bill(2_000, state=bills.PAID, number="2026-AGG-000007"), "provider": "agg"},
        {**bill(9_900, number="2026-AGG-000008"), "provider": "agg"},
    ]
    answers(portal, at_school(1_000), spent("Judo", 11_900), told=told)

    page = main_of(browser.get(f"{PAST}&service=agg").text)

    assert "1 facture ou avoir 20,00 €" in page and "99,00" not in page


def test_each_of_a_guardian_s_homes_is_asked_and_nobody_else_s(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD, OTHER_HOME], Child("Manon"), version=2)
    answers(portal, at_school(1_000))

    browser.get(YEAR)

    assert {(each.household_id, each.year) for each in asked(portal)} == {
        (HOUSEHOLD, 2025),
        (OTHER_HOME, 2025),
    }


@pytest.mark.parametrize("address", ["/depenses?annee=1066", "/depenses.exe?annee=2025"])
def test_what_is_no_year_or_no_file_is_not_found(
    portal: Portal, browser: FlaskClient, address: str
) -> None:
    assert browser.get(address).status_code == 404


def _rows(content: bytes, form: str) -> list[list[Any]]:
    if form == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    sheet = load_workbook(io.BytesIO(content)).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]
