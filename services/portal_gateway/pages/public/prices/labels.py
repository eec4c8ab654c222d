"""French labels of prices, kinds of activities and bands on the pages that are open to all."""

from collections.abc import Mapping, Sequence

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.bills.labels import UNITS, price_reason_sentence
from services.portal_gateway.labels.enrolment import euros
from services.portal_gateway.pages.public.prices.rules.grids import Range
from services.portal_gateway.pages.public.prices.rules.published_tariffs import (
    PublishedGrid,
    PublishedTariff,
)
from shared.contracts.billing.bills import Reason
from shared.contracts.billing.prices.public_price_cases import PeriodBegun
from shared.contracts.enrolment import attendance, tariffs
from shared.register.entitlement import CANTEEN, LEISURE_CENTRE, MUSIC, SCHOOL, SPORT, TRANSPORT
from shared.web.prices import grid_labels, price_labels

KINDS: Mapping[str, LazyString] = {
    SCHOOL: _l("École"),
    CANTEEN: _l("Cantine"),
    LEISURE_CENTRE: _l("Accueil et centre de loisirs"),
    SPORT: _l("Sport"),
    MUSIC: _l("Musique"),
    TRANSPORT: _l("Transport"),
}
WHEN: Mapping[str, LazyString] = {
    attendance.UNEXPECTED: _l("quand l’enfant vient sans réservation"),
    attendance.ABSENT: _l("quand il ne vient pas et que personne n’a prévenu"),
    attendance.CANCELLED_LATE: _l("quand la séance est annulée après le délai"),
    attendance.EXCUSED: _l("quand l’absence est excusée"),
    attendance.PRESENT: _l("quand l’enfant est là"),
    tariffs.LATE_PICKUP: _l("quand l’enfant est repris après l’heure"),
}
EFFECTS: Mapping[str, LazyString] = {
    tariffs.ADD: _l("en plus du prix"),
    tariffs.REPLACE: _l("au lieu du prix"),
}
VARIANTS: Mapping[str, LazyString] = {
    "": _l("Comme d’habitude"),
    "own_meal": _l("Apporte son repas"),
}


def band(start: int, end: int | None) -> str:
    """Say a band of quotients: « de 400 à moins de 640 »."""
    return price_labels.quotient_band(start, end, _)


def price(grid_price: tariffs.Price) -> str:
    """Say a price of a grid."""
    return grid_labels.price(grid_price, _)


def child_rank(at: int) -> str:
    """Say which child of a household, counted from 0."""
    return grid_labels.child_rank(at, _)


def sibling_reduction(percents: Sequence[int]) -> str:
    """Say what the second child, the third… has less."""
    return grid_labels.sibling_reductions(percents, _)


def variant_label(code: str) -> str:
    """Name a way to come."""
    return str(VARIANTS.get(code, code))


def price_range(prices: Range) -> str:
    """Say between which prices something lies: « de 1,00 € à 6,50 € »."""
    return amount_range(prices.least, prices.most)


def amount_range(least: int, most: int | None) -> str:
    """Say an amount, or from which to which."""
    if most is None or least == most:
        return euros(least)
    return _("de %(least)s à %(most)s", least=euros(least), most=euros(most))


def reason_sentence(price_reason: Reason, ranges: bool) -> str:
    """Say the reason of a price; of one that runs over a band, without the end that it began at."""
    effort = ranges and price_reason["code"] in ("effort_floor", "effort_ceiling")
    return price_reason_sentence(
        {"code": "effort", "params": price_reason["params"]} if effort else price_reason
    )


def partly_held(content: PublishedTariff) -> str:
    """Name the case of a place that has but a part of a period; "" for what is due by session."""
    return grid_labels.partly_held(content["unit"], _)


def due_of_partly_held(content: PublishedTariff, grid: PublishedGrid) -> str:
    """Say what is due of such a period: « seules les semaines commencées sont dues »."""
    return grid_labels.due_of_partly_held(grid["proration"], content["unit"], _)


def period_begun(begun: PeriodBegun, most: PeriodBegun | None) -> str:
    """Say what is due of a period once begun: « 20,00 € (2 semaines sur 4) »."""
    amounts = amount_range(begun["total_cents"], most["total_cents"] if most else None)
    return _("%(amounts)s (%(parts)s)", amounts=amounts, parts=price_labels.parts_due(begun, _))


def price_unit(content: PublishedTariff) -> str:
    """Say for what a price is: « par séance », « par année scolaire et par foyer »."""
    label = str(UNITS[content["unit"]])
    if content["per"] == tariffs.HOUSEHOLD:
        return _("%(unit)s, une fois par foyer", unit=label)
    return label
