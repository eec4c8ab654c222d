"""
Asks billing for the cost of published prices: pricing is billing's alone.

A quote of a band depends on published versions only; it is cached and used while billing is
unavailable. A quote of a typed quotient is fetched each time and never stored.
"""

from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta

from services.portal_gateway.pages.public.prices.rules import grids
from services.portal_gateway.pages.public.prices.rules.page_address import Comparison, Item
from services.portal_gateway.pages.public.prices.rules.quotes import PriceQuestion, Quoted
from services.portal_gateway.session import current_user, provider_health
from services.portal_gateway.store import store
from shared.contracts.billing.prices import public_price_cases as contracts
from shared.contracts.billing.prices.public_price_cases import PriceCase, Quote
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.dates.clock import now
from shared.runtime.expiring_caches import RecentlyUsed

SECONDS = 1.5
MOST_KEPT = 4096
FRESH = timedelta(minutes=10)
"""Maximum age of a cached quote: billing may receive a version after the portal."""

BILLING = contracts.OWNER


class QuoteCache:
    """The last quotes of bands, by all that they follow from."""

    def __init__(self) -> None:
        self._quotes: RecentlyUsed[Hashable, tuple[datetime, Quote]] = RecentlyUsed(MOST_KEPT)

    def last_quote(self, key: Hashable, since: datetime | None = None) -> Quote | None:
        """Return what billing last said, or None: where `since` is given, since then."""
        at, quote = self._quotes.get(key) or (None, None)
        return quote if at and (since is None or at >= since) else None

    def keep_quote(self, key: Hashable, quote: Quote, moment: datetime) -> None:
        self._quotes.keep({key: (moment, quote)})


quote_cache = QuoteCache()


def fetch_quotes(comparison: Comparison, questions: Sequence[PriceQuestion]) -> list[Quoted] | None:
    """Return a quote for each question, in order; None where billing does not answer."""
    cases = [_cases_to_price(comparison, question) for question in questions]
    quotes = _quotes_of_cases(
        [
            (_cache_key(question, case), case)
            for question, own_cases in zip(questions, cases, strict=True)
            for case in own_cases
        ]
    )
    if quotes is None:
        return None
    taken = iter(quotes)
    return [
        Quoted(question, *(next(taken) for _ in own_cases))
        for question, own_cases in zip(questions, cases, strict=True)
    ]


def _quotes_of_cases(cases: Sequence[tuple[Hashable, PriceCase]]) -> list[Quote] | None:
    moment = now()
    fresh = [quote_cache.last_quote(key, moment - FRESH) if key else None for key, _ in cases]
    missing = [case for (_, case), quote in zip(cases, fresh, strict=True) if quote is None]
    if not missing:
        return [quote for quote in fresh if quote is not None]
    answered = _ask_billing(missing)
    if answered is None:
        last = [quote_cache.last_quote(key) if key else None for key, _ in cases]
        return None if None in last else [quote for quote in last if quote is not None]
    answers = iter(answered)
    quotes = [next(answers) if quote is None else quote for quote in fresh]
    for (key, _), quote in zip(cases, quotes, strict=True):
        if key:
            quote_cache.keep_quote(key, quote, moment)
    return quotes


def _cases_to_price(comparison: Comparison, question: PriceQuestion) -> list[PriceCase]:
    """Return one case, or two where a band's price runs from its beginning to its end."""
    item, row = question.item, question.asked_band
    if question.quotient_cents is not None or row is None:
        return [_case_to_price(comparison, item, question.quotient_cents, of_band=False)]
    if not grids.asks_quotient(question.bands, item.residence):
        return [_case_to_price(comparison, item, None, of_band=False)]
    first = _case_to_price(comparison, item, row.start, of_band=True)
    if not grids.follows_quotient(row, item.residence):
        return [first]
    last = 10_000_000 if row.end is None else row.end - 1
    return [first, _case_to_price(comparison, item, last, of_band=True)]


def _case_to_price(
    comparison: Comparison, item: Item, cents: int | None, *, of_band: bool
) -> PriceCase:
    return {
        "provider": item.provider,
        "tariff": item.tariff,
        "residence": item.residence,
        "variant": "",
        "quotient_cents": cents,
        "of_band": of_band,
        "children": comparison.children,
        "days": comparison.days,
        "on": comparison.on,
    }


def _cache_key(question: PriceQuestion, case: PriceCase) -> Hashable:
    """Return what a quote follows from; None for a quotient that was typed: it is never kept."""
    if question.quotient_cents is not None:
        return None
    versions = (question.published.version, question.published.residence_version)
    return (*versions, *case.values())


def _ask_billing(cases: Sequence[PriceCase]) -> Sequence[Quote] | None:
    with store.read() as read:
        if BILLING in provider_health.unavailable_providers(read, now()):
            return None
    outcome: contracts.QuoteAnswer | NoAnswer | Unavailable
    try:
        request = contracts.QuoteRequest(list(cases))
        outcome = current_user.bus().ask(contracts.quote, request, deadline=SECONDS)
    except (NoAnswer, Unavailable) as unavailable:
        outcome = unavailable
    provider_health.note_which_providers_answered([(BILLING, outcome)], now())
    return None if isinstance(outcome, Refusal) else outcome.quotes
