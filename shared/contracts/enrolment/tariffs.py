"""
Tariff grids as a provider owns and announces them; billing alone prices with them (rule R11).

A tariff prices one activity. Its grids follow each other in time, its columns share out residence
classes and variants, its bands share out quotients: a gap or an overlap is refused here, hence at
the desk that writes a grid and at billing that hears it. Amounts are integer cents, quotients cents
a month, rates of effort parts per million of the quotient.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema
from marshmallow.schema import Schema

from shared.contracts.enrolment.attendance import OUTCOMES
from shared.contracts.formats import Cents, Code, Day, OneOf, Several, Text, Variant, Version
from shared.contracts.message import UntypedEvent, UntypedMethod

OWNER = "enrolment"

SESSION, MINUTES, MONTH, TERM, YEAR = "session", "minutes", "month", "term", "year"
UNITS = (
    SESSION,  # each counted quantity
    MINUTES,  # the minutes that a child stayed, in started units of `duration`
    MONTH,  # each month in which a place runs
    TERM,  # each of `periods` in which a place runs
    YEAR,  # each school year in which a place runs
)
CHILD, HOUSEHOLD = "child", "household"
PER = (CHILD, HOUSEHOLD)
"""For whom a month, a term or a year is due once: each child, or the household (a membership)."""

CHILDCARE, FOOD, OTHER = "childcare", "food", "other"
TAX_CATEGORIES = (CHILDCARE, FOOD, OTHER)
"""What may enter a tax certificate (art. 200 quater B CGI): care does, food and the rest do not."""

FLAT, EFFORT = "flat", "effort"
LATE_PICKUP = "late_pickup"
SURCHARGED = (*OUTCOMES, LATE_PICKUP)
ADD, REPLACE = "add", "replace"

MOST_CENTS = 10_000_000


def _amount(**options: Any) -> fields.Integer:
    return Cents(validate=validate.Range(0, MOST_CENTS), **options)


BUDGET = r"^([0-9A-Z]{1,8}(-[0-9A-Z]{0,8}){0,2}(-[0-9A-Z]{1,4})?)?\Z"
"""Nature, function, service of 8 characters at most, product of 4 (PES v2: CodProdLoc)."""


def _budget() -> fields.String:
    said = "Écrivez nature-fonction-service-produit en chiffres et capitales, par exemple 7067-251."
    return fields.String(load_default="", validate=validate.Regexp(BUDGET, error=said))


class Price(Schema):
    """
    A flat amount, or the quotient times a rate between a floor and a ceiling.

    `cents` is for flat; `rate_ppm` (9 000 = 0,9 %), `floor_cents` and `ceiling_cents` for effort.
    """

    kind = OneOf((FLAT, EFFORT))
    cents = _amount(required=False, load_default=0)
    rate_ppm = fields.Integer(strict=True, load_default=0, validate=validate.Range(0, 1_000_000))
    floor_cents = _amount(required=False, load_default=0)
    ceiling_cents = _amount(required=False, load_default=0)

    @validates_schema
    def _whole(self, data: dict[str, Any], **_: Any) -> None:
        if data["kind"] == EFFORT and not data["rate_ppm"]:
            raise ValidationError("Un taux d’effort demande un taux.", "rate_ppm")
        if data["kind"] == EFFORT and data["floor_cents"] > data["ceiling_cents"]:
            raise ValidationError("Le plancher dépasse le plafond.", "ceiling_cents")


class Band(Schema):
    """
    The quotients from `from_cents` up to, and without, `to_cents` (null: without end).

    `by_rank` holds the prices of the second child, the third… the last holds for all that follow.
    """

    from_cents = _amount()
    to_cents = _amount(allow_none=True)
    label = Text(40, load_default="", required=False)
    price = fields.Nested(Price, required=True)
    by_rank = fields.List(fields.Nested(Price), load_default=list, validate=validate.Length(0, 8))


class Column(Schema):
    """The bands of some residence classes, for one variant."""

    residences = fields.List(Code(required=False), required=True, validate=validate.Length(1))
    variant = Variant()
    bands = fields.List(fields.Nested(Band), required=True, validate=validate.Length(1, 30))

    @validates_schema
    def _shared_out(self, data: dict[str, Any], **_: Any) -> None:
        bands = data["bands"]
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


class Part(Schema):
    """
    A part of the price with a line of its own on the bill: the meal's food, its supervision.

    `sibling_percent` is what the second child, the third… has less; the last holds for all that
    follow. `budget` is the code under which the amount is booked: nature, function, service and
    product, as many as there are, joined by hyphens ("7067-251-SCOL-CANT").
    """

    label = Text(60)
    tax = OneOf(TAX_CATEGORIES)
    budget = _budget()
    columns = fields.List(fields.Nested(Column), required=True, validate=validate.Length(1, 20))
    sibling_percent = fields.List(
        fields.Integer(strict=True, validate=validate.Range(0, 100)),
        load_default=list,
        validate=validate.Length(0, 8),
    )


class Surcharge(Schema):
    """
    What an outcome changes: `add` is one line more, `replace` stands instead of all parts.

    `residences` empty: for everybody. `late_pickup` is for who stays longer than planned by more
    than `tolerance_minutes`.
    """

    label = Text(60)
    when = OneOf(SURCHARGED)
    effect = OneOf((ADD, REPLACE))
    cents = _amount()
    tax = OneOf(TAX_CATEGORIES, required=False, load_default=OTHER)
    budget = _budget()
    residences = fields.List(Code(required=False), load_default=list)
    tolerance_minutes = fields.Integer(strict=True, load_default=0, validate=validate.Range(0, 240))


class Grid(Schema):
    """The prices from a day on, up to a day (included) or until further notice."""

    valid_from = Day()
    valid_to = Day(allow_none=True)
    decision = Text(120)
    parts = fields.List(fields.Nested(Part), required=True, validate=validate.Length(1, 6))
    surcharges = fields.List(
        fields.Nested(Surcharge), load_default=list, validate=validate.Length(0, 12)
    )


class Duration(Schema):
    """How minutes become units of `unit_minutes`: started ones count, after some free minutes."""

    unit_minutes = fields.Integer(strict=True, required=True, validate=validate.Range(1, 600))
    free_minutes = fields.Integer(strict=True, load_default=0, validate=validate.Range(0, 240))
    most_units = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 100)
    )


class Period(Schema):
    """One term."""

    label = Text(40)
    first = Day()
    last = Day()


class Tariff(Schema):
    """What an activity costs: all its grids, past ones included."""

    activity = Code()
    label = Text(120)
    unit = OneOf(UNITS)
    per = OneOf(PER, required=False, load_default=CHILD)
    residences = fields.List(Code(required=False), required=True, validate=validate.Length(1, 20))
    variants = fields.List(Variant(), load_default=lambda: [""], validate=validate.Length(1, 5))
    duration = fields.Nested(Duration, load_default=None, allow_none=True)
    periods = fields.List(fields.Nested(Period), load_default=list, validate=validate.Length(0, 60))
    grids = fields.List(fields.Nested(Grid), required=True, validate=validate.Length(1, 60))

    @validates_schema
    def _whole(self, data: dict[str, Any], **_: Any) -> None:
        if (data["unit"] == MINUTES) != (data["duration"] is not None):
            raise ValidationError("Une durée va avec un prix à la durée.", "duration")
        if (data["unit"] == TERM) != bool(data["periods"]):
            raise ValidationError("Les périodes vont avec un prix par période.", "periods")
        _follow_each_other(data["grids"])
        for grid in data["grids"]:
            for part in grid["parts"]:
                _share_out(part["columns"], data["residences"], data["variants"])


def _follow_each_other(grids: Sequence[dict[str, Any]]) -> None:
    for grid in grids:
        if grid["valid_to"] is not None and grid["valid_to"] < grid["valid_from"]:
            raise ValidationError("Une grille finit avant de commencer.", "grids")
    for before, after in pairwise(sorted(grids, key=lambda grid: grid["valid_from"])):
        ends: date = before["valid_to"] or date.max
        if ends >= after["valid_from"]:
            raise ValidationError("Deux grilles se chevauchent.", "grids")
        if ends + timedelta(days=1) < after["valid_from"]:
            raise ValidationError("Il y a un trou entre deux grilles.", "grids")


def _share_out(
    columns: Iterable[dict[str, Any]], residences: Sequence[str], variants: Sequence[str]
) -> None:
    given = [(each, column["variant"]) for column in columns for each in column["residences"]]
    wanted = {(residence, variant) for residence in residences for variant in variants}
    if len(set(given)) != len(given):
        raise ValidationError("Deux colonnes portent sur le même public.", "grids")
    if set(given) != wanted:
        raise ValidationError("Une colonne manque, ou porte sur un public inconnu.", "grids")


tariff_published = UntypedEvent(
    OWNER,
    "tariff_published",
    fields={
        "tariff": Code(),
        "version": Version(),
        "content": fields.Nested(Tariff, required=True, allow_none=True),
    },
)
"""The whole of one tariff, versioned per provider and code; null: withdrawn, prices nothing."""

RESIDENCES: dict[str, fields.Field] = {
    "classes": Several({"code": Code(), "label": Text(60)}, validate=validate.Length(1, 20)),
    "elsewhere": Code(),
    "communes": Several(
        {
            "insee": Text(5),
            "residence": Code(),
            "valid_from": Day(),
            "valid_to": Day(allow_none=True),
        }
    ),
}

residences_published = UntypedEvent(
    OWNER, "residences_published", fields={"version": Version(), **RESIDENCES}
)
"""
Which residence class a provider gives to each commune, dated; `elsewhere` is for all others.

Whole and versioned per provider. A commune that joins is one line more: no past price changes.
"""

import_tariffs = UntypedMethod(
    OWNER,
    "import_tariffs",
    request={
        "residences": fields.Nested(dict(RESIDENCES), required=True),
        "tariffs": Several(
            {"tariff": Code(), "content": fields.Nested(Tariff, required=True)},
            validate=validate.Length(1, 60),
        ),
    },
    answer={"published": fields.Integer(required=True)},
    writes=True,
)
"""
A provider's tariffs from another software, past grids included, published at once.

Repeating it changes nothing that the provider has changed since.
"""
