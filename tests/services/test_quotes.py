"""Quotes of published prices for anonymous callers: billing prices, no household is read."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.billing.service import BillingService
from shared.bus.service_declarations import register_rows_of
from shared.contracts.billing.prices import public_price_cases
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs

EVERYBODY = "all"

NOVEMBER_3 = date(2026, 11, 3)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town: a meal is 2,00 € below a quotient of 600 €, else 3,50 €."""
    with runs.billing_on(database, tmp_path):
        runs.tariff(runs.by_quotient("canteen", 60_000, 200, 350))
        yield


def quote(**more: Any) -> Any:
    case = {
        "provider": "ens",
        "tariff": "canteen",
        "residence": EVERYBODY,
        "children": 1,
        "days": 4,
        "on": NOVEMBER_3,
        **more,
    }
    [quote_answer] = make.ask(None, public_price_cases.quote, cases=[case]).quotes
    return quote_answer


def test_a_band_is_priced_as_a_bill_would_and_no_reason_names_a_quotient(billing: None) -> None:
    prices = quote(quotient_cents=60_000, of_band=True, children=2)

    assert [rank["total_cents"] for rank in prices["ranks"]] == [350, 350]
    assert (prices["total_cents"], prices["week_cents"]) == (700, 2800)
    reason = prices["ranks"][0]["parts"][0]["reason"]
    assert reason["code"] == "band" and "quotient_cents" not in reason["params"]


def test_a_typed_quotient_is_in_the_reason_and_without_one_the_price_is_the_highest(
    billing: None,
) -> None:
    entered = quote(quotient_cents=51_200)["ranks"][0]
    unsaid = quote()["ranks"][0]

    assert entered["total_cents"] == 200
    assert entered["parts"][0]["reason"]["params"]["quotient_cents"] == 51_200
    assert (unsaid["total_cents"], unsaid["parts"][0]["reason"]["code"]) == (350, "maximum")


@pytest.mark.parametrize(
    "unknown",
    [{"provider": "gone"}, {"tariff": "gone"}, {"residence": "gone"}, {"on": date(2020, 1, 1)}],
)
def test_what_is_not_published_or_not_then_has_no_price(
    billing: None, unknown: dict[str, Any]
) -> None:
    assert quote(**unknown)["ranks"] == []


def test_a_place_taken_within_a_month_is_quoted_by_the_parts_that_are_left(billing: None) -> None:
    runs.tariff(runs.flat("evening_care", 4_000, unit="month", proration="weeks"))

    in_it = quote(tariff="evening_care", on=date(2026, 11, 16), children=2)
    from_its_first_day = quote(tariff="evening_care", on=date(2026, 11, 1))

    assert in_it["total_cents"] == 8_000
    assert in_it["begun"] == {
        "proration": "weeks",
        "parts_due": 2,
        "parts": 4,
        "total_cents": 4_000,
    }
    assert (from_its_first_day["total_cents"], from_its_first_day["begun"]) == (4_000, None)


def test_it_is_for_the_portal_in_nobody_s_name_and_reads_no_household() -> None:
    answering, _ = register_rows_of([BillingService])
    (declared,) = [method for method in answering if method.method == "quote"]

    assert declared.callers == ("portal",) and declared.right == "anonymous"
