"""
Tariff grids as a provider owns and publishes them; billing alone prices with them (rule R11).

A tariff prices one activity. Its grids follow each other in time, its columns share out residence
classes and variants, its bands share out quotients: a gap or an overlap is refused here, hence at
the desk that writes a grid and at billing that receives it. Amounts are integer cents, quotients
cents a month, rates of effort parts per million of the quotient.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, TypedDict

from marshmallow import ValidationError, validate

from shared.contracts.enrolment.attendance import OUTCOMES
from shared.contracts.message import Event, Method
from shared.contracts.schema_from_type import Default, schema_of
from shared.contracts.values import (
    EMPTY,
    NONE,
    Cents,
    Code,
    Day,
    Variant,
    Version,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "enrolment"

SESSION, MINUTES, MONTH, TERM, YEAR = "session", "minutes", "month", "term", "year"
UNITS = (
    SESSION,  # each counted quantity
    MINUTES,  # the minutes that a child stayed, in started units of `duration`
    MONTH,  # each month in which a place runs
    TERM,  # each of `periods` in which a place runs
    YEAR,  # each school year in which a place runs
)
BY_SESSION = (SESSION, MINUTES)
"""Units that are counted for a child; the others are due for a place."""
WHOLE, MONTHS, HALF_MONTHS, WEEKS, DAYS = "whole", "months", "half_months", "weeks", "days"
PRORATIONS = (
    WHOLE,  # all of it, if a place runs on one of its days
    MONTHS,  # of a term or a year: the calendar months in which a place runs
    HALF_MONTHS,  # from the 1st to the 15th, from the 16th to the end of a month
    WEEKS,  # from Monday to Sunday
    DAYS,  # the calendar days of the place
)
"""Ways to charge a month, a term or a year of which a place has but a part."""
CHILD, HOUSEHOLD = "child", "household"
PER = (CHILD, HOUSEHOLD)
"""Each child, or the household (a membership), for whom a month, a term or a year is due once."""

CHILDCARE, FOOD, OTHER = "childcare", "food", "other"
TAX_CATEGORIES = (CHILDCARE, FOOD, OTHER)
"""
Tax categories: childcare may enter a tax certificate (art. 200 quater B CGI), the others do not.
"""

FLAT, EFFORT = "flat", "effort"
LATE_PICKUP = "late_pickup"
SURCHARGED = (*OUTCOMES, LATE_PICKUP)
ADD, REPLACE = "add", "replace"

MOST_CENTS = 10_000_000


Amount = Annotated[Cents, validate.Range(0, MOST_CENTS)]
ZERO = Default(0)

BUDGET = r"^([0-9A-Z]{1,8}(-[0-9A-Z]{0,8}){0,2}(-[0-9A-Z]{1,4})?)?\Z"
"""Nature, function, service of 8 characters at most, product of 4 (PES v2: CodProdLoc)."""

_BUDGET_ASKED = (
    "Écrivez nature-fonction-service-produit en chiffres et capitales, par exemple 7067-251."
)
Budget = Annotated[str, validate.Regexp(BUDGET, error=_BUDGET_ASKED), EMPTY]


class Price(TypedDict):
    """
    A flat amount, or the quotient times a rate between a floor and a ceiling.

    `cents` is for flat; `rate_ppm` (9 000 = 0,9 %), `floor_cents` and `ceiling_cents` for effort.
    """

    kind: Annotated[str, one_of((FLAT, EFFORT))]
    cents: Annotated[Amount, ZERO]
    rate_ppm: Annotated[int, validate.Range(0, 1_000_000), ZERO]
    floor_cents: Annotated[Amount, ZERO]
    ceiling_cents: Annotated[Amount, ZERO]


def _check_price(price: Price) -> None:
    if price["kind"] == EFFORT and not price["rate_ppm"]:
        raise ValidationError("Un taux d’effort demande un taux.", "rate_ppm")
    if price["kind"] == EFFORT and price["floor_cents"] > price["ceiling_cents"]:
        raise ValidationError("Le plancher dépasse le plafond.", "ceiling_cents")


class Band(TypedDict):
    """
    The quotients from `from_cents` up to, and without, `to_cents` (null: without end).

    `by_rank` holds the prices of the second child, the third… the last holds for all that follow.
    """

    from_cents: Amount
    to_cents: Amount | None
    label: Annotated[str, maybe_text(40), EMPTY]
    price: Annotated[Price, _check_price]
    by_rank: Annotated[list[Annotated[Price, _check_price]], list_length(0, 8), Default(list)]


class Column(TypedDict):
    """The bands of some residence classes, for one variant."""

    residences: Annotated[list[Code], validate.Length(1)]
    variant: Annotated[Variant, EMPTY]
    bands: Annotated[list[Band], list_length(1, 30)]


def check_column(column: Column) -> None:
    bands = column["bands"]
    if bands[0]["from_cents"]:
        raise ValidationError("La première tranche commence à 0.", "bands")
    for before, after in pairwise(bands):
        if before["to_cents"] is None or before["to_cents"] > after["from_cents"]:
            raise ValidationError("Deux tranches se chevauchent.", "bands")
        if before["to_cents"] < after["from_cents"]:
            raise ValidationError("Il y a un trou entre deux tranches.", "bands")
    for band in bands:
        if band["to_cents"] is not None and band["to_cents"] <= band["from_cents"]:
            raise ValidationError("Une tranche finit avant de commencer.", "bands")
    if bands[-1]["to_cents"] is not None:
        raise ValidationError("La dernière tranche n’a pas de fin.", "bands")


class Part(TypedDict):
    """
    A part of the price with a line of its own on the bill: the meal's food, its supervision.

    `sibling_percent` is what the second child, the third… has less; the last holds for all that
    follow. `budget` is the code under which the amount is booked: nature, function, service and
    product, as many as there are, joined by hyphens ("7067-251-SCOL-CANT").
    """

    label: Annotated[str, text(60)]
    tax: Annotated[str, one_of(TAX_CATEGORIES)]
    budget: Budget
    columns: Annotated[list[Annotated[Column, check_column]], list_length(1, 20)]
    sibling_percent: Annotated[
        list[Annotated[int, validate.Range(0, 100)]], list_length(0, 8), Default(list)
    ]


class Surcharge(TypedDict):
    """
    Surcharge for an outcome: `add` is one line more, `replace` replaces all parts.

    `residences` empty: for everybody. `late_pickup` is for who stays longer than planned by more
    than `tolerance_minutes`.
    """

    label: Annotated[str, text(60)]
    when: Annotated[str, one_of(SURCHARGED)]
    effect: Annotated[str, one_of((ADD, REPLACE))]
    cents: Amount
    tax: Annotated[str, one_of(TAX_CATEGORIES), Default(OTHER)]
    budget: Budget
    residences: Annotated[list[Code], Default(list)]
    tolerance_minutes: Annotated[int, validate.Range(0, 240), ZERO]


class Grid(TypedDict):
    """
    The prices from a day on, up to a day (included) or until further notice.

    `proration` says what is due of a month, a term or a year of which a place has but a part.
    """

    valid_from: Day
    valid_to: Day | None
    decision: Annotated[str, text(120)]
    proration: Annotated[str, one_of(PRORATIONS), Default(WHOLE)]
    parts: Annotated[list[Part], list_length(1, 6)]
    surcharges: Annotated[list[Surcharge], list_length(0, 12), Default(list)]


class Duration(TypedDict):
    """
    Conversion of minutes into units of `unit_minutes`: started units count, after free minutes.
    """

    unit_minutes: Annotated[int, validate.Range(1, 600)]
    free_minutes: Annotated[int, validate.Range(0, 240), ZERO]
    most_units: Annotated[Annotated[int, validate.Range(1, 100)] | None, NONE]


class Period(TypedDict):
    """One term."""

    label: Annotated[str, text(40)]
    first: Day
    last: Day


class Tariff(TypedDict):
    """Price of an activity: all its grids, past ones included."""

    activity: Code
    label: Annotated[str, text(120)]
    unit: Annotated[str, one_of(UNITS)]
    per: Annotated[str, one_of(PER), Default(CHILD)]
    residences: Annotated[list[Code], list_length(1, 20)]
    variants: Annotated[list[Variant], list_length(1, 5), Default(lambda: [""])]
    duration: Annotated[Duration | None, NONE]
    periods: Annotated[list[Period], list_length(0, 60), Default(list)]
    grids: Annotated[list[Grid], list_length(1, 60)]


def _check_tariff(tariff: Tariff) -> None:
    if (tariff["unit"] == MINUTES) != (tariff["duration"] is not None):
        raise ValidationError("Une durée va avec un prix à la durée.", "duration")
    if (tariff["unit"] == TERM) != bool(tariff["periods"]):
        raise ValidationError("Les périodes vont avec un prix par période.", "periods")
    _check_grids_follow(tariff["grids"])
    for grid in tariff["grids"]:
        if grid["proration"] not in prorations_of_unit(tariff["unit"]):
            raise ValidationError("Ce prorata ne va pas avec ce prix.", "grids")
        for part in grid["parts"]:
            _check_columns_cover_publics(part["columns"], tariff["residences"], tariff["variants"])


def prorations_of_unit(unit: str) -> Sequence[str]:
    """Return the ways to charge a part of one unit: a session has none, a month no months."""
    if unit in BY_SESSION:
        return (WHOLE,)
    return tuple(each for each in PRORATIONS if (unit, each) != (MONTH, MONTHS))


def _check_grids_follow(grids: Sequence[Grid]) -> None:
    for grid in grids:
        if grid["valid_to"] is not None and grid["valid_to"] < grid["valid_from"]:
            raise ValidationError("Une grille finit avant de commencer.", "grids")
    for before, after in pairwise(sorted(grids, key=lambda grid: grid["valid_from"])):
        ends: date = before["valid_to"] or date.max
        if ends >= after["valid_from"]:
            raise ValidationError("Deux grilles se chevauchent.", "grids")
        if ends + timedelta(days=1) < after["valid_from"]:
            raise ValidationError("Il y a un trou entre deux grilles.", "grids")


def _check_columns_cover_publics(
    columns: Iterable[Column], residences: Sequence[str], variants: Sequence[str]
) -> None:
    priced = [(code, column["variant"]) for column in columns for code in column["residences"]]
    publics = {(residence, variant) for residence in residences for variant in variants}
    if len(set(priced)) != len(priced):
        raise ValidationError("Deux colonnes portent sur le même public.", "grids")
    if set(priced) != publics:
        raise ValidationError("Une colonne manque, ou porte sur un public inconnu.", "grids")


tariff_schema = schema_of(Tariff, "raise", [_check_tariff])
"""The schema of a tariff as databases hold it, in JSON types."""


@dataclass(frozen=True)
class TariffPublished:
    """The whole of one tariff; `content` null: withdrawn, prices nothing."""

    tariff: Code
    version: Version
    content: Annotated[Tariff, _check_tariff] | None


tariff_published = Event(OWNER, "tariff_published", TariffPublished)
"""The whole of one tariff, versioned per provider and code."""


class ResidenceClass(TypedDict):
    code: Code
    label: Annotated[str, text(60)]


class CommuneLine(TypedDict):
    """The residence class of one commune over a period."""

    insee: Annotated[str, text(5)]
    residence: Code
    valid_from: Day
    valid_to: Day | None


class Residences(TypedDict):
    """The residence classes of a provider; `elsewhere` is that of all communes without a line."""

    classes: Annotated[list[ResidenceClass], list_length(1, 20)]
    elsewhere: Code
    communes: list[CommuneLine]


residences_schema = schema_of(Residences, "raise")
"""The schema of residence classes as databases hold them, in JSON types."""


@dataclass(frozen=True)
class ResidencesPublished:
    """`elsewhere` is the class of all communes without a line."""

    version: Version
    classes: Annotated[list[ResidenceClass], list_length(1, 20)]
    elsewhere: Code
    communes: list[CommuneLine]


residences_published = Event(OWNER, "residences_published", ResidencesPublished)
"""
The residence class of each commune at a provider, dated; whole and versioned per provider.

A commune that joins is one line more: no past price changes.
"""

RESIDENCES = "residences"
"""Key under which publisher and subscribers compare this one state of a provider."""


class ImportedTariff(TypedDict):
    tariff: Code
    content: Annotated[Tariff, _check_tariff]


@dataclass(frozen=True)
class ImportTariffsRequest:
    residences: Residences
    tariffs: Annotated[list[ImportedTariff], list_length(1, 60)]


@dataclass(frozen=True)
class ImportTariffsAnswer:
    published: int


import_tariffs = Method(
    OWNER, "import_tariffs", ImportTariffsRequest, ImportTariffsAnswer, writes=True
)
"""
A provider's tariffs from another software, past grids included, published at once.

Repeating it changes nothing that the provider has changed since.
"""
