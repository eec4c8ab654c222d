"""Quotes of published prices for anonymous callers: no household is read, nothing is stored."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from services.billing.pricing.rules.inputs_and_lines import Quotient
from services.billing.pricing.rules.payer_situation import Situation
from services.billing.pricing.rules.periodic_units import parts_due_from
from services.billing.pricing.rules.simulation import Simulated, simulate_prices_in_situation
from services.billing.pricing.rules.tariff import HOUSEHOLD, SESSION, Tariff
from services.billing.quantities.queries.tariffs import (
    current_residence_classes,
    current_tariffs_of_provider,
)
from services.billing.store import store
from shared.contracts.billing.bills import Reason
from shared.contracts.billing.prices.public_price_cases import (
    PeriodBegun,
    PriceCase,
    PriceOfRank,
    Quote,
)
from shared.contracts.billing.prices.simulations import PricePart

NOTHING: Quote = {"ranks": [], "total_cents": 0, "week_cents": None, "begun": None}


def quotes_of_cases(session: Session, cases: Sequence[PriceCase]) -> list[Quote]:
    """Return a quote for each case, in order; NOTHING for what is not published, or not then."""
    known = {provider.code for provider in store.register.now.providers}
    providers = {case["provider"] for case in cases} & known
    tariffs = {
        (provider, tariff.code): tariff
        for provider in sorted(providers)
        for tariff in current_tariffs_of_provider(session, provider)
    }
    labels = {
        provider: current_residence_classes(session, provider).labels
        for provider in sorted(providers)
    }
    return [
        _quote_of_case(tariff, case, labels[case["provider"]])
        if (tariff := tariffs.get((case["provider"], case["tariff"])))
        else NOTHING
        for case in cases
    ]


def _quote_of_case(tariff: Tariff, case: PriceCase, labels: Mapping[str, str]) -> Quote:
    situation = _situation_of_case(case, labels)
    several = 1 if tariff.per == HOUSEHOLD else case["children"]
    by_rank = [
        simulate_prices_in_situation([tariff], situation, rank, case["on"], case["variant"])
        for rank in range(1, several + 1)
    ]
    ranks = [
        _price_of_rank(rank, price, case["of_band"])
        for rank, prices in enumerate(by_rank, start=1)
        for price in prices
    ]
    total = sum(rank["total_cents"] for rank in ranks)
    by_week = bool(ranks) and tariff.unit == SESSION
    week = total * case["days"] if by_week else None
    return {
        "ranks": ranks,
        "total_cents": total,
        "week_cents": week,
        "begun": _period_begun(tariff, case["on"], ranks),
    }


def _period_begun(tariff: Tariff, day: date, ranks: Sequence[PriceOfRank]) -> PeriodBegun | None:
    due = parts_due_from(tariff, day)
    if due is None or due.are_all or not ranks:
        return None
    return {
        "proration": due.proration,
        "parts_due": len(due.numbers),
        "parts": due.count,
        "total_cents": sum(
            due.cents_due(part["cents"]) for rank in ranks for part in rank["parts"]
        ),
    }


def _situation_of_case(case: PriceCase, labels: Mapping[str, str]) -> Situation:
    cents, code = case["quotient_cents"], case["residence"]
    quotient = None if cents is None else Quotient(cents, "", date.min, None)
    return Situation(quotient, code, labels.get(code, code), "")


def _price_of_rank(rank: int, price: Simulated, of_band: bool) -> PriceOfRank:
    parts: list[PricePart] = [
        {
            "label": part.label,
            "cents": part.cents,
            "reason": _reason_for_anybody(part.reason, of_band),
        }
        for part in price.parts
    ]
    return {"rank": rank, "total_cents": price.total_cents, "parts": parts}


def _reason_for_anybody(reason: Reason, of_band: bool) -> Reason:
    """Leave out the quotient that only represented its band."""
    if not of_band:
        return reason
    params = {name: value for name, value in reason["params"].items() if name != "quotient_cents"}
    return {"code": reason["code"], "params": params}
