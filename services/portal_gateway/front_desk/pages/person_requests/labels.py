"""French labels of requests of persons at the front desk."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from services.portal_gateway.front_desk.pages.households.labels import PAPERS
from services.portal_gateway.pages.account.my_data.person_request_labels import (
    STATES,
    erasure_label,
    part_label,
)

__all__ = [
    "ACTS",
    "COPY_OF",
    "KINDS",
    "PAPERS",
    "PERSONS",
    "PROOFS",
    "STATES",
    "WAYS",
    "WHY_KEPT",
    "erasure_label",
    "part_label",
]

KINDS: dict[str, LazyString] = {
    "access": _l("Accès (art. 15)"),
    "rectification": _l("Rectification (art. 16)"),
    "erasure": _l("Effacement (art. 17)"),
    "restriction": _l("Limitation (art. 18)"),
    "objection": _l("Opposition (art. 21)"),
    "portability": _l("Portabilité (art. 20)"),
}
WAYS: dict[str, LazyString] = {
    "account": _l("Dans son espace"),
    "counter": _l("Au guichet"),
    "letter": _l("Par lettre"),
    "email": _l("Par e-mail"),
    "phone": _l("Par téléphone"),
}
"""Ways of arrival; an agent cannot choose the first."""

PROOFS: dict[str, LazyString] = {
    "account": _l("Par son compte"),
    "document": _l("Pièce vue ou jointe"),
    "known": _l("Connue du guichet"),
    "asked": _l("Un doute : preuve demandée"),
}
"""Proofs of identity; an agent cannot choose the first."""

PERSONS: dict[str, LazyString] = {
    "adult": _l("Adulte d’un foyer"),
    "pupil": _l("Ancien élève, majeur"),
    "called": _l("Personne à appeler, ou autorisée à venir chercher"),
    "agent": _l("Agent"),
}
"""Labels of persons without an account."""

COPY_OF: dict[str, LazyString] = {
    "adult": _l("Elle contient ce que lit un parent dans son espace, et son foyer."),
    "pupil": _l("Elle contient ce qui est dit de lui seul : ni ses parents, ni leurs factures."),
    "called": _l("Elle contient son nom, son lien et son numéro : ni l’enfant, ni qui l’a écrit."),
    "agent": _l(
        "Elle contient son compte, ses droits, ses connexions et combien de fois il a agi ou lu : "
        "aucun enfant. Ses heures dans l’équipe, notées par nom, se lisent à chaque service."
    ),
}
"""Contents of a copy for each."""

ACTS: dict[str, LazyString] = {
    "filed": _l("envoyée par la personne"),
    "recorded": _l("notée"),
    "taken": _l("prise en charge"),
    "proof_seen": _l("preuve d’identité vue"),
    "identified": _l("personne trouvée dans les registres"),
    "sought": _l("recherchée dans les registres, sans résultat"),
    "prolonged": _l("prolongée"),
    "copied": _l("copie des données faite"),
    "erased": _l("effacement fait"),
    "answered": _l("réponse donnée"),
    "refused": _l("refusée"),
    "withdrawn": _l("retirée par la personne"),
}

WHY_KEPT: dict[str, LazyString] = {
    "accounts": _l("gardé : les factures nomment l’enfant et son foyer (RGPD, art. 17-3-b)"),
    "ruling": _l("gardé jusqu’à la fin de sa durée ; la réponse n’en dit rien"),
    "decided": _l("gardé : l’école a été décidée (RGPD, art. 17-3-b)"),
    "needed": _l("gardé : nécessaire tant que l’enfant est inscrit (RGPD, art. 17-3-b)"),
    "other_home": _l(
        "gardé : il faut la même demande de l’autre parent ; s’il n’a pas d’accès, notez-la ici"
    ),
}
"""Reasons why a part of a file stays, for who answers; of a guarded file no part is shown."""
