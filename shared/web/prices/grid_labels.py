"""
A grid's prices, ranks and reductions in words, as desk and portal print them.

Pure: who prints brings its own gettext.
"""

from collections.abc import Iterable

from shared.contracts.enrolment.tariffs import (
    DAYS,
    HALF_MONTHS,
    MONTH,
    MONTHS,
    TERM,
    WEEKS,
    WHOLE,
    YEAR,
    Price,
)
from shared.web.prices.price_labels import Gettext, euros, in_french, percent, reduction_percent

EFFORT = "effort"
"""Code as shared/contracts/enrolment/tariffs.py has it."""


def price(cell: Price, gettext: Gettext = in_french) -> str:
    """Say a price: « 2,20 € », « 0,55 % du quotient, de 1,00 € à 3,19 € »."""
    if cell["kind"] != EFFORT:
        return euros(cell["cents"], gettext)
    return gettext(
        "%(rate)s du quotient, de %(floor)s à %(ceiling)s",
        rate=percent(cell["rate_ppm"], gettext),
        floor=euros(cell["floor_cents"], gettext),
        ceiling=euros(cell["ceiling_cents"], gettext),
    )


def child_rank(at: int, gettext: Gettext = in_french) -> str:
    """Say which child of a household, counted from 0: « 1er enfant », « 2e enfant »."""
    if at == 0:
        return gettext("1er enfant")
    return gettext("%(rank)se enfant", rank=at + 1)


def sibling_reductions(percents: Iterable[int], gettext: Gettext = in_french) -> str:
    """Say what the second child, the third… has less: « 2e enfant −10 %, 3e enfant −20 % »."""
    return ", ".join(
        f"{child_rank(at, gettext)} {reduction_percent(each, gettext)}"
        for at, each in enumerate(percents, start=1)
    )


def partly_held(unit: str, gettext: Gettext = in_french) -> str:
    """Name the case of a place that has but a part of a period; "" for what is due by session."""
    return {
        MONTH: gettext("Place prise ou quittée en cours de mois"),
        TERM: gettext("Place prise ou quittée en cours de période"),
        YEAR: gettext("Place prise ou quittée en cours d’année"),
    }.get(unit, "")


def due_of_partly_held(proration: str, unit: str, gettext: Gettext = in_french) -> str:
    """Say what is due of such a period: « seules les semaines commencées sont dues »."""
    whole = {
        MONTH: gettext("le mois entier est dû"),
        TERM: gettext("la période entière est due"),
        YEAR: gettext("l’année entière est due"),
    }
    return {
        WHOLE: whole.get(unit, ""),
        MONTHS: gettext("seuls les mois commencés sont dus"),
        HALF_MONTHS: gettext(
            "seules les quinzaines commencées sont dues (du 1er au 15, du 16 à la fin du mois)"
        ),
        WEEKS: gettext("seules les semaines commencées sont dues"),
        DAYS: gettext("seuls les jours où l’enfant a une place sont dus"),
    }[proration]
