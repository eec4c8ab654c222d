"""Arrears and payments by words: billing leaves rows out, and none that has the words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.billing.models import Payment
from services.billing.store import store
from shared.contracts.billing import bills
from shared.contracts.billing.regie import payers as regie
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.text import folded, searchable_text
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import family, home, meals, november

pytestmark = pytest.mark.both_databases

NAMES = ("Anne Lebœuf", "Paul D’Alençon", "Yann Le Goff", "Awa N’Diaye", "Élodie Le Goff-Martin")
CHEQUES = ("0001234", "12-34567", "AB 99")
BY_NAME = {
    "Lebœuf": 1,
    "leboeuf anne": 1,
    "d alencon": 1,
    "dalenç": 1,
    "goff": 2,
    "legoffmartin": 1,
    "yann goff": 1,
    "N'Diaye": 1,
    "personne": 0,
}
"""How many of these homes have the words."""
OTHERWISE = (
    "000002",
    "2026-ENS-000003",
    "ens",
    "goff 000003",
    "0001234",
    "1234567",
    "ab",
    "le",
    "%",
)


@pytest.fixture
def owing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give a home of each name with an overdue bill, and payments of which some name nobody."""
    with runs.billing_on(database, tmp_path):
        runs.tariff(runs.flat("canteen", runs.MEAL))
        for number, name in enumerate(NAMES, start=1):
            family(number)
            meals(number, *november(2))
            guardians = [make.guardian_row(number, name)]
            make.household_published(number, 2, guardians=guardians, addresses=[])
        runs.run(at=now() - timedelta(days=90))
        for number in range(1, len(NAMES) + 1):
            make.pending(runs.bills(home(number))[0].id)
        for cheque in CHEQUES:
            taken(cheque)
        taken("", payer="Madame Lebœuf mère")
        yield


def taken(cheque: str, payer: str = "") -> None:
    """Take money of Awa N'Diaye's home, or of somebody of whom the name alone is known."""
    with store.write() as write:
        write.add(
            Payment(
                id=new_id(),
                provider="ens",
                regie="ens",
                household_id=None if payer else home(4),
                means=bills.CHEQUE,
                cents=1_000,
                state=bills.PENDING,
                created_at=now(),
                received_on=today(),
                cheque=cheque,
                payer=payer,
            )
        )


def overdue(query: str = "") -> Any:
    return make.ask(make.holder(), regie.arrears, query=query)


def payments(query: str = "") -> Any:
    first = today() - timedelta(days=9)
    return make.ask(make.holder(), regie.payments_of, first=first, last=today(), query=query)


def having(rows: Sequence[Mapping[str, Any]], query: str, *columns: str) -> list[Mapping[str, Any]]:
    """Return the rows in whose columns each word stands, as the desk looks for them."""
    texts = [searchable_text(" ".join(row[name] for name in columns)) for row in rows]
    words = folded(query).split()
    return [
        row for row, text in zip(rows, texts, strict=True) if all(word in text for word in words)
    ]


@pytest.mark.parametrize("query", [*BY_NAME, *OTHERWISE])
def test_no_bill_or_payment_that_has_the_words_is_left_out(owing: None, query: str) -> None:
    bill, payment = ("payer", "number"), ("payer", "number", "cheque")

    assert having(overdue(query).bills, query, *bill) == having(overdue().bills, query, *bill)
    came = having(payments(query).payments, query, *payment)
    assert came == having(payments().payments, query, *payment)


def test_of_a_name_billing_sends_the_bills_and_payments_of_its_homes_alone(owing: None) -> None:
    sent = {query: len(overdue(query).bills) for query in BY_NAME}
    assert sent == BY_NAME
    online = [row["payer"] for row in payments("goff").payments if row["means"] == bills.ONLINE]
    assert sorted(online) == ["Yann Le Goff", "Élodie Le Goff-Martin"]
    assert [row["number"] for row in overdue("000002").bills] == ["2026-ENS-000002"]


def test_what_is_said_of_a_whole_list_does_not_change_with_the_words(owing: None) -> None:
    whole, few = overdue(), overdue("goff")

    assert (few.total_cents, few.number, few.kinds) == (
        whole.total_cents, len(whole.bills), whole.kinds,
    )  # fmt: skip
    assert [kind["checking"] for kind in whole.kinds] == [True]
    assert payments("goff").kinds == payments().kinds
    assert sum(kind["payments"] for kind in payments().kinds) == len(payments().payments)
