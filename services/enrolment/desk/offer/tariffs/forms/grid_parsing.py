"""Parses the form of a grid into the contract's content; errors are placed at their field."""

import re
from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _

from services.enrolment.desk.offer.tariffs.forms.band_limits import read_limits
from services.enrolment.desk.offer.tariffs.forms.grid import (
    Layout,
    attendance_modes_of_form,
    count_ranks_of_form,
    field_prefix_of_price,
    table_layouts_of_form,
)
from services.enrolment.desk.offer.tariffs.labels import EFFECTS, OUTCOMES, TAXES
from services.enrolment.desk.page_parts.parsing import read_number, read_rate
from shared.contracts.enrolment.tariffs import (
    BUDGET,
    EFFORT,
    FLAT,
    LATE_PICKUP,
    OTHER,
    PRORATIONS,
    WHOLE,
    Band,
    Column,
    Grid,
    Part,
    Price,
    Surcharge,
)
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_cents, read_day

MOST_TOLERANCE = 240

Bands = dict[tuple[int, str, str], list[Band]]
"""Bands by part, way to come and residence class."""


def read_grid(form: Form, residences: Sequence[str]) -> Grid:
    """Return the grid that a form says, and put its mistakes into the form."""
    begins, decision = read_day(form.value("valid_from")), form.value("decision")[:120]
    if begins is None:
        form.errors["valid_from"] = _("Écrivez une date, par exemple 01/09/2026.")
    if not decision:
        form.errors["decision"] = _("Écrivez quelle décision fixe ces prix.")
    proration = form.value("proration") or WHOLE
    if proration not in PRORATIONS:
        form.errors["proration"] = _("Choisissez une réponse.")
    tables = table_layouts_of_form(form, residences)
    parts = {at: _read_part(form, at) for at in form.rows("parts")}
    bands = _read_bands(form, tables, list(parts))
    for at, part in parts.items():
        part["columns"] = _columns_of_classes(bands, at, residences, attendance_modes_of_form(form))
    return {
        "valid_from": begins or date.min,
        "valid_to": None,
        "decision": decision,
        "proration": proration,
        "parts": list(parts.values()),
        "surcharges": [
            _read_surcharge(form, f"surcharges-{at}", residences) for at in form.rows("surcharges")
        ],
    }


def _read_part(form: Form, at: int) -> Part:
    """Return a part, still without its columns."""
    name = f"parts-{at}"
    label, tax = form.value(f"{name}-label"), form.value(f"{name}-tax")
    if not label:
        form.errors[f"{name}-label"] = _("Écrivez ce que la famille lit sur sa facture.")
    if tax not in TAXES:
        form.errors[f"{name}-tax"] = _("Choisissez une réponse.")
    return {
        "label": label[:60],
        "tax": tax,
        "budget": _read_budget(form, f"{name}-budget"),
        "columns": [],
        "sibling_percent": _read_percents(form, f"{name}-siblings"),
    }


def _read_budget(form: Form, name: str) -> str:
    written = form.value(name).strip().upper()
    if re.match(BUDGET, written) is None:
        form.errors[name] = _(
            "Écrivez nature-fonction-service-produit en chiffres et en lettres, "
            "par exemple 7067-251 : le produit a 4 signes au plus."
        )
    return written[:30]


def _read_percents(form: Form, name: str) -> list[int]:
    parsed = [number.strip(" %") for number in form.value(name).replace(";", ",").split(",")]
    read = [read_number(number, 100) for number in parsed if number]
    if None in read or len(read) > 8:
        form.errors[name] = _("Écrivez des nombres entiers, par exemple 10, 20.")
    return [number for number in read if number is not None]


def _read_bands(form: Form, tables: Sequence[Layout], parts: Sequence[int]) -> Bands:
    bands: Bands = {}
    for layout in tables:
        limits = read_limits(form, layout)
        for part in parts:
            for code in layout.residences:
                bands[part, layout.variant, code] = [
                    {
                        "from_cents": limit.start,
                        "to_cents": limit.end,
                        "label": form.value(f"{layout.rows}-{row}-label")[:40],
                        "price": price,
                        "by_rank": further,
                    }
                    for row, limit in limits
                    for price, *further in [_read_prices(form, layout.rows, row, part, code)]
                ]
    return bands


