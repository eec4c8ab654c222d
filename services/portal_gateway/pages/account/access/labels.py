"""French labels of one's own access, and of actions and pages in a session at the front desk."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from services.portal_gateway.labels import dossier as record_labels
from services.portal_gateway.session.accompanied.queries import Visit
from shared.contracts.identity.own_account import second_factors

PASSKEY_REFUSED = _l("Cette clé d’accès n’a pas été acceptée. Recommencez, ou entrez autrement.")
CHANGES: dict[str, LazyString] = {
    second_factors.PASSKEY_ADDED: _l("Clé d’accès ajoutée"),
    second_factors.PASSKEY_REMOVED: _l("Clé d’accès retirée"),
    second_factors.CODES_ON: _l("Codes à usage unique demandés"),
    second_factors.CODES_OFF: _l("Codes à usage unique arrêtés"),
    second_factors.RECOVERY_MADE: _l("Nouveaux codes de secours"),
    second_factors.RECOVERY_USED: _l("Code de secours utilisé"),
    second_factors.OPENID_LINKED: _l("Compte lié à une identité d’ailleurs"),
    second_factors.OPENID_UNLINKED: _l("Compte qui n’est plus lié"),
    second_factors.RESET: _l("Clés et codes retirés au guichet"),
}
PLACES: dict[str, LazyString] = {
    second_factors.KNOWN_DEVICE: _l("appareil déjà connu"),
    second_factors.NEW_DEVICE: _l("nouvel appareil"),
    second_factors.COUNTER: _l("au guichet"),
}
ACTIONS: dict[str, LazyString] = {
    "applying.apply": _l("Demande d’inscription"),
    "applications.answer": _l("Réponse à une place proposée"),
    "applications.withdraw": _l("Demande retirée"),
    "absence.declare": _l("Absence annoncée"),
    "renewal.answer": _l("Réponse pour la rentrée"),
    "week.save": _l("Jours réservés ou annulés"),
    "pattern.change": _l("Semaine habituelle"),
    "sections.save": _l("Rubrique du dossier"),
    "sections.confirm": _l("Rubrique du dossier"),
    "services.attach": _l("Service ajouté"),
    "services.end": _l("Service arrêté"),
    "services.keep": _l("Service gardé"),
    "departure.announce": _l("Départ de la ville annoncé"),
    "departure.withdraw": _l("Départ de la ville annulé"),
    "school.ask": _l("École demandée"),
    "school.withdraw": _l("Demande d’école retirée"),
    "school.ask_for_waiver": _l("Dérogation demandée"),
    "school.withdraw_waiver": _l("Dérogation retirée"),
    "handovers.declare": _l("Transfert entre services déclaré"),
    "handovers.end": _l("Transfert entre services arrêté"),
    "quotient.declare": _l("Quotient familial déclaré"),
    "fund_quotient.ask": _l("Quotient familial demandé à la CAF ou à la MSA"),
    "fund_quotient.answer": _l("Réponse de la caisse acceptée ou oubliée"),
    "address.move": _l("Adresse du foyer"),
    "bills.dispute": _l("Erreur signalée sur une facture"),
    "payment_plans.ask": _l("Paiement en plusieurs fois demandé"),
    "new_child.add": _l("Enfant ajouté : demande envoyée"),
    "new_child.withdraw": _l("Enfant ajouté : demande reprise"),
    "paying.start": _l("Paiement par carte commencé"),
    "advances.start": _l("Versement d’avance commencé"),
}
OUTCOMES: dict[str, LazyString] = {
    "done": _l("fait"),
    "on_its_way": _l("en route : le service le fera dès qu’il répond"),
}


def lines_of_actions(visit: Visit, names: Mapping[str, str]) -> list[tuple[object, str, str]]:
    """Return what was done, in order: when, in words, and what became of it."""
    return [
        (
            action.at,
            " · ".join(
                filter(
                    None, [str(ACTIONS[action.what]), names.get(action.child_id, ""), action.label]
                )
            ),
            str(OUTCOMES[action.outcome]),
        )
        for action in visit.actions
    ]


def lines_of_pages_seen(visit: Visit) -> list[tuple[str, int]]:
    """Return what was seen, and how many times."""
    pages = visit.pages or {}
    return [
        (str(record_labels.AT_FRONT_DESK[part]), times) for part, times in sorted(pages.items())
    ]
