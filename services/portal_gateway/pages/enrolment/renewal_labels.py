"""Labels of renewals on a family's page: states, changes, why another group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.enrolment.rules.renewals import Renewal
from services.portal_gateway.labels import enrolment as enrolment_labels
from shared.contracts.billing.prices.simulations import Price
from shared.contracts.enrolment.school_year import renewals

STATES: dict[str, tuple[str, str, object]] = {
    renewals.ASKED: ("gold", "alert", _l("à répondre")),
    renewals.CONFIRMED: ("green", "check", _l("confirmé")),
    renewals.WAITING: ("gold", "waiting", _l("confirmé, en attente d’une place")),
    renewals.DECLINED: ("soft", "remove", _l("pas l’an prochain")),
    renewals.RELEASED: ("red", "info", _l("sans réponse à temps, place libérée")),
    renewals.NO_GROUP: ("soft", "info", _l("pas de suite l’an prochain")),
}
ON_ITS_WAY: dict[str, LazyString] = {
    renewals.CONFIRM: _l("votre « oui » est en route"),
    renewals.DECLINE: _l("votre « non » est en route"),
    renewals.UNDO: _l("votre réponse est en route"),
}
CHANGES: dict[str, LazyString] = {
    "group": _l("Groupe"),
    "weekdays": _l("Jours"),
    "hours": _l("Heures"),
    "site": _l("Lieu"),
}


@dataclass(frozen=True)
class ComparedPrice:
    """One price this year and next, as a family reads it; None where there is none yet."""

    label: str
    unit: str
    now: str | None
    next: str | None

    @property
    def is_same(self) -> bool:
        return self.now == self.next


def changed_part_in_words(name: str, value: Any) -> str:
    """Say one part of what changes."""
    if name == "weekdays":
        return enrolment_labels.fixed_days_in_words(value)
    if name == "hours":
        return enrolment_labels.hours_in_words(*value)
    return str(value)


def group_change_reason(line: Renewal, first_name: str) -> str:
    """Say why another group is proposed; "" for the same one."""
    if line.why == renewals.OLDER and line.next:
        return _(
            "%(name)s a grandi : « %(group)s » est le groupe de son âge.",
            name=first_name,
            group=line.next["group"],
        )
    if line.why == renewals.OTHER and line.next:
        return _(
            "Le groupe de cette année n’est plus proposé : voici le plus proche, « %(group)s ».",
            group=line.next["group"],
        )
    if line.why == renewals.NONE:
        return _(
            "Cette activité n’a pas de groupe pour l’âge de %(name)s.",
            name=first_name,
        )
    return ""


def compare_prices(now: Sequence[Price], following: Sequence[Price]) -> list[ComparedPrice]:
    """Return prices side by side: those of the same name and unit belong together."""
    before, after = _amount_by_name(now), _amount_by_name(following)
    return [
        ComparedPrice(
            label,
            str(bill_labels.UNITS.get(unit, "")),
            before.get((label, unit)),
            after.get((label, unit)),
        )
        for label, unit in dict.fromkeys([*before, *after])
    ]


def _amount_by_name(prices: Sequence[Price]) -> dict[tuple[str, str], str]:
    return {
        (price["label"], price["unit"]): bill_labels.euros(price["total_cents"]) for price in prices
    }
