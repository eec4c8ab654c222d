"""
The buttons of a grid's form that change what there is to type: lines, tables, columns.

All are submits, so that the form works without JavaScript; nothing that was typed is lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from services.enrolment.desk.offer.tariffs.forms.grid import (
    MOST_RANKS,
    Layout,
    attendance_modes_of_form,
    count_ranks_of_form,
    table_layouts_of_form,
    write_layouts_into_form,
)
from services.enrolment.desk.offer.tariffs.labels import OWN_MEAL
from shared.contracts.enrolment.tariffs import ADD, OTHER
from shared.web.forms.form_data import Form

FIRST_FIELD = {"parts": ("tax", OTHER), "surcharges": ("effect", ADD), "periods": ("label", "")}
"""The field of an added line, and the value that keeps the line."""


def press_button(form: Form, sent: dict[str, list[str]], residences: Sequence[str]) -> bool:
    """Do what a button says, if one of these was pressed; return whether it was."""
    for name, change in _BUTTONS.items():
        if name in sent:
            change(form, sent[name][0], residences)
            return True
    return False


def _add_row(form: Form, rows: str, _residences: Sequence[str]) -> None:
    field, value = FIRST_FIELD.get(rows, ("from", ""))
    form.values[f"{rows}-{form.next_row(rows)}-{field}"] = value


def _remove_row(form: Form, row: str, _residences: Sequence[str]) -> None:
    rows, _, at = row.partition("-")
    cells = f"-p{at}-" if rows == "parts" else None
    form.values = {
        name: value
        for name, value in form.values.items()
        if not name.startswith(f"{row}-") and not (cells and cells in name)
    }


def _split_class_off(form: Form, which: str, residences: Sequence[str]) -> None:
    """Give a class a table of its own, with the bands and prices that it has now."""
    at, _, code = which.partition("-")
    grids = table_layouts_of_form(form, residences)
    for index, layout in enumerate(grids):
        if str(layout.at) == at and code in layout.residences and len(layout.residences) > 1:
            left = tuple(residence for residence in layout.residences if residence != code)
            new = Layout(max(other.at for other in grids) + 1, layout.variant, (code,))
            _copy_rows(form, layout, new)
            grids[index] = replace(layout, residences=left)
            grids.append(new)
            break
    write_layouts_into_form(form, grids)


def _join_tables(form: Form, which: str, residences: Sequence[str]) -> None:
    """Put a table's classes into the first one of the same way to come, with its bands."""
    grids = table_layouts_of_form(form, residences)
    gone = next((layout for layout in grids if str(layout.at) == which), None)
    if gone is None:
        return
    first = next(layout for layout in grids if layout.variant == gone.variant)
    if first is not gone:
        wider = replace(first, residences=(*first.residences, *gone.residences))
        write_layouts_into_form(
            form, [wider if layout is first else layout for layout in grids if layout is not gone]
        )


def _set_number_of_ranks(form: Form, count: str, _residences: Sequence[str]) -> None:
    form.values["ranks"] = count
    form.values["ranks"] = str(min(count_ranks_of_form(form), MOST_RANKS))


def _set_effort_rates(form: Form, variant: str, _residences: Sequence[str]) -> None:
    form.values["effort"] = variant


def _switch_own_meal(form: Form, variant: str, residences: Sequence[str]) -> None:
    """Ask for prices of who brings its own meal, at first those of the others; or no longer."""
    known, grids = attendance_modes_of_form(form), table_layouts_of_form(form, residences)
    if variant and OWN_MEAL not in known:
        usual = [layout for layout in grids if layout.variant == ""]
        for layout in usual:
            new = Layout(max(other.at for other in grids) + 1, OWN_MEAL, layout.residences)
            _copy_rows(form, layout, new)
            grids.append(new)
        form.values["variants"] = ",".join([*known, OWN_MEAL])
    if not variant:
        grids = [layout for layout in grids if layout.variant != OWN_MEAL]
        form.values["variants"] = ",".join(
            known_variant for known_variant in known if known_variant != OWN_MEAL
        )
    write_layouts_into_form(form, grids)


def _copy_rows(form: Form, of: Layout, to: Layout) -> None:
    stale = [name for name in form.values if name.startswith(f"{to.rows}-")]
    for name in stale:
        del form.values[name]
    copied = {
        f"{to.rows}-{name.removeprefix(of.rows + '-')}": value
        for name, value in form.values.items()
        if name.startswith(f"{of.rows}-")
    }
    form.values |= copied


_BUTTONS: dict[str, Callable[[Form, str, Sequence[str]], None]] = {
    "add": _add_row,
    "remove": _remove_row,
    "split": _split_class_off,
    "join": _join_tables,
    "set-ranks": _set_number_of_ranks,
    "set-effort": _set_effort_rates,
    "set-own-meal": _switch_own_meal,
}
