"""
French words of codes that services store, by the name of their field.

A test holds that no code of a table that is given is without a word.
"""

from collections.abc import Mapping

from services.portal_gateway.front_desk.pages.person_requests import labels as request_labels
from services.portal_gateway.front_desk.pages.person_requests.copies.copy_labels import (
    fields_of_sections,
)
from services.portal_gateway.labels import dossier as record_labels
from services.portal_gateway.labels.enrolment import CLOSURES
from services.portal_gateway.pages.account.access import labels as access_labels
from services.portal_gateway.pages.notices.labels import NOTICES
from shared.contracts.sections import SECTIONS, consents, papers

Words = Mapping[str, object]

_STATES: Words = {
    "accepted": "accepté", "active": "actif", "answered": "réponse donnée", "asked": "demandé",
    "awaited": "attendu", "booked": "réservé", "cancelled": "annulé", "carried": "reporté",
    "changed": "changé", "closed": "clos", "credited": "avoir fait", "deciding": "à l’étude",
    "declined": "décliné", "discrepant": "à vérifier", "drafted": "préparé",
    "en_route": "dossier en route", "ended": "terminé", "ending": "se termine",
    "enrolled": "inscrit", "excused": "excusé", "expired": "expiré", "failed": "échoué",
    "given": "donnée", "given_up": "abandonné",
    "gone": "parti", "granted": "accordé", "held": "gardé",
    "in_hand": "en cours", "initiated": "commencé", "invited": "invité", "issued": "émis",
    "lapsed": "sans suite", "late": "trop tard", "left_out": "laissé de côté",
    "nothing": "rien à faire", "offered": "proposé", "one_more": "l’autre parent aussi",
    "open": "ouvert", "paid": "payé", "pending": "en attente", "received": "reçu",
    "refused": "refusé", "rejected": "rejeté", "replaced": "remplacé", "reversed": "annulé ensuite",
    "sending": "en cours d’envoi", "sent": "envoyé", "stopped": "arrêté", "suspended": "suspendu",
    "transferred": "transmis", "uncertain": "peut-être envoyé", "unsaid": "pas encore dit",
    "waiting": "en liste d’attente", "withdrawn": "retiré",
}  # fmt: skip
_KINDS: Words = {
    "absence": "absence", "absent": "absent", "agent": "agent", "billing": "facture",
    "caf": "CAF", "certificate": "certificat", "child_identity": "identité de l’enfant",
    "cleared": "effacé", "credit_note": "avoir", "domicile": "domicile",
    "enrolment": "inscription", "family": "famille", "guardian_identity": "identité du parent",
    "invoice": "facture", "left": "parti", "link": "lien avec l’enfant", "msa": "MSA",
    "municipal": "quotient de la ville", "one_off": "une seule fois",
    "practical": "organisation", "present": "présent", "question": "question",
    "recurrent": "à chaque facture", "reminder": "rappel", "tax": "avis d’impôt",
    **{code: kind.label for code, kind in papers.KINDS.items()},
    **request_labels.KINDS, **NOTICES,
}  # fmt: skip
_ACTS: Words = {
    **{act.code: act.label for act in consents.ACTS.values()},
    **request_labels.ACTS,
    "book": "réserver", "came": "venu", "cancel": "annuler", "cleared": "effacé",
    "close": "clore", "excuse": "excuser", "handed": "remis", "missed": "manqué",
    "not_coming": "ne vient pas", "received": "reçu", "reopen": "rouvrir",
    "mistake": "nom saisi par erreur",
}  # fmt: skip
_REFUSALS: Words = {
    "age": "âge", "capacity": "plus de place", "closed": "fermé", "conditions": "conditions",
    "criteria": "critères", "known_already": "dossier déjà connu", "late": "trop tard",
    "no_file": "pas de dossier", "not_guardian": "pas responsable", "papers": "pièces manquantes",
}  # fmt: skip
_REASONS: Words = {
    **_REFUSALS,
    "asked": "à sa demande", "band": "tranche du quotient", "class_away": "classe partie",
    "family": "demande de la famille", "lost": "perdu", "none": "rien à faire",
    "not_reached": "personne n’a répondu", "not_there": "l’enfant n’était pas là",
    "older": "plus ancien", "other": "autre", "returned": "courrier revenu", "same": "déjà fait",
    "service_error": "erreur du service", "sick": "malade", "surcharge": "supplément",
    "withdrawn": "demande retirée", "wrong_mark": "pointage erroné",
    "wrong_price": "le prix est faux", "wrong_quantity": "le nombre est faux",
}  # fmt: skip
_OF_BANKS: Words = {
    "AC01": "compte inexact", "AC04": "compte fermé", "AC06": "compte bloqué",
    "AM04": "provision insuffisante", "MD01": "pas de mandat", "MD06": "remboursement demandé",
    "MS02": "refusé par le débiteur", "MS03": "sans raison dite",
}  # fmt: skip
_REVERSALS: Words = {
    "bank_rejected": "rejeté par la banque",
    "taken_by_mistake": "encaissé par erreur",
}
_WHO: Words = {
    "agent": "un agent", "carer": "la personne qui l’accueille", "family": "la famille",
    "guardian": "un parent", "place": "la place", "provider": "le service", "town": "la ville",
    "you": "vous",
}  # fmt: skip
_PRESENCE: Words = {
    "absent": "absent", "cancelled_late": "annulé trop tard", "excused": "excusé",
    "present": "présent", "unexpected": "présent sans réservation", "cleared": "effacé",
}  # fmt: skip
_ORIGINS: Words = {
    **record_labels.ORIGINS,
    "checked": "vérifié", "corrected": "corrigé", "declared": "déclaré par le foyer",
    "imported": "repris de l’ancien logiciel", "fetched": "donné par la caisse",
}  # fmt: skip

