"""A parent died: no mandate of theirs debits, the other one pays, and no bill is lost."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.billing import bills, debits
from shared.contracts.billing.regie import payers as regie
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs, treasury
from tests.factories.runs import home

IBAN = "FR57 1007 1280 0000 0010 1234 557"
DIED, LONG_AGO = date(2026, 11, 3), datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
SURVIVOR = {"subject": make.guardian(2).subject, "name": "Karim Lefèvre"}
NEXT, AFTER = 50, 51
"""Versions of the household above those that the bill's own telling used."""


@pytest.fixture
def bill(database: Database, tmp_path: Path) -> Iterator[str]:
    """Give an overdue bill of household 1, in the name of its only guardian."""
    with runs.billing_on(database, tmp_path):
        [bill_id] = treasury.late_bills(10, month="2026-09", at=LONG_AGO)
        yield bill_id


def dies(*left: dict[str, str]) -> None:
    """Let the dossier tell that the guardian in whose name the bill is died."""
    deceased = [make.guardian_row(1) | {"died_on": DIED}]
    make.household_published(1, NEXT, guardians=list(left), deceased=deceased)


def arrears() -> Any:
    return make.ask(make.holder(), regie.arrears)


def test_a_mandate_of_who_died_ends(bill: str) -> None:
    account = {"kind": "recurrent", "holder": "Élodie Canari", "iban": IBAN, "bic": ""}
    asked = {"household_id": home(1), "provider": "ens", **account}
    make.ask(make.guardian(1), debits.give_mandate, **asked)

    dies(SURVIVOR)

    mine = make.ask(make.guardian(2), debits.my_mandates, household_id=home(1))
    assert mine.mandates == []
    assert "mandate_ended" not in [each.kind for each in make.published(bills.bill_notice)]


def test_a_mandate_of_the_other_parent_stays(bill: str) -> None:
    make.household_published(1, NEXT - 1, guardians=[make.guardian_row(1), SURVIVOR])
    account = {"kind": "recurrent", "holder": "Karim Lefèvre", "iban": IBAN, "bic": ""}
    asked = {"household_id": home(1), "provider": "ens", **account}
    make.ask(make.guardian(2), debits.give_mandate, **asked)

    dies(SURVIVOR)

    mine = make.ask(make.guardian(2), debits.my_mandates, household_id=home(1))
    assert [each["state"] for each in mine.mandates] == ["active"]


def test_an_open_bill_in_the_name_of_who_died_is_named_to_the_regisseur(bill: str) -> None:
    assert arrears().of_deceased == []

    dies(SURVIVOR)

    (row,) = arrears().of_deceased
    assert (row["invoice_id"], row["deceased"], row["died_on"]) == (bill, "Famille 1", DIED)
    assert (row["payer"], row["heirs_pay"]) == ("Karim Lefèvre", False)
    account = make.ask(make.holder(), regie.payer_account, household_id=home(1))
    assert [each["name"] for each in account.deceased] == ["Famille 1"]


def test_where_no_payer_is_left_nobody_is_reminded_and_the_bill_waits_for_the_heirs(
    bill: str,
) -> None:
    dies()

    assert make.ask(make.holder(), regie.remind, invoices=[bill]).reminded == 0
    (row,) = arrears().of_deceased
    assert row["heirs_pay"]
    assert arrears().bills == []
    assert (arrears().heirs_cents, arrears().total_cents) == (row["balance_cents"], 0)
    overview = make.ask(make.holder(), regie.regie_overview)
    assert (overview.overdue_cents, overview.overdue_bills) == (0, 0)
    account = make.ask(make.holder(), regie.payer_account, household_id=home(1))
    page = make.ask(make.holder(), regie.payer_bill, invoice_id=bill)
    assert (account.heirs_pay, page.heirs_pay) == (True, True)
    states = [page.state, *(each["state"] for each in account.bills)]
    assert states == [bills.DUE, bills.DUE], "nobody is there to be late"
    assert [each["name"] for each in page.deceased] == ["Famille 1"]


def test_the_other_parent_is_reminded_as_before(bill: str) -> None:
    dies(SURVIVOR)

    assert [row["invoice_id"] for row in arrears().bills] == [bill]
    assert arrears().heirs_cents == 0
    page = make.ask(make.holder(), regie.payer_bill, invoice_id=bill)
    assert ([each["name"] for each in page.deceased], page.heirs_pay) == (["Famille 1"], False)
    assert make.ask(make.holder(), regie.remind, invoices=[bill]).reminded == 1


def test_a_household_that_the_dossier_let_go_keeps_the_name_of_who_died(bill: str) -> None:
    dies()
    make.household_published(1, AFTER, guardians=[])

    assert [each["deceased"] for each in arrears().of_deceased] == ["Famille 1"]
