"""Labels of income: bands of quotients, and why a price has none."""

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shared.contracts.billing.figures.income import OTHER_SOFTWARE
from shared.web.prices.price_labels import quotient_band

BASES: dict[str, LazyString] = {
    "flat": _l("prix unique"),
    "band": _l("par tranche"),
    "effort": _l("taux d’effort"),
    "effort_floor": _l("taux d’effort, au plancher"),
    "effort_ceiling": _l("taux d’effort, au plafond"),
    "maximum": _l("quotient non connu"),
    "surcharge": _l("majorations"),
    "no_price": _l("sans prix"),
    OTHER_SOFTWARE: _l("factures de l’ancien logiciel"),
}


def band(basis: str, start: int | None, end: int | None) -> str:
    """Say for which quotients a price is: « de 400 à moins de 640 », « prix unique »."""
    return quotient_band(start, end, _) if start is not None else str(BASES.get(basis, basis))
