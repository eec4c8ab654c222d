"""Simulated prices of activities for a child of a household, on a day."""

from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import Counted, HouseholdChild, StoredPlace
from services.billing.payers.queries.payers import payers_by_household
from services.billing.pricing.rules import simulation
from services.billing.quantities.queries.tariffs import (
    current_residence_classes,
    current_tariffs_of_provider,
)
from services.billing.store import store
from shared.contracts.billing.prices.simulations import Price, SimulateRequest
from shared.contracts.errors import NotFound
from shared.database.tables.validity import valid_on_condition
from shared.dates.months import month_of


def simulated_prices(session: Session, request: SimulateRequest) -> Iterator[Price]:
    """Yield a price for each tariff of the wanted activities; raises NotFound for another child."""
    if session.get(HouseholdChild, (request.household_id, request.child_id)) is None:
        raise NotFound
    payer = payers_by_household(session, [request.household_id])[request.household_id]
    pairs = {(pair["provider"], pair["activity"]) for pair in request.wanted}
    known = {provider.code for provider in store.register.now.providers}
    for provider in sorted({provider for provider, _ in pairs} & known):
        residences = current_residence_classes(session, provider)
        for tariff in current_tariffs_of_provider(session, provider):
            if (provider, tariff.activity) not in pairs:
                continue
            prices = simulation.simulate_prices_of_household(
                [tariff],
                payer,
                request.child_id,
                residences,
                request.on,
                request.variant,
                request.quotient_cents,
                children_taking_part(session, request.household_id, tariff.activity, request.on),
            )
            yield from (_price_shown(provider, price) for price in prices)


def children_taking_part(
    session: Session, household_id: str, activity: str, on: date
) -> Collection[str]:
    """Return the household's children who have a place in an activity, or came in that month."""
    placed = select(StoredPlace.child_id).where(
        StoredPlace.household_id == household_id,
        StoredPlace.activity == activity,
        StoredPlace.cancelled.is_(False),
        valid_on_condition(StoredPlace, on),
    )
    came = select(Counted.child_id).where(
        Counted.household_id == household_id,
        Counted.activity == activity,
        Counted.month == month_of(on),
        Counted.quantity > 0,
    )
    return {*session.scalars(placed), *session.scalars(came)}


def _price_shown(provider: str, price: simulation.Simulated) -> Price:
    return {
        "provider": provider,
        "activity": price.tariff.activity,
        "label": price.tariff.label,
        "unit": price.tariff.unit,
        "total_cents": price.total_cents,
        "parts": [
            {"label": part.label, "cents": part.cents, "reason": part.reason}
            for part in price.parts
        ],
        "surcharges": [
            {
                "label": surcharge.label,
                "when": surcharge.when,
                "effect": surcharge.effect,
                "cents": surcharge.cents,
            }
            for surcharge in price.surcharges
        ],
    }