def _read_prices(form: Form, rows: str, row: int, part: int, code: str) -> list[Price]:
    """Return the prices of the first and of further children; a blank price ends the list."""
    names = [
        field_prefix_of_price(rows, row, part, code, rank)
        for rank in range(count_ranks_of_form(form))
    ]
    parsed = [name for at, name in enumerate(names) if at == 0 or _is_price_filled(form, name)]
    if parsed != names[: len(parsed)]:
        missing = next(name for name, other in zip(names, parsed, strict=False) if name != other)
        form.errors[f"{missing}-cents"] = _("Écrivez aussi ce prix.")
    return [_read_price(form, name) for name in parsed]


def _is_price_filled(form: Form, name: str) -> bool:
    return any(form.value(f"{name}-{part}") for part in ("cents", "rate", "floor", "ceiling"))


def _read_price(form: Form, name: str) -> Price:
    if form.value("effort") and form.value(f"{name}-rate"):
        return _read_effort_price(form, name)
    cents = read_cents(form.value(f"{name}-cents"))
    if cents is None:
        form.errors[f"{name}-cents"] = _("Écrivez un montant, par exemple 2,20.")
    return {"kind": FLAT, "cents": cents or 0, "rate_ppm": 0, "floor_cents": 0, "ceiling_cents": 0}


def _read_effort_price(form: Form, name: str) -> Price:
    rate = read_rate(form.value(f"{name}-rate"))
    floor = read_cents(form.value(f"{name}-floor") or "0")
    ceiling = read_cents(form.value(f"{name}-ceiling"))
    if form.value(f"{name}-cents"):
        form.errors[f"{name}-cents"] = _("Écrivez un montant ou un taux, pas les deux.")
    if not rate:
        form.errors[f"{name}-rate"] = _("Écrivez un taux, par exemple 0,55.")
    if floor is None:
        form.errors[f"{name}-floor"] = _("Écrivez un montant, par exemple 2,20.")
    if ceiling is None:
        form.errors[f"{name}-ceiling"] = _("Écrivez le prix le plus haut, par exemple 3,19.")
    elif floor is not None and floor > ceiling:
        form.errors[f"{name}-ceiling"] = _("Écrivez un prix plus haut que le plus bas.")
    return {
        "kind": EFFORT,
        "cents": 0,
        "rate_ppm": rate or 0,
        "floor_cents": floor or 0,
        "ceiling_cents": ceiling or 0,
    }


def _columns_of_classes(
    bands: Bands, part: int, residences: Sequence[str], variants: Sequence[str]
) -> list[Column]:
    """Put the classes together that pay the same."""
    columns: list[Column] = []
    for variant in variants:
        for code in residences:
            own = bands[part, variant, code]
            alike = (
                column
                for column in columns
                if (column["variant"], column["bands"]) == (variant, own)
            )
            column = next(alike, None)
            if column is None:
                columns.append({"residences": [code], "variant": variant, "bands": own})
            else:
                column["residences"].append(code)
    return columns


def _read_surcharge(form: Form, name: str, residences: Sequence[str]) -> Surcharge:
    cents = read_cents(form.value(f"{name}-cents"))
    when, effect = form.value(f"{name}-when"), form.value(f"{name}-effect")
    tolerance = read_number(form.value(f"{name}-tolerance") or "0", MOST_TOLERANCE)
    if not form.value(f"{name}-label"):
        form.errors[f"{name}-label"] = _("Écrivez ce que la famille lit sur sa facture.")
    if cents is None:
        form.errors[f"{name}-cents"] = _("Écrivez un montant, par exemple 2,50.")
    if when not in OUTCOMES:
        form.errors[f"{name}-when"] = _("Choisissez une réponse.")
    if effect not in EFFECTS:
        form.errors[f"{name}-effect"] = _("Choisissez une réponse.")
    if tolerance is None:
        form.errors[f"{name}-tolerance"] = _("Écrivez un nombre de minutes, 240 au plus.")
    chosen = form.values.get(f"{name}-residences") or []
    return {
        "label": form.value(f"{name}-label")[:60],
        "when": when,
        "effect": effect,
        "cents": cents or 0,
        "tax": form.value(f"{name}-tax") if form.value(f"{name}-tax") in TAXES else OTHER,
        "budget": _read_budget(form, f"{name}-budget"),
        "residences": [code for code in residences if code in chosen],
        "tolerance_minutes": (tolerance or 0) if when == LATE_PICKUP else 0,
    }
