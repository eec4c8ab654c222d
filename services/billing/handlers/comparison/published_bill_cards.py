"""Cards of households at each provider, as the portal stores them."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.billing.bills.commands import bill_cards
from services.billing.models import CARD_SUMS, CardVersion
from shared.contracts.billing import bills
from shared.database import Write
from shared.database.comparison.compared_states import (
    AGAIN,
    Published,
    Route,
    Versions,
    joined_key,
    make_page_reader,
    parts_of_key,
)
from shared.database.comparison.sums_found_equal import KeptSums
from shared.dates.clock import now

KEY = 2
"""Household and provider."""


def _select_card_versions(_route: Route) -> Select[str, str, int]:
    key = (CardVersion.household_id, CardVersion.provider)
    return select(*key, CardVersion.version).where(CardVersion.version > 0)


def _contents_of_cards(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, bills.BillCard]:
    return {
        joined_key(card.household_id, card.provider): card
        for provider, households in _households_by_provider(versions).items()
        for card in bill_cards.cards_as_published(read, provider, households, now())
    }


def _publish_cards_again(write: Write, _route: Route, versions: Versions) -> None:
    for provider, households in sorted(_households_by_provider(versions).items()):
        for household_id in sorted(households):
            row = write.get(CardVersion, (household_id, provider), with_for_update=True)
            if row is not None:
                row.version = max(row.version, versions[joined_key(household_id, provider)])
                row.digest = AGAIN
        write.flush()
        bill_cards.publish_changed_cards(write, provider, households, now())


def _households_by_provider(versions: Versions) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key in versions:
        household_id, provider = parts_of_key(key, KEY)
        found[provider].append(household_id)
    return found


PUBLISHED = (
    Published(
        bills.bill_card,
        make_page_reader(_select_card_versions, columns=KEY),
        _contents_of_cards,
        _publish_cards_again,
        lambda event: [joined_key(event.household_id, event.provider)],
        apart=frozenset({"version", "at", "owed_cents"}),
        sums=lambda _route: [KeptSums(CARD_SUMS, kind="provider")],
    ),
)
