"""The limits of bands as they were typed; what one can infer from the row beside need not be."""

from flask_babel import gettext as _

from services.enrolment.desk.offer.tariffs.forms.grid import Layout
from services.enrolment.offer.tariffs.rules import band_gaps
from services.enrolment.offer.tariffs.rules.band_gaps import Band, Mistake
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_cents
from shared.web.prices.price_labels import quotient_limit


def read_limits(form: Form, layout: Layout) -> list[tuple[int, Band]]:
    """
    Return the rows of a table with their limits, and put into the form where they do not meet.

    A band begins where the one before it ends, and ends where the next begins, unless typed. Lines
    left blank are left out.
    """
    rows = [row for row in form.rows(layout.rows) if _is_line_filled(form, f"{layout.rows}-{row}-")]
    if not rows:
        form.errors[layout.rows] = _("Ajoutez au moins une ligne.")
    starts = [_read_quotient(form, f"{layout.rows}-{row}-from") for row in rows]
    ends = [_read_quotient(form, f"{layout.rows}-{row}-to") for row in rows]
    for at in range(len(rows)):
        if starts[at] is None:
            starts[at] = ends[at - 1] if at else 0
        if ends[at] is None and at + 1 < len(rows):
            ends[at] = starts[at + 1]
    read_bands = [Band(start or 0, end) for start, end in zip(starts, ends, strict=True)]
    if not any(
        name.startswith(f"{layout.rows}-") and _is_limit_field(name) for name in form.errors
    ):
        for mistake in band_gaps.band_mistakes(read_bands):
            name = f"{layout.rows}-{rows[mistake.row]}-{mistake.limit}"
            form.errors.setdefault(name, _mistake_sentence(mistake))
    return list(zip(rows, read_bands, strict=True))


def _is_line_filled(form: Form, prefix: str) -> bool:
    """Return whether a line has any field filled; empty lines are ignored."""
    return any(value for name, value in form.values.items() if name.startswith(prefix))


def _read_quotient(form: Form, name: str) -> int | None:
    if not form.value(name):
        return None
    cents = read_cents(form.value(name))
    if cents is None:
        form.errors[name] = _("Écrivez un quotient, par exemple 640.")
    return cents


def _is_limit_field(name: str) -> bool:
    return name.endswith(("-from", "-to"))


def _mistake_sentence(mistake: Mistake) -> str:
    other = quotient_limit(mistake.other) if mistake.other is not None else ""
    return {
        band_gaps.NOT_FROM_ZERO: _("La première tranche commence à 0."),
        band_gaps.GAP: _(
            "Il y a un trou : la tranche d’avant finit à %(end)s. Écrivez %(end)s.", end=other
        ),
        band_gaps.OVERLAP: _(
            "Deux tranches se chevauchent : celle d’avant finit à %(end)s. Écrivez %(end)s.",
            end=other,
        ),
        band_gaps.EMPTY: _("Écrivez un quotient plus haut que %(start)s.", start=other),
        band_gaps.ENDS: _("La dernière tranche n’a pas de fin : laissez vide."),
        band_gaps.GOES_ON: _("Écrivez où finit cette tranche."),
    }[mistake.kind]