_MEANS: Words = {
    "ancv": "chèques-vacances", "card": "carte", "cash": "espèces", "cesu": "CESU",
    "cheque": "chèque", "credit": "avoir", "debit": "prélèvement", "e_cesu": "e-CESU",
    "online": "en ligne", "transfer": "virement", "treasury": "Trésor public",
}  # fmt: skip
_OF_MOVES: Words = {
    "another_waits": "une autre correction attend", "applied": "fait",
    "changed_since": "changé depuis", "not_linked": "pas de lien",
    "not_that_day": "pas à ce jour", "replaced": "remplacé", "reverted": "remis comme avant",
    "same": "déjà ainsi", "unknown": "inconnu", "waits": "en attente de son jour",
    "withdrawn": "retiré",
}  # fmt: skip

CODES: Mapping[str, Words] = {
    "account": {
        "advance": "avance", "receivable": "à payer", "reclaim": "à rendre",
        "treasury": "au Trésor public",
    },
    "act": _ACTS,
    "after": {**_STATES, **_PRESENCE},
    "answer": {"confirmed": "confirmé", "declined": "décliné"},
    "asked_by": {
        "door": "à la porte", "letter": "par lettre", "service": "par le service",
        "telephone": "par téléphone",
    },
    "anomalies": {
        "adjusted": "corrige un mois passé", "disputed": "ligne contestée",
        "first_bill": "première facture", "much_less": "beaucoup moins que le mois précédent",
        "much_more": "beaucoup plus que le mois précédent", "no_address": "sans adresse",
        "no_price": "sans tarif", "no_quotient": "quotient inconnu : prix maximal",
        "quotient_expired": "quotient expiré",
    },
    "basis": {"area": "secteur", "choice": "choix", "waiver": "dérogation"},
    "because": _REVERSALS,
    "before": {**_STATES, **_PRESENCE},
    "category": {
        "absence": "absence ou retard", "billing": "facture", "bills": "factures",
        "closures": "fermetures", "enrolment": "inscriptions", "health": "santé",
        "messages": "messages", "practical": "organisation", "question": "question",
        "reminder": "rappels", "urgent": "fermetures", "week": "semaine", "code": "code",
    },
    "came_by": _MEANS,
    "changed_by": _WHO,
    "changes_at": {"evening": "le soir", "morning": "le matin"},
    "channel": {
        "desk": "au service", "import": "repris de l’ancien logiciel", "paper": "sur papier",
        "portal": "espace des familles", "push": "alerte", "renewal": "reconduction",
        "sms": "SMS", "telephone": "par téléphone",
    },
    "civility": {"madam": "Madame", "sir": "Monsieur"},
    "code": _REASONS,
    "effect": {"add": "en plus", "cut": "en moins"},
    "exception": {
        "agreement": "convention", "continuity": "continuité", "derogation": "dérogation",
        "moving": "déménagement", "other": "autre", "sibling": "frère ou sœur",
    },
    "kind": _KINDS,
    "language": {"en": "anglais", "fr": "français"},
    "last_side": _WHO,
    "means": _MEANS,
    "origin": _ORIGINS,
    "outcome": {**_PRESENCE, **_OF_MOVES},
    "paper": request_labels.PAPERS,
    "part": record_labels.READ_PARTS,
    "person": request_labels.PERSONS,
    "projection": {**record_labels.READ_PARTS, "names": "Noms"},
    "place": access_labels.PLACES,
    "proof": {
        **request_labels.PROOFS, "code": "par un code", "later": "à venir",
        "paper": "par une pièce", "shown": "montré", "sworn": "sur l’honneur",
    },
    "purpose": record_labels.PURPOSES,
    "quotient_kind": _KINDS,
    "reason": {**_REASONS, **_OF_BANKS, **CLOSURES},
    "refused_for": {
        "no_place": "plus de place", "not_a_motive": "motif non prévu",
        "not_proven": "motif non prouvé",
    },
    "result": {"A": "abandonné", "P": "payé", "R": "refusé", "V": "payé", "Z": "refusé"},
    "reversed_because": _REVERSALS,
    "section": {code: section.label for code, section in SECTIONS.items()},
    "sequence": {
        "FNAL": "dernier", "FRST": "premier", "OOFF": "unique", "RCUR": "suivant",
    },
    "side": {**_WHO, "hands": "remet", "receives": "reçoit"},
    "source": _ORIGINS,
    "state": _STATES,
    "summer": {"fortnights": "par quinzaines", "halves": "par moitiés"},
    "tax": {"childcare": "garde d’enfant", "food": "nourriture", "other": "autre"},
    "way": request_labels.WAYS,
    "what": access_labels.CHANGES,
    "why": {
        **_REASONS, "corrected": "corrigé", "enrolled": "déjà inscrit", "from_file": "selon ONDE",
        "leaves": "quitte les écoles de la ville", "left_out": "absent du fichier d’ONDE",
        "renamed": "école renommée",
        "other_school": "autre école", "to_decide": "à décider", "up": "niveau suivant",
    },
    "withdrawn_for": {"left": "départ", "mistake": "erreur", "replaced": "remplacée"},
}  # fmt: skip
"""An empty code says nothing, and is not given."""


_CHOICES = {field.name: field.choices for field in fields_of_sections() if field.choices}


def code_in_words(field: str, code: str) -> str:
    """Return a code in words; what is no code, or has no word, is returned as it is."""
    for words in (CODES.get(field, {}), _CHOICES.get(field, {})):
        if code in words:
            return str(words[code])
    return code
