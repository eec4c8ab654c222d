"""The notification of a breach to the CNIL, with the fields of its form (GDPR, article 33)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from werkzeug.wrappers import Response

from services.portal_gateway.front_desk.breaches.rules import TOLD_WITHIN, Facts
from services.portal_gateway.front_desk.pages.data_protection import breach_forms
from shared.contracts.dossier.data_protection.read_log import BreachScopeAnswer
from shared.contracts.sections import PROJECTIONS
from shared.dates.clock import PARIS, now
from shared.documents import compiler_lock, lay_out_pdf
from shared.register.providers.offices import Controller
from shared.web.base import downloads
from shared.web.base.app import shell_here
from shared.web.language.typography import spaced

TEMPLATE = Path(__file__).with_name("breach.typ")
TO_COMPLETE = "à compléter"
HOURS = 72


@dataclass(frozen=True)
class Notification:
    """What is known; `due` is the end of the 72 hours."""

    controller: Controller
    service: str
    since: datetime
    until: datetime
    known: datetime
    due: datetime
    scope: BreachScopeAnswer
    texts: Mapping[str, str]


def due_of(facts: Facts) -> datetime:
    """Return the end of the 72 hours."""
    return facts.known + TOLD_WITHIN


def notification_to_save(facts: Facts) -> Response:
    """Return the notification of a breach as a file."""
    register = shell_here().register
    told = Notification(
        controller=register.controller_of(breach_forms.provider_of(facts.service) or ""),
        service=breach_forms.office_label(facts.service),
        since=facts.since,
        until=facts.until,
        known=facts.known,
        due=due_of(facts),
        scope=breach_forms.scope_of(facts),
        texts=facts.texts,
    )
    content = notification_pdf(told, register.now.town.name, now())
    return downloads.file_to_save(content, "notification-cnil.pdf", "application/pdf")


def notification_pdf(facts: Notification, town: str, at: datetime) -> bytes:
    """Return the notification, tagged (PDF/UA-1); raises NotLaidOut."""
    heading = spaced("Notification d’une violation de données")
    late = at > facts.due
    data = {
        "title": heading,
        "author": town,
        "description": heading,
        "footer": spaced(f"{town}, RGPD art. 33 et 34"),
        "heading": heading,
        "parts": [
            {"title": "Le responsable", "facts": _who(facts)},
            {"title": "La violation", "facts": _what(facts)},
            {"title": "Les personnes et les données", "facts": _whose(facts)},
            {"title": "Les suites", "facts": _then(facts, late=late)},
        ],
    }
    with compiler_lock():
        return lay_out_pdf(TEMPLATE, data, at)


Lines = list[list[str]]


def _who(facts: Notification) -> Lines:
    return [
        ["Responsable du traitement", facts.controller.name],
        ["Délégué à la protection des données", facts.controller.dpo],
        ["Service en cause", facts.service],
    ]


def _what(facts: Notification) -> Lines:
    return [
        ["Période", f"du {_moment(facts.since)} au {_moment(facts.until)}"],
        ["Connue le", _moment(facts.known)],
        [f"Fin des {HOURS} heures", _moment(facts.due)],
        ["Nature", facts.texts["nature"] or TO_COMPLETE],
    ]


def _whose(facts: Notification) -> Lines:
    scope = facts.scope
    categories = [PROJECTIONS[code].held_as for code in scope.projections]
    return [
        ["Foyers, au plus", str(scope.households)],
        ["Enfants, au plus", str(scope.children)],
        ["Foyers dont quelque chose a été lu", str(scope.read)],
        ["Catégories de personnes", "enfants, responsables légaux, personnes à appeler"],
        ["Catégories de données", "\u00a0; ".join(categories) or TO_COMPLETE],
        ["Données sensibles", "oui, santé ou croyance" if _sensitive(scope) else "à vérifier"],
    ]


def _then(facts: Notification, *, late: bool) -> Lines:
    texts = facts.texts
    return [
        ["Conséquences probables", texts["consequences"] or TO_COMPLETE],
        ["Mesures prises ou envisagées", texts["measures"] or TO_COMPLETE],
        ["Information des personnes (art. 34)", texts["told"] or TO_COMPLETE],
        *([["Pourquoi après 72 heures", texts["late"] or TO_COMPLETE]] if late else []),
    ]


def _sensitive(scope: BreachScopeAnswer) -> bool:
    return any(PROJECTIONS[code].sensitive for code in scope.projections)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%d/%m/%Y %H:%M}"
