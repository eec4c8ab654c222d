"""The notification of a breach to the CNIL, with the fields of its form (GDPR, article 33)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from werkzeug.wrappers import Response

from services.portal_gateway.front_desk.breaches.rules import NOTIFIED_WITHIN, BreachDetails
from services.portal_gateway.front_desk.pages.data_protection import breach_forms
from shared.contracts.dossier.data_protection.read_log import BreachScopeAnswer
from shared.contracts.sections import PROJECTIONS
from shared.dates.clock import PARIS, now
from shared.documents import compiler_lock, lay_out_pdf
from shared.register.providers.offices import Controller
from shared.web.base import downloads
from shared.web.base.app import shell_here
from shared.web.language.typography import with_french_spaces

TEMPLATE = Path(__file__).with_name("breach.typ")
TO_COMPLETE = "à compléter"
HOURS = 72


@dataclass(frozen=True)
class Notification:
    """Content of the notification; `due` is the end of the 72 hours."""

    controller: Controller
    service: str
    since: datetime
    until: datetime
    known: datetime
    due: datetime
    scope: BreachScopeAnswer
    texts: Mapping[str, str]


def end_of_72_hours(breach: BreachDetails) -> datetime:
    """Return the end of the 72 hours."""
    return breach.known + NOTIFIED_WITHIN


def notification_to_save(breach: BreachDetails) -> Response:
    """Return the notification of a breach as a file."""
    register = shell_here().register
    notification = Notification(
        controller=register.controller_of(breach_forms.provider_code_of(breach.service) or ""),
        service=breach_forms.office_label(breach.service),
        since=breach.since,
        until=breach.until,
        known=breach.known,
        due=end_of_72_hours(breach),
        scope=breach_forms.breach_scope_of(breach),
        texts=breach.texts,
    )
    content = notification_pdf(notification, register.now.town.name, now())
    return downloads.file_to_save(content, "notification-cnil.pdf", "application/pdf")


def notification_pdf(breach: Notification, town: str, at: datetime) -> bytes:
    """Return the notification, tagged (PDF/UA-1); raises NotLaidOut."""
    heading = with_french_spaces("Notification d’une violation de données")
    late = at > breach.due
    data = {
        "title": heading,
        "author": town,
        "description": heading,
        "footer": with_french_spaces(f"{town}, RGPD art. 33 et 34"),
        "heading": heading,
        "parts": [
            {"title": "Le responsable", "facts": _controller_rows(breach)},
            {"title": "La violation", "facts": _breach_rows(breach)},
            {"title": "Les personnes et les données", "facts": _affected_people_rows(breach)},
            {"title": "Les suites", "facts": _measures_rows(breach, late=late)},
        ],
    }
    with compiler_lock():
        return lay_out_pdf(TEMPLATE, data, at)


Lines = list[list[str]]


def _controller_rows(breach: Notification) -> Lines:
    return [
        ["Responsable du traitement", breach.controller.name],
        ["Délégué à la protection des données", breach.controller.dpo],
        ["Service en cause", breach.service],
    ]


def _breach_rows(breach: Notification) -> Lines:
    return [
        ["Période", f"du {_moment_in_figures(breach.since)} au {_moment_in_figures(breach.until)}"],
        ["Connue le", _moment_in_figures(breach.known)],
        [f"Fin des {HOURS} heures", _moment_in_figures(breach.due)],
        ["Nature", breach.texts["nature"] or TO_COMPLETE],
    ]


def _affected_people_rows(breach: Notification) -> Lines:
    scope = breach.scope
    categories = [PROJECTIONS[code].held_as for code in scope.projections]
    return [
        ["Foyers, au plus", str(scope.households)],
        ["Enfants, au plus", str(scope.children)],
        ["Foyers dont quelque chose a été lu", str(scope.read)],
        ["Catégories de personnes", "enfants, responsables légaux, personnes à appeler"],
        ["Catégories de données", "\u00a0; ".join(categories) or TO_COMPLETE],
        [
            "Données sensibles",
            "oui, santé ou croyance" if _is_any_data_sensitive(scope) else "à vérifier",
        ],
    ]


def _measures_rows(breach: Notification, *, late: bool) -> Lines:
    texts = breach.texts
    return [
        ["Conséquences probables", texts["consequences"] or TO_COMPLETE],
        ["Mesures prises ou envisagées", texts["measures"] or TO_COMPLETE],
        ["Information des personnes (art. 34)", texts["notified"] or TO_COMPLETE],
        *([["Pourquoi après 72 heures", texts["late"] or TO_COMPLETE]] if late else []),
    ]


def _is_any_data_sensitive(scope: BreachScopeAnswer) -> bool:
    return any(PROJECTIONS[code].sensitive for code in scope.projections)


def _moment_in_figures(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%d/%m/%Y %H:%M}"
