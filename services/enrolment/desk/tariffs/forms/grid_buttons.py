"""
The buttons of a grid's form that change what there is to type: lines, tables, columns.

All are submits, so that the form works without JavaScript; nothing that was typed is lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from services.enrolment.desk.tariffs.forms.grid import (
    MOST_RANKS,
    Layout,
    keep_layouts,
    layouts,
    ranks_of,
    variants_of,
)
from services.enrolment.desk.tariffs.labels import OWN_MEAL
from shared.contracts.enrolment.tariffs import ADD, OTHER
from shared.web.forms.forms import Form

FIRST_FIELD = {"parts": ("tax", OTHER), "surcharges": ("effect", ADD), "periods": ("label", "")}
"""What makes a line that was just added be there."""


def press(form: Form, sent: dict[str, list[str]], residences: Sequence[str]) -> bool:
    """Do what a button says, if one of these was pressed; return whether it was."""
    for name, act in _ACTS.items():
        if name in sent:
            act(form, sent[name][0], residences)
            return True
    return False


def _add(form: Form, rows: str, _residences: Sequence[str]) -> None:
    field, value = FIRST_FIELD.get(rows, ("from", ""))
    form.values[f"{rows}-{form.next_row(rows)}-{field}"] = value


def _remove(form: Form, row: str, _residences: Sequence[str]) -> None:
    rows, _, at = row.partition("-")
    cells = f"-p{at}-" if rows == "parts" else None
    form.values = {
        name: value
        for name, value in form.values.items()
        if not name.startswith(f"{row}-") and not (cells and cells in name)
    }


def _split(form: Form, which: str, residences: Sequence[str]) -> None:
    """Give a class a table of its own, with the bands and prices that it has now."""
    at, _, code = which.partition("-")
    found = layouts(form, residences)
    for index, one in enumerate(found):
        if str(one.at) == at and code in one.residences and len(one.residences) > 1:
            rest = tuple(each for each in one.residences if each != code)
            new = Layout(max(each.at for each in found) + 1, one.variant, (code,))
            _copy_rows(form, one, new)
            found[index] = replace(one, residences=rest)
            found.append(new)
            break
    keep_layouts(form, found)


def _join(form: Form, which: str, residences: Sequence[str]) -> None:
    """Put a table's classes into the first one of the same way to come, with its bands."""
    found = layouts(form, residences)
    gone = next((one for one in found if str(one.at) == which), None)
    if gone is None:
        return
    first = next(one for one in found if one.variant == gone.variant)
    if first is not gone:
        wider = replace(first, residences=(*first.residences, *gone.residences))
        keep_layouts(form, [wider if one is first else one for one in found if one is not gone])


def _ranks(form: Form, count: str, _residences: Sequence[str]) -> None:
    form.values["ranks"] = count
    form.values["ranks"] = str(min(ranks_of(form), MOST_RANKS))


def _effort(form: Form, wanted: str, _residences: Sequence[str]) -> None:
    form.values["effort"] = wanted


def _own_meal(form: Form, wanted: str, residences: Sequence[str]) -> None:
    """Ask for prices of who brings its own meal, at first those of the others; or no longer."""
    known, found = variants_of(form), layouts(form, residences)
    if wanted and OWN_MEAL not in known:
        usual = [one for one in found if one.variant == ""]
        for one in usual:
            new = Layout(max(each.at for each in found) + 1, OWN_MEAL, one.residences)
            _copy_rows(form, one, new)
            found.append(new)
        form.values["variants"] = ",".join([*known, OWN_MEAL])
    if not wanted:
        found = [one for one in found if one.variant != OWN_MEAL]
        form.values["variants"] = ",".join(each for each in known if each != OWN_MEAL)
    keep_layouts(form, found)


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


_ACTS: dict[str, Callable[[Form, str, Sequence[str]], None]] = {
    "add": _add,
    "remove": _remove,
    "split": _split,
    "join": _join,
    "set-ranks": _ranks,
    "set-effort": _effort,
    "set-own-meal": _own_meal,
}
