"""States of bills as agents read them, at a régie and at the front desk."""

from flask_babel import lazy_gettext as _l

from shared.contracts.billing import bills
from shared.web.language.translated_labels import State

BILL_STATES: dict[str, State] = {
    bills.DUE: ("blue", "waiting", _l("à payer")),
    bills.PARTLY_PAID: ("gold", "waiting", _l("payée en partie")),
    bills.PAID: ("green", "check", _l("payée")),
    bills.OVERDUE: ("red", "alert", _l("en retard")),
    bills.CREDITED: ("soft", "end", _l("annulée par un avoir")),
    bills.TRANSFERRED: ("soft", "sent", _l("au Trésor public")),
}
"""Tone, drawing and word of each state."""
