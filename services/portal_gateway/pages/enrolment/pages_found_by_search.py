"""Pages that a search among activities answers with, by the words that families use for them."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import lazy_gettext as _l

from services.portal_gateway.enrolment.rules.search_words import best_matches
from services.portal_gateway.pages.page_parts.list_lines import Line
from services.portal_gateway.session.accompanied.rules.open_pages_and_actions import (
    is_closed_while_accompanied,
)
from services.portal_gateway.session.current_accompanied_session import current_accompanied_session
from shared.text import folded
from shared.web.language.translated_labels import Label

MOST = 3


@dataclass(frozen=True)
class FoundPage:
    """A page of the portal: its endpoint, its name, its drawing, and the words that lead there."""

    endpoint: str
    label: Label
    drawing: str
    words: str


PAGES = (
    FoundPage(
        "certificates.show",
        _l("Attestations de paiement"),
        "bills",
        "attestation fiscale impôts crédit caf employeur certificate tax",
    ),
    FoundPage(
        "bills.show",
        _l("Factures et paiements"),
        "bills",
        "facture payer paiement régler dette reçu argent bill pay receipt money",
    ),
    FoundPage(
        "spending.show", _l("Dépenses par année"), "price", "dépense coûté année total spent cost"
    ),
    FoundPage(
        "mandates.show", _l("Prélèvements"), "bills", "prélèvement iban rib banque mandat debit"
    ),
    FoundPage(
        "quotient.show",
        _l("Mon quotient familial"),
        "price",
        "quotient qf caf tranche revenus income",
    ),
    FoundPage("tariffs.show", _l("Tarifs"), "price", "tarif prix coût combien price"),
    FoundPage(
        "absence.show", _l("Signaler une absence"), "absence", "absence absent enfant malade sick"
    ),
    FoundPage(
        "week.show",
        _l("Semaine et réservations"),
        "week",
        "semaine réserver réservation annuler planning calendrier week book cancel",
    ),
    FoundPage(
        "child.all_children",
        _l("Dossier des enfants"),
        "children",
        "dossier pai santé allergie régime école classe contact récupérer health school pickup",
    ),
    FoundPage(
        "new_child.show", _l("Ajouter un enfant"), "children", "ajouter nouveau bébé enfant child"
    ),
    FoundPage("messages.show", _l("Messages"), "message", "message écrire contacter question"),
    FoundPage(
        "own_access.show",
        _l("Mot de passe et accès"),
        "account",
        "mot passe code email adresse compte password account",
    ),
)


def pages_for_query(query: str) -> list[Line]:
    """Return the pages that a query may mean, none without one."""
    if not folded(query):
        return []
    candidates = [
        (folded(f"{page.label} {page.words}").split(), page)
        for page in PAGES
        if current_accompanied_session() is None or not is_closed_while_accompanied(page.endpoint)
    ]
    found, exact = best_matches(candidates, query)
    if not exact:
        return []
    return [
        Line(url_for(page.endpoint), str(page.label), drawing=page.drawing) for page in found[:MOST]
    ]
