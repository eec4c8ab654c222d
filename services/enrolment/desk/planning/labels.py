"""Labels of the planning: those that the front desk has too, and what an act costs."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from services.enrolment.attendance.marks.rules.collectors import ALONE, PARENT, Collector
from services.enrolment.bookings.rules import agent_decisions as rules
from shared.web.agents.planning_labels import ACTS, ASKED_BY, DONE, REASONS, STATES, WHY

__all__ = [
    "ACTS",
    "ASKED_BY",
    "COSTS",
    "DONE",
    "REASONS",
    "STATES",
    "WHY",
    "collector_in_words",
    "words_by_state",
]

COSTS: Mapping[str, LazyString] = {
    rules.CANCEL: _l("Annuler : le délai est passé, la séance reste comptée."),
    rules.EXCUSE: _l(
        "Excuser : la séance n’est pas comptée ; déjà facturée, la prochaine facture la retire."
    ),
    rules.CAME: _l("Présent : comptée, au tarif « non prévu » si rien n’était réservé."),
    rules.MISSED: _l("Absent : comptée si elle était réservée."),
}
"""The cost of an act, in words: a desk knows no price."""


def collector_in_words(collector: Collector) -> str:
    """Return with whom a child left, in words."""
    known = {PARENT: _l("un parent"), ALONE: _l("seul")}
    return str(known.get(collector.kind, collector.name))


def words_by_state() -> dict[str, str]:
    """Return the word of each state, translated once for a page of a thousand of them."""
    return {state: str(word) for state, (_tone, _drawing, word) in STATES.items()}
