"""
One round for offers: what the dossier says of the children, and what the offers cost them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.portal_gateway.calls import billing
from services.portal_gateway.calls.applicant_details import Applicants
from services.portal_gateway.calls.prices import SECONDS, OfferPrices
from services.portal_gateway.enrolment.rules.joinable_offers import (
    Offer,
    split_offers_by_joinability,
)
from services.portal_gateway.session.queries.children import Child, Family
from shared.contracts.billing.prices.simulations import Price
from shared.contracts.enrolment.place_conditions import Applicant
from shared.dates.clock import today
from shared.web.session.request_rounds import Asked


@dataclass(frozen=True)
class OfferAnswers:
    """Answers of one round; `more` are those to a page's own questions, in their order."""

    applicants: Mapping[str, Applicant]
    prices: Sequence[tuple[Child, list[Price]]]
    more: Sequence[object]


def ask_applicants_and_prices(
    asked: Sequence[Offer],
    family: Family,
    child: Child | None,
    day: date | None = None,
    cents: int | None = None,
    more: Sequence[Asked[object]] = (),
) -> OfferAnswers:
    """
    Ask in one round what decides on the children of a family, and what these offers cost.

    Prices are those of one child, or of each whose card says nothing against some group; `cents` is
    a quotient to try. `more` is asked in the same round.
    """
    of_dossier = Applicants(family.wards, family.households)
    by_card = of_dossier.applicants_by_child([], today())
    fitting = {
        each
        for found in split_offers_by_joinability(asked, by_card, today())
        for each in found.child_ids
    }
    priced = [ward for ward in family.wards if ward.id in fitting and child in (None, ward)]
    of_billing = OfferPrices(asked, priced, day or today(), cents)
    requests: list[Asked[object]] = [*of_dossier.questions, *more, *of_billing.questions_to_billing]
    outcomes = billing.ask_all(*requests, deadline=SECONDS)
    first, last = len(of_dossier.questions), len(of_dossier.questions) + len(more)
    return OfferAnswers(
        of_dossier.applicants_by_child(outcomes[:first], today()),
        of_billing.prices_by_child(outcomes[last:]),
        outcomes[first:last],
    )
