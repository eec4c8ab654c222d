"""
The form of a grid: flat fields as a browser sends them, laid out as tables of bands.

A field of a table's row is `b0-3-from`; a price in it `b0-3-p1-resident-r0-cents`: table 0, row 3,
part 1, residence class, first child. What cells there are follows from the parts, the classes of
the table, the number of ranks and whether rates are asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.enrolment.desk.offer.tariffs.labels import day_as_form_value
from services.enrolment.desk.page_parts.parsing import write_rate
from shared.contracts.enrolment.tariffs import EFFORT, WHOLE, Grid, Price, Surcharge
from shared.web.forms.form_data import Form, flat_values
from shared.web.forms.parsing import write_cents
from shared.web.prices.grid_tables import Row, Table, tables_of
from shared.web.prices.price_labels import quotient_limit

MOST_PARTS, MOST_BANDS, MOST_SURCHARGES, MOST_RANKS = 6, 30, 12, 6

Values = dict[str, object]


@dataclass(frozen=True)
class Layout:
    """One table of the form: its number, who it is for, and the classes that have a column."""

    at: int
    variant: str
    residences: tuple[str, ...]

    @property
    def rows(self) -> str:
        """Return the name of its list of rows."""
        return f"b{self.at}"


def field_prefix_of_price(rows: str, row: object, part: object, residence: str, rank: int) -> str:
    """Return what the names of a price's fields begin with."""
    return f"{rows}-{row}-p{part}-{residence}-r{rank}"


def make_grid_form(grid: Grid, residences: Sequence[str], variants: Sequence[str]) -> Form:
    """Return the form of a grid as it is."""
    tables = tables_of(grid, residences, variants)
    values: Values = {
        "valid_from": day_as_form_value(grid["valid_from"]),
        "decision": grid["decision"],
        "proration": grid["proration"],
        "ranks": str(max(table.count_priced_ranks for table in tables)),
        "effort": "yes" if _has_effort_rates(tables) else "",
        "variants": ",".join(variants),
    }
    for at, part in enumerate(grid["parts"]):
        values |= flat_values(
            {"label": part["label"], "tax": part["tax"], "budget": part["budget"]}, f"parts-{at}"
        )
        values[f"parts-{at}-siblings"] = ", ".join(
            str(percent) for percent in part["sibling_percent"]
        )
    for at, table in enumerate(tables):
        values |= _table_values(Layout(at, table.variant, table.residences), table)
    for at, surcharge in enumerate(grid["surcharges"]):
        values |= _surcharge_values(f"surcharges-{at}", surcharge)
    return Form(values)


def make_first_grid_form(label: str, tax: str, residences: Sequence[str], first: str) -> Form:
    """Return the form of a tariff's first grid: one part, one band, one price for each class."""
    return Form(
        {
            "valid_from": first,
            "proration": WHOLE,
            "ranks": "1",
            "effort": "",
            "variants": "",
            "parts-0-label": label,
            "parts-0-tax": tax,
            "table-0-variant": "",
            "table-0-residences": ",".join(residences),
            "b0-0-from": "0",
        }
    )


def table_layouts_of_form(form: Form, residences: Sequence[str]) -> list[Layout]:
    """
    Return the tables of a form; each class and way to come is in exactly one of them.

    A class that is not in the form yet, such as one that was added meanwhile, joins the first.
    """
    layouts: list[Layout] = []
    for variant in attendance_modes_of_form(form):
        seen: set[str] = set()
        for at in form.rows("table"):
            if form.value(f"table-{at}-variant") != variant:
                continue
            named = form.value(f"table-{at}-residences").split(",")
            codes = tuple(code for code in residences if code in named and code not in seen)
            seen.update(codes)
            layouts.append(Layout(at, variant, codes))
        _add_missing_classes(
            layouts, variant, [code for code in residences if code not in seen], form
        )
    return [layout for layout in layouts if layout.residences]


def attendance_modes_of_form(form: Form) -> list[str]:
    """Return the ways to come for which the form asks prices, the usual one first."""
    return list(dict.fromkeys(["", *form.value("variants").split(",")]))


def count_ranks_of_form(form: Form) -> int:
    """Return for how many children of a household the form asks prices."""
    ranks = form.value("ranks")
    return min(max(int(ranks), 1), MOST_RANKS) if ranks.isdecimal() else 1


def write_layouts_into_form(form: Form, layouts: Sequence[Layout]) -> None:
    """Write the tables into the form, as hidden fields hold them."""
    for name in [name for name in form.values if name.startswith("table-")]:
        del form.values[name]
    for layout in layouts:
        form.values[f"table-{layout.at}-variant"] = layout.variant
        form.values[f"table-{layout.at}-residences"] = ",".join(layout.residences)


def _add_missing_classes(
    layouts: list[Layout], variant: str, missing: Sequence[str], form: Form
) -> None:
    if not missing:
        return
    at = next((at for at, layout in enumerate(layouts) if layout.variant == variant), None)
    if at is None:
        number = max([form.next_row("table"), *(layout.at + 1 for layout in layouts)])
        layouts.append(Layout(number, variant, tuple(missing)))
    else:
        layout = layouts[at]
        layouts[at] = Layout(layout.at, variant, (*layout.residences, *missing))


def _has_effort_rates(tables: Sequence[Table]) -> bool:
    prices = [
        price
        for table in tables
        for row in table.rows
        for cell in row.cells.values()
        for price in cell
    ]
    return any(price["kind"] == EFFORT for price in prices)


def _table_values(layout: Layout, table: Table) -> Values:
    values: Values = {
        f"table-{layout.at}-variant": layout.variant,
        f"table-{layout.at}-residences": ",".join(layout.residences),
    }
    for at, row in enumerate(table.rows):
        values |= _row_values(layout.rows, at, row)
    return values


def _row_values(rows: str, at: int, row: Row) -> Values:
    values: Values = {
        f"{rows}-{at}-from": quotient_limit(row.start),
        f"{rows}-{at}-to": "" if row.end is None else quotient_limit(row.end),
        f"{rows}-{at}-label": row.label,
    }
    for (part, code), prices in row.cells.items():
        for rank, price in enumerate(prices):
            values |= _price_values(field_prefix_of_price(rows, at, part, code, rank), price)
    return values


def _price_values(prefix: str, price: Price) -> Values:
    if price["kind"] != EFFORT:
        return {f"{prefix}-cents": write_cents(price["cents"])}
    return {
        f"{prefix}-rate": write_rate(price["rate_ppm"]),
        f"{prefix}-floor": write_cents(price["floor_cents"]),
        f"{prefix}-ceiling": write_cents(price["ceiling_cents"]),
    }


def _surcharge_values(prefix: str, surcharge: Surcharge) -> Values:
    said: Mapping[str, object] = surcharge
    plain = {name: said[name] for name in ("label", "when", "effect", "tax", "budget")}
    return flat_values(plain, prefix) | {
        f"{prefix}-cents": write_cents(surcharge["cents"]),
        f"{prefix}-tolerance": str(surcharge["tolerance_minutes"] or ""),
        f"{prefix}-residences": list(surcharge["residences"]),
    }
